"""docs/query-the-marts.md: every query of the page runs on the demo's marts, and gives the rows that the page shows."""

import re
import shutil
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import harness
import pytest
from runner import runs
from runner.demo_data import DemoOptions, write_demo
from runner.loading import load
from runner.project import ROOT, raw_tables
from runner.publishing import Options, current, publish
from runner.warehouse import ScoreWindow, record_window

PAGE = (ROOT / "docs" / "query-the-marts.md").read_text(encoding="utf-8")
# A query, and the table under it.
EXAMPLES = re.findall(r"^```sql\n((?:(?!```)[^\n]*\n)*)```\n\n((?:\|[^\n]*\n)+)", PAGE, re.MULTILINE)
QUESTIONS = 12


def cell(value: object) -> str:
    """A value as the page shows it: nothing where there is none, a whole number without decimals."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else repr(value)
    return str(value)


def as_table(columns: list[str], rows: list[tuple]) -> str:
    """Rows as the page's table."""
    lines = [columns, ["---"] * len(columns), *([cell(value) for value in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def answer(connection: duckdb.DuckDBPyConnection, query: str, shown: int) -> str:
    """The first rows of a query, as the page's table."""
    result = connection.execute(query)
    return as_table([column[0] for column in result.description], result.fetchmany(shown))


@pytest.fixture(scope="module")
def release(project: harness.Project, tmp_path_factory) -> Path:
    """A release of the demo: what readers of the page have in front of them."""
    folder = tmp_path_factory.mktemp("demo")
    options = DemoOptions()
    write_demo(folder / "raw", options)
    window = ScoreWindow(options.first_day, options.last_day)
    with project.open(folder / "built") as connection:
        load(connection, raw_tables("files"), "files", folder / "raw")
        record_window(connection, window)
        run = runs.start(connection, "run", window, None)
        project.build(connection)
        runs.finish(connection, run.run_id, None, Counter())
    publish(folder / "built" / harness.WAREHOUSE, Options(folder / "published"))
    yield current(folder / "published")
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def reader(release) -> duckdb.DuckDBPyConnection:
    with duckdb.connect(str(release / "rapport.duckdb"), read_only=True) as connection:
        yield connection


def test_every_query_has_its_rows():
    assert PAGE.count("```sql") == len(EXAMPLES)
    sections = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
    asked = [section for section in sections if re.match(r"\d+\. ", section)]
    assert [int(section.split(".")[0]) for section in asked] == list(range(1, QUESTIONS + 1))
    assert all("```sql" in section for section in asked)


@pytest.mark.parametrize(("query", "table"), EXAMPLES, ids=lambda text: re.findall(r"marts\.(\w+)", text)[-1:])
def test_a_query_gives_the_rows_of_the_page(query, table, reader):
    shown = len(table.splitlines()) - 2
    made = answer(reader, query, shown)
    assert shown >= 1
    assert table == made, f"the page should say:\n{made}"


def test_cells_are_written_as_people_write_them():
    row = (None, 3, 21.0, -0.0, 20.5, Decimal("-0.50"), date(2026, 6, 30))
    assert as_table(["a"] * 7, [row]).splitlines()[2] == "|  | 3 | 21 | 0 | 20.5 | -0.50 | 2026-06-30 |"
