"""What the rules of tone do to a text, one rule at a time, with tables small enough to reckon by hand."""

import math
import sys
from dataclasses import replace

import pytest
from harness import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
from training import twin

SETTINGS = {
    "text_characters": 200,
    "text_words": 12,
    "negation": 0.5,
    "intensifier_fade": 0.5,
    "exclamation": 0.1,
    "contrast_before": 0.5,
    "contrast_after": 2,
    "length_words": 100,
    "length_power": 0.5,
    "neutral_base": 0.25,
    "confidence_terms": 1,
    "nature_grievance": 0,
    "nature_request": 0,
    "nature_inquiry": 0,
    "nature_commendation": 0,
    "nature_feeling": 1,
    "category_least": 1,
    "deciding_terms": 12,
    "deciding_words": 2,
}
WEIGHTS = {
    "valence": {"good": 1.0, "bad": -2.0, "no heat": -3.0, "heat": 0.5, "👍": 1.5, "emoticonsmile": 1.0},
    "neutral": {"?": 0.5},
    "intensifier": {"very": 0.5},
    "negator": {"not": 1.0, "hardly": 0.5, "no": 1.0},
    "contrast": {"but": 1.0},
    "request": {"please": 1.0},
    "inquiry": {"?": 1.0},
}
CATEGORIES = {"heating": {"heat": 0.5, "no heat": 0.5}, "access": {"key": 1.0}, "billing": {"key": 1.0}}
TABLES = twin.Tables(WEIGHTS, CATEGORIES, SETTINGS)


@pytest.mark.parametrize(
    ("text", "valence"),
    [
        ("good", 1),
        ("very good", 1.5),
        ("very nice good", 1.25),
        ("not good", -0.5),
        ("not a b good", -0.5),
        ("not a b c good", 1),
        ("not not good", 0.25),
        ("hardly good", 0.25),
        ("not very good", -0.75),
        ("good but bad", 0.5 - 4),
        ("good!", 1.1),
        ("good! ! !", 1.2),
        ("no heat", -3 + 0.5 * -0.5),
        ("GOOD", 1),
        ("👍🏽", 1.5),
        (":)", 1),
        ("table", 0),
    ],
)
def test_valence(text, valence):
    assert twin.predict(text, TABLES).valence == pytest.approx(valence, abs=1e-12)


def test_sums_of_long_texts_are_divided():
    tables = twin.Tables(WEIGHTS, {}, {**SETTINGS, "length_words": 1})
    assert twin.predict("good a b c", tables).valence == pytest.approx(1 / math.sqrt(4))


def test_tone_is_the_difference_of_two_probabilities():
    said = twin.predict("good?", TABLES)
    parts = [math.exp(each) for each in (1, -1, 0.25 + 0.5)]
    assert said.tone == pytest.approx((parts[0] - parts[1]) / sum(parts), abs=1e-12)
    assert (said.label, said.confidence) == ("positive", 0.5)


@pytest.mark.parametrize("text", [None, "", "  ", "..."])
def test_a_text_without_a_token_has_no_tone(text):
    said = twin.predict(text, TABLES)
    assert (said.tone, said.label, said.nature, said.category, said.confidence) == (None, None, None, None, 0)


def test_unknown_words_are_neutral_and_say_nothing():
    said = twin.predict("quuxe zorble", TABLES)
    assert (said.tone, said.label, said.nature, said.category, said.deciding_words) == (0, "neutral", None, None, None)


@pytest.mark.parametrize(
    ("text", "nature"),
    [
        ("please", "request"),
        ("key?", "inquiry"),
        ("bad", "grievance"),
        ("good", "commendation"),
        ("please?", "request"),
    ],
)
def test_nature(text, nature):
    assert twin.predict(text, TABLES).nature == nature


@pytest.mark.parametrize(("text", "category"), [("no heat", "heating"), ("heat", None), ("key", "access")])
def test_category_needs_enough_evidence_and_ties_go_by_name(text, category):
    assert twin.predict(text, TABLES).category == category


def test_deciding_words_are_the_strongest_and_say_what_was_negated():
    assert twin.predict("👍 good good not a bad", TABLES).deciding_words == "👍, good"
    assert twin.predict("not bad", TABLES).deciding_words == "not bad"


def test_deciding_words_are_found_among_so_many_of_the_strongest():
    tables = replace(TABLES, settings=TABLES.settings | {"deciding_terms": 3})
    assert twin.predict("bad bad bad good", TABLES).deciding_words == "bad, good"
    assert twin.predict("bad bad bad good", tables).deciding_words == "bad"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don\u2019t", ["don't"]),
        ("❤️", ["❤"]),
        ("<30 minutes", ["30", "minutes"]),
        ("see http://a.b", ["see", "http", "a", "b"]),
        ("İstanbul", ["istanbul"]),
    ],
)
def test_words(text, words):
    assert twin.tokenise(text, SETTINGS).words == words


def test_text_is_read_from_its_beginning_and_only_so_far():
    assert twin.tokenise("a " * 50, SETTINGS).words == ["a"] * 12
    assert twin.tokenise(" " * 200 + "good!", SETTINGS).all == []
