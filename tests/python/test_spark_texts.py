"""What Spark reads in texts is what DuckDB reads in them. `make test-spark` runs it."""

import csv
import os
import random
import unicodedata
from pathlib import Path

import duckdb
import pytest
from conftest import SHARED
from harness import ROOT
from runner import building, toning
from runner.what_if import judge, write_project

pytest.importorskip("pyspark")
pytestmark = pytest.mark.spark

RULES = ROOT / "seeds" / "rules"
SEEDS = ["text_settings", "tone_terms", "issue_categories"]
TEXTS = Path(__file__).parent / "texts"
# Equal to the last bit as a rule: an engine's exponential is not the other's.
LEAST_DIFFERENCE = 1e-9
WORDS = ["not", "never", "but", "very", "good", "bad", "broken", "thanks", "no heat", "it's", "'", "!", "?", ":)", "<3"]
NUMBERS = [
    "4111 1111 1111 1111",
    "(555) 123-4567",
    "DE89 3704 0044 0532 0130 00",
    "account is 12345678",
    "a@b.c",
    "#123456",
]
TRICKY = [
    None,
    "",
    "...",
    " \u00a0 ",
    "It's NOT very good!!! :)",
    "x://y :D <3 <3<3 <30\n<3",
    "İSTANBUL ΣΑΣ ß Σ",
    " 'a' b''c d'e' ''f''' o\u2019clock",
    "❤️ 👍🏽 😊😡",
    "a\x00b\x0bc\x1fd",
    "not " * 500 + "good",
    # Edges of words: ASCII's alone; and what folds into ASCII's letters, and what does not.
    "é4111111111111111 _4111111111111111 4111111111111111é",
    "tic\u212aet 123456789 tıcket 123456789 \u017fort code 12345678 CALL 555-0142",
    # So long that an engine that keeps every step on its stack has none left.
    "a'" * 20_000,
    "a@" + "b." * 20_000 + "c",
    "account" + " is" * 20_000 + " 12345678",
]


def dbt(folder: Path, *arguments: str) -> None:
    """dbt on Spark, in this process: its session stays for what comes next."""
    from dbt.cli.main import dbtRunner

    folders = ["--project-dir", str(ROOT), "--profiles-dir", str(ROOT), "--target-path", str(folder / "target")]
    done = dbtRunner().invoke(
        [*arguments, "--target", "spark", "--quiet", *folders, "--log-path", str(folder / "logs")]
    )
    assert done.success, done.exception or [(each.node.name, each.message) for each in done.result if each.message]


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    """A folder, and a session over a warehouse in it with the rules that texts are read by."""
    folder = tmp_path_factory.mktemp("spark")
    os.environ["RAPPORT_SPARK_WAREHOUSE"] = str(folder / "warehouse")
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    dbt(folder, "seed", "--select", *SEEDS)
    from pyspark.sql import SparkSession

    session = SparkSession.builder.getOrCreate()
    yield folder, session
    session.stop()


@pytest.fixture(scope="module")
def read_on_spark(spark):
    folder, session = spark
    dbt(folder, "compile", "--select", toning.ANALYSIS)
    return session, (folder / f"target/compiled/rapport/analyses/{toning.ANALYSIS}.sql").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def read_on_duckdb(tmp_path_factory):
    folder = tmp_path_factory.mktemp("duckdb")
    write_project([], folder / "project")
    judge(folder / "texts.duckdb", folder / "project", RULES, verbose=False)
    sql = building.compile_analyses(folder / "texts.duckdb", [toning.ANALYSIS], folder / "project")
    with duckdb.connect(str(folder / "texts.duckdb")) as connection:
        yield connection, sql[toning.ANALYSIS]


def everything_of(sql: str) -> str:
    """Each text as it is masked, its tokens and what they say, in the order of the texts."""
    steps, _, _ = sql.rpartition("select * from")
    return (
        f"{steps} select texts.text_id, texts.body, tokens, {', '.join(toning.ANSWERS)} from texts "
        "left join tokenised_texts on texts.text_id = tokenised_texts.text_id "
        "left join classified_texts on texts.text_id = classified_texts.text_id order by texts.text_id"
    )


def assert_agree(read_on_spark, read_on_duckdb, texts):
    session, spark_sql = read_on_spark
    connection, duckdb_sql = read_on_duckdb
    rows = list(enumerate(texts, start=1))
    session.createDataFrame(rows, "text_id bigint, body string").createOrReplaceTempView("given_texts")
    connection.execute("create or replace temporary table given_texts (text_id bigint, body varchar)")
    connection.execute(
        "insert into given_texts select unnest($ids), unnest($texts)",
        {"ids": [number for number, _ in rows], "texts": texts},
    )
    found = [tuple(row) for row in session.sql(everything_of(spark_sql)).collect()]
    expected = connection.execute(everything_of(duckdb_sql)).fetchall()
    assert len(found) == len(expected) == len(texts)
    for there, here in zip(found, expected, strict=True):
        (
            (_, body, tokens, tone, confidence, *said),
            (_, right_body, right_tokens, right_tone, right_confidence, *right),
        ) = (
            there,
            here,
        )
        assert (body, tokens or [], said) == (right_body, right_tokens or [], right), right_body
        assert tone == pytest.approx(right_tone, abs=LEAST_DIFFERENCE), right_body
        assert confidence == pytest.approx(right_confidence, abs=LEAST_DIFFERENCE), right_body


def test_texts_of_the_regression_sets_and_tricky_ones_say_the_same(read_on_spark, read_on_duckdb):
    texts = [*TRICKY]
    for name in ("two_hundred", "another_two_hundred"):
        with (TEXTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            texts += [row["text"] for row in csv.DictReader(file)]
    assert len(texts) > 400
    assert_agree(read_on_spark, read_on_duckdb, texts)


def test_real_texts_say_the_same(read_on_spark, read_on_duckdb):
    path = SHARED / "tone" / "uci_sentences.csv"
    if not path.is_file():
        pytest.skip("labelled texts are not here: they come with the development machine, not with the project")
    with path.open(encoding="utf-8", newline="") as file:
        texts = [row["sentence"] for row in csv.DictReader(file)]
    assert len(texts) > 2000
    assert_agree(read_on_spark, read_on_duckdb, texts)


def test_any_text_says_the_same(read_on_spark, read_on_duckdb):
    session, _ = read_on_spark
    assigned = [chr(code) for code in range(1, 0x20000) if unicodedata.category(chr(code)) not in ("Cs", "Cn", "Co")]
    # A newer Unicode has letters that Java does not know yet.
    characters = [
        row.character
        for row in session.createDataFrame([(each,) for each in assigned], "character string")
        .where(r"not regexp_like(character, '\p{Cn}')")
        .collect()
    ]
    assert len(characters) > 60_000
    chance = random.Random(7)
    texts = ["".join(chance.choices(characters, k=40)) for _ in range(1000)]
    texts += [" ".join(chance.choices(WORDS + NUMBERS + characters[:600], k=8)) for _ in range(1000)]
    # Each character once, between letters and by itself.
    texts += [f"a{each}b {each}" for each in characters[:8000]]
    assert_agree(read_on_spark, read_on_duckdb, texts)
