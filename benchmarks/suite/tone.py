"""How many texts a second the SQL reads, and how many VADER does."""

import csv
import sys
import time
from pathlib import Path

import duckdb
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from suite.measuring import ROOT, connect, median_seconds

sys.path.insert(0, str(ROOT / "scripts"))
from runner import building, toning, what_if
from runner.warehouse import RULES
from training import twin

SENTENCES = ROOT / "scripts" / "training" / "texts"
# A message is made of this many parts of sentences, of so many words each.
PARTS, WORDS = 3, 6
TOLERANCE = 1e-9


def prepare(folder: Path) -> tuple[Path, str]:
    """A warehouse with the rules, and the SQL that reads the texts of its table `given_texts`."""
    folder.mkdir(parents=True, exist_ok=True)
    warehouse, project = folder / "texts.duckdb", folder / "project"
    what_if.write_project([], project)
    what_if.judge(warehouse, project, RULES, verbose=False)
    return warehouse, building.compile_analyses(warehouse, [toning.ANALYSIS], project)[toning.ANALYSIS]


def write_messages(connection: duckdb.DuckDBPyConnection, number: int) -> None:
    """`given_texts`: so many messages, made of parts of the trainer's own sentences with their punctuation.

    Hashes of numbers choose: two makings are the same. Hardly two messages are alike.
    """
    sentences = [
        row["text"].split(" ")
        for path in sorted(SENTENCES.glob("*.csv"))
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    ]
    parts = [
        " ".join(words[start : start + WORDS]) for words in sentences for start in range(max(len(words) - WORDS + 1, 1))
    ]
    connection.execute("create or replace temp table parts as select unnest($parts) as part", {"parts": parts})
    picks = ", ' ', ".join(f"parts[cast(1 + hash(number, {place}) % len(parts) as bigint)]" for place in range(PARTS))
    connection.execute(
        f"create or replace table given_texts as select number as text_id, concat({picks}) as body "
        f"from range({number}) as numbers(number), (select list(part) as parts from parts)"
    )


def sql_seconds(warehouse: Path, sql: str, messages: int, repeats: int) -> float:
    """Seconds in which the SQL reads all of them into a table."""
    with connect(warehouse) as connection:
        write_messages(connection, messages)
        return median_seconds(lambda: connection.execute(f"create or replace table read_texts as {sql}"), repeats)


def sample(warehouse: Path, size: int) -> list[tuple[str, float]]:
    """Some of the messages, as they were read, with their tone."""
    with connect(warehouse) as connection:
        return connection.execute(
            "select body, tone from given_texts inner join read_texts using (text_id) order by text_id limit $size",
            {"size": size},
        ).fetchall()


def different_from_twin(messages: list[tuple[str, float]]) -> int:
    """How many of them have another tone than the trainer reads."""
    tables = twin.read_tables(RULES)
    return sum(abs(twin.predict(body, tables).tone - tone) > TOLERANCE for body, tone in messages)


def vader_seconds(texts: list[str]) -> float:
    """Seconds that VADER takes for them, in one process, as it comes."""
    analyzer = SentimentIntensityAnalyzer()
    begun = time.perf_counter()
    for text in texts:
        analyzer.polarity_scores(text)
    return time.perf_counter() - begun
