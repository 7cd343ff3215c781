"""What a warehouse is compared with: the limit, and re-reading history, in SQL and in Polars; and whether all agree."""

import os
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from suite.measuring import THREADS, CommandError, connect, literal, median_seconds, spark_table, sql

POLARS_SCRIPT = Path(__file__).with_name("polars_day.py")
POLARS_INPUTS = ("contacts", "contact_problems", "issues", "segments", "half_lives", "weights", "settings", "bands")

COMPARED = (
    "score_date, customer_id, segment, property_id, score, frequency_points, tone_points, variety_points, "
    "persistence_points, recency_points, confidence, band, rule_version, portfolio_rank, segment_size, percent_rank"
)


@contextmanager
def beside(warehouse: Path):
    """A database in memory with the warehouse `w` at its side, and views of what a re-reading of history reads."""
    connection = connect()
    try:
        connection.execute(f"set temp_directory = {literal(warehouse.with_suffix('.comparison'))}")
        connection.execute(f"attach {literal(warehouse)} as w (read_only)")
        connection.execute(sql("inputs"))
        yield connection
    finally:
        connection.close()


def write_seconds(connection: duckdb.DuckDBPyConnection, first: date, last: date, file: Path, repeats: int) -> float:
    """The limit: seconds to write the mart's rows of some days, with all columns, from memory into a new file."""
    connection.execute(
        "create or replace temp table score_rows as "
        "select * from w.marts.customer_scores_daily where score_date between ? and ?",
        [first, last],
    )
    seconds = copy_seconds(connection, "score_rows", file, repeats)
    connection.execute("drop table score_rows")
    return seconds


def copy_seconds(connection: duckdb.DuckDBPyConnection, relation: str, file: Path, repeats: int = 1) -> float:
    """Seconds to copy a relation's rows into a new file: of a table that does not fit into memory, its limit."""
    return median_seconds(
        lambda: connection.execute(f"create table fresh.copied as from {relation}; checkpoint fresh"),
        repeats,
        before=lambda: connection.execute(f"attach {literal(file)} as fresh"),
        after=lambda: (connection.execute("detach fresh"), file.unlink()),
    )


def different_points(warehouse: Path, on_spark: Path) -> int:
    """How many customer-days the two engines score differently, in any point."""
    columns = (
        "score_date, customer_id, segment, property_id, score, frequency_points, tone_points, variety_points, "
        "persistence_points, recency_points, confidence"
    )
    files = literal(spark_table(on_spark, "ledger", "daily_points"))
    with beside(warehouse) as connection:
        return connection.execute(
            f"with duckdb_rows as (select {columns} from w.ledger.daily_points), "
            f"spark_rows as (select {columns} from read_parquet({files}, hive_partitioning = true)) "
            "select count(*) from ((from duckdb_rows except all from spark_rows) "
            "union all (from spark_rows except all from duckdb_rows))"
        ).fetchone()[0]


def fingerprint(connection: duckdb.DuckDBPyConnection, relation: str) -> tuple[int, int]:
    """How many rows a table has, and a sum of hashes that changes with any value of any row."""
    return connection.execute(f"select count(*), sum(hash(row_of)::hugeint) from {relation} as row_of").fetchone()


def scan_seconds(connection: duckdb.DuckDBPyConnection, repeats: int) -> float:
    """Seconds to look once at every value of the new messages."""
    return median_seconds(lambda: connection.execute(sql("scan_new_rows")).fetchall(), repeats)


def from_scratch_seconds(connection: duckdb.DuckDBPyConnection, first: date, last: date, repeats: int = 1) -> float:
    """Seconds to score some days by re-reading history; leaves the result in the table from_scratch."""
    _set_days(connection, first, last)
    return median_seconds(lambda: connection.execute(sql("from_scratch")), repeats)


@dataclass(frozen=True)
class Joined:
    """Days that the windowed join scored: the seconds, the rows, and how many are not what the mart has."""

    seconds: float
    rows: int
    different_rows: int

    @property
    def per_million_seconds(self) -> float:
        return 1e6 * self.seconds / self.rows

    @property
    def figures(self) -> dict[str, float]:
        return {"rows_joined": self.rows, "per_million_seconds": self.per_million_seconds}


def joined(connection: duckdb.DuckDBPyConnection, first: date, days: int, at_once: int) -> Joined:
    """Score some days by joining all of history with them, so many in one statement."""
    parts = []
    for number in range(0, days, at_once):
        begin = first + timedelta(days=number)
        seconds = from_scratch_seconds(connection, begin, begin + timedelta(days=at_once - 1))
        (rows,) = connection.execute("select count(*) from from_scratch").fetchone()
        parts.append((seconds, rows, different_rows(connection)))
    return Joined(*(sum(values) for values in zip(*parts, strict=True)))


def from_messages_seconds(connection: duckdb.DuckDBPyConnection, on: date) -> float:
    """The same for one day, with the contacts made of the raw messages first."""
    _set_days(connection, on, on)
    start = time.perf_counter()
    connection.execute(sql("contacts_from_messages"))
    connection.execute(sql("from_scratch"))
    seconds = time.perf_counter() - start
    # They hide the views of the same names.
    connection.execute("drop table temp.contacts; drop table temp.contact_problems; drop table temp.messages")
    return seconds


def polars_seconds(connection: duckdb.DuckDBPyConnection, on: date, folder: Path, repeats: int) -> float:
    """The same for one day in Polars, from parquet files; leaves the result in the table from_scratch.

    Raises CommandError where it fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for table in POLARS_INPUTS:
        connection.execute(f"copy {table} to {literal(folder / f'{table}.parquet')}")
    result = folder / "result.parquet"
    process = subprocess.run(
        [sys.executable, str(POLARS_SCRIPT), str(folder), f"{on}", str(result), f"{repeats}"],
        env=os.environ | {"POLARS_MAX_THREADS": THREADS},
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode:
        raise CommandError(f"Polars ended with {process.returncode}:\n{process.stderr[-2000:]}")
    _set_days(connection, on, on)
    connection.execute("set variable result_file = ?", [str(result)])
    connection.execute(sql("polars_result"))
    return float(process.stdout)


def different_rows(connection: duckdb.DuckDBPyConnection) -> int:
    """How many rows of the table from_scratch or of the mart, on its days, have no equal on the other side."""
    mart = (
        f"select {COMPARED} from w.marts.customer_scores_daily "
        "where score_date between getvariable('first_day') and getvariable('last_day')"
    )
    computed = f"select {COMPARED} from from_scratch"
    (count,) = connection.execute(
        f"select count(*) from (({mart} except all {computed}) union all ({computed} except all {mart}))"
    ).fetchone()
    return count


def different_rows_on(warehouse: Path, days: Iterable[date]) -> int:
    """How many rows of the mart, on some days, are not what re-reading history gives."""
    with beside(warehouse) as connection:
        count = 0
        for day in days:
            from_scratch_seconds(connection, day, day)
            count += different_rows(connection)
    return count


def days_scored_again(connection: duckdb.DuckDBPyConnection, last: date) -> int:
    """How many days the latest load moved: from the earliest of its messages to the last day."""
    (earliest,) = connection.execute(
        "select min(cast(cast(occurred_at as timestamp) as date)) from w.raw.interactions "
        "where _load_id = (select max(load_id) from w.control.loads)"
    ).fetchone()
    return (last - earliest).days + 1


def _set_days(connection: duckdb.DuckDBPyConnection, first: date, last: date) -> None:
    connection.execute("set variable first_day = ?", [first])
    connection.execute("set variable last_day = ?", [last])
