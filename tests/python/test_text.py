"""What words say: the SQL against its twin in Python, on real texts and on any text; and what is masked in them."""

import csv

import duckdb
import pytest
from conftest import SHARED
from hypothesis import given, settings
from hypothesis import strategies as st
from runner import building, toning
from runner.project import ROOT
from runner.what_if import judge, write_project
from training import twin

RULES = ROOT / "seeds" / "rules"
TABLES = twin.read_tables(RULES)
ANSWERS = ", ".join(toning.ANSWERS)
FILES = {
    "uci_sentences": "sentence",
    "tweets_ground_truth": "text",
    "amazonReviewSnippets_ground_truth": "text",
}
MASKED = {
    "mail jane.doe+rent@mail.example.co.uk please": "mail [email] please",
    "jörg@büro.de": "[email]",
    "call 555-0142": "call [phone]",
    "call me at (555) 123-4567 ext. 12": "call me at [phone]",
    "+44 20 7946 0958": "[phone]",
    "+1 (212) 555.0100 x7!": "[phone]!",
    "212.555.0100 or 2125550100": "[phone] or [phone]",
    "0049 171 1234567": "[phone]",
    "020 7946 0958": "[phone]",
    "card 4111 1111 1111 1111": "card [card]",
    "4111-1111-1111-1111": "[card]",
    "4111111111111111": "[card]",
    "3782 822463 10005": "[card]",
    "IBAN DE89 3704 0044 0532 0130 00 thanks": "IBAN [account] thanks",
    "GB29NWBK60161331926819": "[account]",
    "NO93 8601 1117 947": "[account]",
    "account 12345678": "account [account]",
    "Account number: 1234 5678 90": "Account number: [account]",
}
KEPT = [
    "on 2024-05-12 at 10:30, 12.05.2024 and 05/12/2024 14:00-16:00",
    "2024-05-12 2024-05-13",
    "$1,250.00 or 1250.50 or 1,450",
    "apt 1204, unit 12-305, since 12.05.2024 08:15",
    "order 4482913377 and ticket #4482913378",
    "Order #100023456789 and SO-2024-001234 and INC0012345",
    "ZIP 60614 and 90210-1234",
    "account ending in 4821",
    "IT12 THIS WEEK DOES NOT WORK",
    "someone @ the door",
]


@pytest.fixture(scope="module")
def analysis(tmp_path_factory):
    """A warehouse with the rules, and the analysis that reads texts as dbt compiled it for that."""
    folder = tmp_path_factory.mktemp("texts")
    write_project([], folder / "project")
    judge(folder / "texts.duckdb", folder / "project", RULES, verbose=False)
    sql = building.compile_analyses(folder / "texts.duckdb", [toning.ANALYSIS], folder / "project")
    with duckdb.connect(str(folder / "texts.duckdb")) as connection:
        connection.execute("create table given_texts (text_id bigint, body varchar)")
        yield connection, sql[toning.ANALYSIS]


def read(analysis, texts, columns=ANSWERS, step="classified_texts"):
    """Rows of a step of the analysis, in the order of the texts; masked texts come first in each row."""
    connection, sql = analysis
    connection.execute("delete from given_texts")
    connection.execute("insert into given_texts select generate_subscripts($t, 1), unnest($t)", {"t": texts})
    steps, _, _ = sql.rpartition("select * from")
    return connection.execute(
        f"{steps} select texts.body, {columns} from texts left join {step} using (text_id) order by text_id"
    ).fetchall()


def said(prediction: twin.Prediction) -> tuple:
    return (
        prediction.tone,
        prediction.confidence,
        prediction.label,
        prediction.nature,
        prediction.category,
        prediction.deciding_words,
    )


def assert_agree(analysis, texts):
    for body, *answers in read(analysis, texts):
        (tone, confidence, *words), (right_tone, right_confidence, *right_words) = (
            answers,
            said(twin.predict(body, TABLES)),
        )
        assert words == right_words, body
        assert (tone is None) == (right_tone is None), body
        assert abs((tone or 0) - (right_tone or 0)) < 1e-9, body
        assert abs(confidence - right_confidence) < 1e-9, body
    for body, tokens in read(analysis, texts, "tokens", "tokenised_texts"):
        expected = twin.tokenise(body or "", TABLES.settings).all
        assert (tokens or []) == expected, body


@pytest.mark.parametrize("name", FILES)
def test_real_texts_say_the_same_in_sql_and_in_python(analysis, name):
    if not (SHARED / "tone").is_dir():
        pytest.skip("labelled texts are not here: they come with the development machine, not with the project")
    with (SHARED / "tone" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        texts = [row[FILES[name]] for row in csv.DictReader(file)]
    assert len(texts) > 2000
    assert_agree(analysis, texts)


def test_tricky_texts_say_the_same_in_sql_and_in_python(analysis):
    texts = [
        None,
        "",
        "...",
        "!!!",
        "?",
        " \u00a0 ",
        "It's NOT very good!!! :)",
        "x://y :D <3 <3<3 <30",
        "İSTANBUL ΣΑΣ ß",
    ]
    texts += [
        " 'a' b''c d'e' ''f''' o\u2019clock",
        "\u2018quoted\u2019 naïve don\u2019t é'é",
        "❤️ 👍🏽 😊😡",
        "a\x00b\x0bc\x1fd",
    ]
    texts += ["not " * 500 + "good", "good" * 3000, "Fine, but the heater is broken, but we are happy", "never not bad"]
    assert_agree(analysis, texts)


WORDS = st.sampled_from(
    [*list(TABLES.weights["valence"])[:40], *TABLES.weights["negator"], *TABLES.weights["contrast"]]
)
# What no version of Unicode has assigned yet one of the two may know as a letter before the other.
CHARACTERS = st.characters(exclude_categories=("Cs", "Cn", "Co"), max_codepoint=0xFFFF)
ANY_TEXT = st.one_of(
    st.text(CHARACTERS, max_size=60),
    st.text("ab' !?.:;()<3=-/_^😊👍\u2019\ufe0f é\n", max_size=40),
    st.lists(st.one_of(WORDS, st.sampled_from(["very", "not", ",", "!", ":)", "it's", "'", "NOT"]))).map(" ".join),
)


@settings(max_examples=30, deadline=None)
@given(texts=st.lists(ANY_TEXT, min_size=1, max_size=60))
def test_any_text_says_the_same_in_sql_and_in_python(analysis, texts):
    assert_agree(analysis, texts)


def test_what_could_find_or_rob_a_person_is_masked(analysis):
    assert [body for body, _ in read(analysis, list(MASKED), "1", "texts as others")] == list(MASKED.values())


def test_dates_prices_and_numbers_of_things_are_not_masked(analysis):
    assert [body for body, _ in read(analysis, KEPT, "1", "texts as others")] == KEPT


def test_tone_of_a_file(rapport, tmp_path):
    given_file, out = tmp_path / "given.csv", tmp_path / "out.csv"
    given_file.write_text('id,said,nature\n7,"The heater is broken, again!",x\n3,,y\n', encoding="utf-8")
    done = rapport("tone", given_file, "--column", "said", "--out", out)
    assert done.returncode == 0, done.stdout
    with out.open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["id"], first["nature"], second["id"]) == ("7", "x", "3")
    assert float(first["tone"]) < 0 < float(first["tone_confidence"])
    assert "broken" in first["tone_words"]
    assert first["nature_from_text"]
    assert (second["tone"], second["nature_from_text"]) == ("", "")


def test_tone_by_other_rules(rapport, tmp_path):
    (tmp_path / "rules").mkdir()
    terms = (RULES / "tone_terms.csv").read_text(encoding="utf-8").splitlines()
    version = terms[1].rsplit(",", 1)[1]
    mine = [terms[0], f"blorp,valence,2,judged,{version}", f"not,negator,1,judged,{version}"]
    (tmp_path / "rules" / "tone_terms.csv").write_text("\n".join(mine) + "\n", encoding="utf-8")
    (tmp_path / "given.csv").write_text("said\nblorp\nnot blorp\n", encoding="utf-8")
    arguments = ["--column", "said", "--out", tmp_path / "out.csv", "--rules", tmp_path / "rules"]
    done = rapport("tone", tmp_path / "given.csv", *arguments)
    assert done.returncode == 0, done.stdout
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        assert [row["tone_words"] for row in csv.DictReader(file)] == ["blorp", "not blorp"]


@pytest.mark.parametrize(
    ("content", "column", "words"),
    [("a,b\n1,2\n", "c", "no column 'c'"), ("a,b\n1\n", "a", "row 1"), ("", "a", "no column 'a'")],
)
def test_a_file_that_cannot_be_read_is_told(rapport, tmp_path, content, column, words):
    (tmp_path / "given.csv").write_text(content, encoding="utf-8")
    done = rapport("tone", tmp_path / "given.csv", "--column", column, "--out", tmp_path / "out.csv")
    assert done.returncode == 3
    assert words in done.stdout
    assert not (tmp_path / "out.csv").exists()
