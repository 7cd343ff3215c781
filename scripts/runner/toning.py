"""`tone`: what the words of a file's texts say, by the SQL that reads interactions.

It needs no warehouse: the rules are built into one of their own, which is thrown away.
"""

import csv
import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb

from runner import building, what_if
from runner.errors import InputError
from runner.warehouse import RULES, connect

ANALYSIS = "texts_classified"
ANSWERS = ("tone", "tone_confidence", "label", "nature", "issue_category", "tone_words")
# Texts are short as a rule; mail with all that it quotes may be long.
LONGEST_VALUE = 10_000_000


@dataclass(frozen=True)
class Texts:
    """The rows of a CSV file, as text, and the place of the column that holds what was said."""

    header: list[str]
    rows: list[list[str]]
    place: int

    @property
    def bodies(self) -> list[str]:
        return [row[self.place] for row in self.rows]


def read_texts(path: Path, column: str) -> Texts:
    """A CSV file in UTF-8 with a header.

    Raises InputError where it cannot be read, lacks the column, or a row has more or fewer values than the header.
    """
    csv.field_size_limit(LONGEST_VALUE)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *rows = [row for row in csv.reader(file, strict=True) if row] or [[]]
    except (UnicodeDecodeError, csv.Error, OSError) as error:
        raise InputError(f"{path}: cannot be read as a CSV file in UTF-8 ({error}).") from error
    if header.count(column) != 1:
        found = "more than one column" if column in header else "no column"
        raise InputError(f"{path}: has {found} {column!r}. There are: {', '.join(header) or 'none'}.")
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise InputError(f"{path}, row {number}: has {len(row)} values for {len(header)} columns.")
    return Texts(header, rows, header.index(column))


def classify(texts: list[str], rules: Path | None = None, verbose: bool = False) -> list[tuple]:
    """What each text says, a row of ANSWERS, in their order.

    rules: a folder with edited copies of files of seeds/rules.
    Raises InputError where the rules break one of the rules for rules.
    """
    files = what_if.check_rules_folder(rules) if rules else []
    with tempfile.TemporaryDirectory() as scratch:
        project, warehouse = Path(scratch) / "project", Path(scratch) / "texts.duckdb"
        what_if.write_project(files, project)
        what_if.judge(warehouse, project, rules or RULES, verbose)
        sql = building.compile_analyses(warehouse, [ANALYSIS], project)[ANALYSIS]
        with connect(warehouse) as connection:
            return _classified(connection, sql, texts)


def _classified(connection: duckdb.DuckDBPyConnection, sql: str, texts: list[str]) -> list[tuple]:
    connection.execute("create temp table given_texts (text_id bigint, body varchar)")
    connection.execute(
        "insert into given_texts select generate_subscripts($texts, 1), unnest($texts)", {"texts": texts}
    )
    return connection.execute(f"select {', '.join(ANSWERS)} from ({sql}) order by text_id").fetchall()


def write(path: Path, texts: Texts, answers: list[tuple]) -> None:
    """Writes the rows in their order, with what their texts say in columns at the end.

    A column that the file has already is kept; the answer's name then ends in `_from_text`.
    Raises InputError where the file cannot be written.
    """
    names = [f"{name}_from_text" if name in texts.header else name for name in ANSWERS]
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = ([*row, *answer] for row, answer in zip(texts.rows, answers, strict=True))
            csv.writer(file, lineterminator="\n").writerows([[*texts.header, *names], *rows])
    except OSError as error:
        raise InputError(f"--out {path}: cannot be written ({error.strerror}).") from error
