"""A warehouse as it was known at a moment: the raw rows of the loads up to then, to be built by the same SQL."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

import duckdb

from runner.errors import InputError
from runner.project import RawTable, all_raw_tables
from runner.warehouse import (
    ScoreWindow,
    connect,
    create_raw_tables,
    literal,
    record_window,
    table_exists,
    trimmed,
)


@dataclass(frozen=True)
class Knowledge:
    """What a run had taken in when a moment came: the loads up to one, and the days that were scored."""

    moment: datetime
    load_id: int
    window: ScoreWindow

    def in_words(self) -> str:
        return (
            f"as known at {self.moment:%Y-%m-%d %H:%M:%S} UTC, by the loads up to number {self.load_id}, "
            f"scored up to {self.window.as_of}"
        )


def end_of(moment: datetime) -> datetime:
    """The last moment of a day that is named without a time."""
    return moment + timedelta(days=1, microseconds=-1) if moment.time() == time() else moment


def knowledge(connection: duckdb.DuckDBPyConnection, moment: datetime) -> Knowledge:
    """What was known at a moment, in UTC: by the last run that was done by then.

    Raises InputError where no run was.
    """
    row = None
    if table_exists(connection, "control.runs"):
        row = connection.execute(
            # A run that was killed may have taken a load in that the next one, which was done, had no need to.
            "select known, first_scored_on, as_of "
            "from (select *, max(last_load_id) over (order by run_id) as known from control.runs) "
            "where finished_at <= ? order by run_id desc limit 1",
            [moment],
        ).fetchone()
    if not row:
        raise InputError(
            f"Nothing was known at {moment:%Y-%m-%d %H:%M:%S} UTC: no run was done by then. "
            "marts.run_log shows when runs were."
        )
    load_id, first_scored_on, as_of = row
    return Knowledge(moment, load_id or 0, ScoreWindow(first_scored_on, as_of))


def write(warehouse: Path, copy: Path, known: Knowledge, customer: str | None = None) -> None:
    """Writes a warehouse of the raw rows that were known, of all customers or of one; nothing in it is built yet."""
    with connect(copy) as connection:
        create_raw_tables(connection)
        connection.execute(f"attach {literal(warehouse)} as present (read_only)")
        for table in all_raw_tables():
            if _is_in(connection, table):
                _copy(connection, table, known.load_id, customer)
        connection.execute(
            "insert into control.loads by name select * from present.control.loads where load_id <= ?", [known.load_id]
        )
        connection.execute("detach present")
        record_window(connection, known.window)


def _is_in(connection, table: RawTable) -> bool:
    schema, name = table.relation.split(".")
    return bool(
        connection.execute(
            "select count(*) from information_schema.tables "
            "where table_catalog = 'present' and table_schema = ? and table_name = ?",
            [schema, name],
        ).fetchone()[0]
    )


def _copy(connection, table: RawTable, load_id: int, customer: str | None) -> None:
    """All copies of the keys that ever named the customer: one of them may have been somebody else's.

    One more row of the table comes along: that a source says nothing of segments is told by their being none at all.
    """
    rows = f"insert into {table.relation} by name select * from present.{table.relation} where _load_id <= $load_id"
    if customer is None or not table.customer:
        connection.execute(rows, {"load_id": load_id})
        return
    key, owner = ", ".join(trimmed(column) for column in table.key), trimmed(table.customer)
    present = f"present.{table.relation}"
    connection.execute(
        f"{rows} and (({key}) in (select ({key}) from {present} where {owner} = $customer) "
        f"or (_load_id, _file, _row) = (select min((_load_id, _file, _row)) from {present}))",
        {"load_id": load_id, "customer": customer},
    )
