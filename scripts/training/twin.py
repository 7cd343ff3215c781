"""How a text becomes tone, nature and category, in Python: what the trainer learns with, and what the SQL is checked against.

Written from docs/tone.md, not from the SQL. Terms, weights and settings are those of the seeds.
"""

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import regex

# Letters, marks and digits, with apostrophes inside; else one pictograph.
TOKEN = regex.compile(r"[\p{L}\p{M}\p{N}]+(?:'[\p{L}\p{M}\p{N}]+)*|[\u2300-\u23FF\u2600-\u27BF\u2B00-\u2BFF\U0001F000-\U0001F3FA\U0001F400-\U0001FAFF]")
# Printers' apostrophes, and the marks that choose how a pictograph is drawn.
SUBSTITUTES = str.maketrans({**dict.fromkeys("’‘ʼ", "'"), **dict.fromkeys(range(0xFE00, 0xFE10), " ")})
# Before lower case, because ":D" laughs and ":d" is the middle of "note:done". The longer ones come first.
EMOTICONS = (
    ("emoticonfrown", (":'-(", ":'(", ":-(", ":(", "=(")),
    ("emoticonsmile", (":-)", ":)", "=)", ";-)", ";)", ":-D", ":D", "^_^")),
    ("emoticonwry", (":-/", ":/", ":-|", ":|")),
)
# "<3" is a heart, "<30 minutes" is none.
HEART = regex.compile(r"<3([^0-9]|$)")
NATURES = ("grievance", "request", "commendation", "inquiry")
REACH, NEAR = 3, 2
# Decimals to which sums are compared: in the last digit of a double they depend on their order.
EQUAL = 9


@dataclass(frozen=True)
class Tables:
    """The three seeds: term kinds by term, category weights by term, settings by name."""

    terms: Mapping[str, Mapping[str, float]]
    categories: Mapping[str, Mapping[str, float]]
    settings: Mapping[str, float]


@dataclass(frozen=True)
class Reading:
    """What a text says. tone: -1 to 1, None of a text without words; label: negative, neutral or positive."""

    tone: float | None
    confidence: float
    label: str | None
    nature: str | None
    category: str | None
    words: str | None


@dataclass
class Occurrence:
    """A term at a place: `position` of its first word, from 0, and what the words before it make of it."""

    term: str
    position: int
    kinds: Mapping[str, float]
    factor: float = 1.0
    is_negated: bool = False
    categories: Mapping[str, float] = field(default_factory=dict)


def read_tables(folder: Path) -> Tables:
    """The tables of a folder with tone_terms.csv, issue_categories.csv and text_settings.csv."""
    terms: dict[str, dict[str, float]] = {}
    for row in _rows(folder / "tone_terms.csv"):
        terms.setdefault(row["term"], {})[row["kind"]] = float(row["weight"])
    categories: dict[str, dict[str, float]] = {}
    for row in _rows(folder / "issue_categories.csv"):
        categories.setdefault(row["term"], {})[row["issue_category"]] = float(row["weight"])
    settings = {row["setting"]: float(row["value"]) for row in _rows(folder / "text_settings.csv")}
    return Tables(terms, categories, settings)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def lower(text: str) -> str:
    """Lower case one character at a time, as SQL engines do."""
    return text.lower() if text.isascii() else "".join(character.lower()[0] for character in text)


def words(text: str, settings: Mapping[str, float]) -> tuple[list[str], list[str]]:
    """The words of a text, and the marks that stand for its punctuation."""
    text = text[: int(settings["text_characters"])]
    marks = ["?"] * ("?" in text) + ["!"] * ("!" in text) + ["!!"] * (text.count("!") > NEAR)
    text = text.replace("://", " ")
    for word, faces in EMOTICONS:
        for face in faces:
            text = text.replace(face, f" {word} ")
    text = lower(HEART.sub(r" emoticonheart \1", text).translate(SUBSTITUTES))
    return TOKEN.findall(text)[: int(settings["text_words"])], marks


def occurrences(found: list[str], marks: list[str], tables: Tables) -> list[Occurrence]:
    """Every term of one or two words, with its modifiers."""
    terms, categories, settings = tables.terms, tables.categories, tables.settings
    contrasts = [place for place, word in enumerate(found) if "contrast" in terms.get(word, {})]
    last_contrast = contrasts[-1] if contrasts else None
    made = []
    tokens = found + marks
    for place, token in enumerate(tokens):
        pair = [f"{token} {found[place + 1]}"] if place + 1 < len(found) else []
        for term in [token, *pair]:
            if term in terms or term in categories:
                occurrence = Occurrence(term, place, terms.get(term, {}), categories=categories.get(term, {}))
                _modify(occurrence, tokens, last_contrast, terms, settings)
                made.append(occurrence)
    return made


def _modify(occurrence: Occurrence, tokens: list[str], last_contrast: int | None, terms, settings) -> None:
    amplification, negation = 1.0, 1.0
    for distance in range(1, min(REACH, occurrence.position) + 1):
        kinds = terms.get(tokens[occurrence.position - distance], {})
        if distance <= NEAR:
            amplification += kinds.get("intensifier", 0.0) * settings["intensifier_fade"] ** (distance - 1)
        negation *= 1 - kinds.get("negator", 0.0) * (1 + settings["negation"])
    contrast = 1.0
    if last_contrast not in (None, occurrence.position):
        contrast = settings["contrast_before" if occurrence.position < last_contrast else "contrast_after"]
    occurrence.factor = amplification * negation * contrast
    begins_negated = "negator" in terms.get(tokens[occurrence.position], {})
    occurrence.is_negated = negation < 0 and not (" " in occurrence.term and begins_negated)


def read(text: str | None, tables: Tables) -> Reading:
    """What a text says, by the tables."""
    settings = tables.settings
    found, marks = words(text or "", settings)
    if not found and not marks:
        return Reading(None, 0.0, None, None, None, None)
    made = occurrences(found, marks, tables)
    valences = [each for each in made if "valence" in each.kinds]
    length = max(1.0, len(found) / settings["length_words"]) ** settings["length_power"]
    stress = 1 + settings["exclamation"] * (("!" in marks) + ("!!" in marks))
    valence = sum(each.kinds["valence"] * each.factor for each in valences) * stress / length
    neutral = settings["neutral_base"] + sum(each.kinds.get("neutral", 0.0) for each in made) / length
    return Reading(
        tone=tone(valence, neutral) if valences else 0.0,
        confidence=len(valences) / (len(valences) + settings["confidence_terms"]),
        label=label(valence, neutral),
        nature=_nature(made, valence, length, bool(valences), settings),
        category=_category(made, settings),
        words=_deciding_words(valences, settings),
    )


def tone(valence: float, neutral: float) -> float:
    """P(positive) - P(negative) of the log-odds +valence, -valence and neutral: a softmax over three."""
    top = max(abs(valence), neutral)
    positive, negative, rest = math.exp(valence - top), math.exp(-valence - top), math.exp(neutral - top)
    return (positive - negative) / (positive + negative + rest)


def label(valence: float, neutral: float) -> str:
    """The likeliest of negative, neutral and positive; neutral of equals."""
    if valence == 0 or round(abs(valence) - neutral, EQUAL) <= 0:
        return "neutral"
    return "positive" if valence > 0 else "negative"


def _nature(made, valence, length, has_valence, settings) -> str | None:
    if not has_valence and not any(nature in each.kinds for each in made for nature in NATURES):
        return None
    evidence = {
        nature: settings[f"nature_{nature}"] + sum(each.kinds.get(nature, 0.0) for each in made) / length
        for nature in NATURES
    }
    evidence["grievance"] += settings["nature_feeling"] * max(-valence, 0)
    evidence["commendation"] += settings["nature_feeling"] * max(valence, 0)
    return max(NATURES, key=lambda nature: round(evidence[nature], EQUAL))


def _category(made, settings) -> str | None:
    totals: dict[str, float] = {}
    for each in made:
        for category, weight in each.categories.items():
            totals[category] = totals.get(category, 0.0) + weight
    if not totals:
        return None
    best = min(totals, key=lambda category: (-round(totals[category], EQUAL), category))
    return best if totals[best] >= settings["category_least"] else None


def _deciding_words(valences, settings) -> str | None:
    ranked = sorted(valences, key=lambda each: (-round(abs(each.kinds["valence"] * each.factor), EQUAL), each.position, each.term))
    told = dict.fromkeys(("not " if each.is_negated else "") + each.term for each in ranked)
    return ", ".join(list(told)[: int(settings["deciding_words"])]) or None
