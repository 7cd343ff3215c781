"""The made data, as files of the raw contract: a history, the days after it, and corrections of long ago."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from suite.measuring import connect, literal, sql

# One property for so many customers.
CUSTOMERS_PER_PROPERTY = 500
PARQUET = "(format parquet, compression zstd)"


@dataclass(frozen=True)
class World:
    """What is made: `per_day` interactions on each of `days` days up to `last_day`, among `customers` customers."""

    customers: int
    per_day: int
    days: int
    last_day: date = date(2025, 12, 31)

    @property
    def first_day(self) -> date:
        return self.day(1 - self.days)

    @property
    def rows(self) -> int:
        """Its interactions, but for a few of the first days."""
        return self.per_day * self.days

    @property
    def name(self) -> str:
        return f"{self.customers}x{self.days}x{self.per_day}"

    def day(self, number: int) -> date:
        """A day by its number: 0 is the last day of the history, 1 the first new one."""
        return self.last_day + timedelta(days=number)


def write_history(directory: Path, world: World) -> None:
    """Write the history: interactions and issues by month, so that rows lie in the order of time."""
    with _world(world) as connection:
        _copy(connection, "from made_properties()", "property_id", directory / "properties.parquet")
        _copy(connection, "from made_segments()", "customer_id, started_on", directory / "customer_segments.parquet")
        for name, first, before in _months(world):
            _write_days(connection, directory, name, first, before)


def write_new_day(directory: Path, world: World, number: int) -> None:
    """Write what arrives on a day after the history: its rows, and newer copies of the issues resolved on it."""
    with _world(world) as connection:
        _write_new_day(connection, directory, world, number)


def write_late_day(directory: Path, world: World, number: int, days_back: int) -> None:
    """Write such a day, with an interaction and the correction of a segment's row of so many days before it."""
    with _world(world) as connection:
        _write_new_day(connection, directory, world, number)
        connection.execute("set variable late_on = ?", [world.day(number - days_back)])
        connection.execute(sql("late"))
        _copy(connection, "from late_interactions", "interaction_id", directory / "interactions" / "late.parquet")
        _copy(connection, "from late_segments", "customer_id", directory / "customer_segments.parquet")


def _world(world: World) -> duckdb.DuckDBPyConnection:
    """A connection with the world's macros. Of ten rows three are about an issue, of which there are 2.5 each."""
    connection = connect()
    issues_per_day = world.per_day * 12 // 100
    variables = {
        "customers": world.customers,
        "properties": max(world.customers // CUSTOMERS_PER_PROPERTY, 12),
        "first_day": world.first_day,
        "days": world.days,
        "issues_per_day": issues_per_day,
        "loose_per_day": world.per_day - issues_per_day * 5 // 2,
    }
    for name, value in variables.items():
        connection.execute(f"set variable {name} = ?", [value])
    connection.execute(sql("world"))
    return connection


def _months(world: World) -> list[tuple[str, int, int]]:
    """Every month of the history: its name, and the numbers of its first day and of the day after it."""
    months: dict[str, list[int]] = {}
    for number in range(world.days):
        months.setdefault(f"{world.first_day + timedelta(days=number):%Y-%m}", []).append(number)
    return [(name, numbers[0], numbers[-1] + 1) for name, numbers in months.items()]


def _write_days(connection, directory: Path, name: str, first: int, before: int) -> None:
    interactions = f"from made_interactions({first}, {before})"
    _copy(connection, interactions, "occurred_at, interaction_id", directory / "interactions" / f"{name}.parquet")
    # What is resolved after the history is not known yet.
    issues = (
        "select issue_id, customer_id, issue_category, opened_at, "
        "case when resolved_at < getvariable('first_day') + cast(getvariable('days') as integer) then resolved_at end "
        f"as resolved_at from made_issues({first}, {before})"
    )
    _copy(connection, issues, "opened_at, issue_id", directory / "issues" / f"{name}.parquet")


def _write_new_day(connection, directory: Path, world: World, number: int) -> None:
    connection.execute("set variable arrived_on = ?", [world.day(number)])
    connection.execute(sql("new_day"))
    _copy(
        connection,
        "from new_interactions",
        "occurred_at, interaction_id",
        directory / "interactions" / "new_day.parquet",
    )
    _copy(connection, "from new_issues", "opened_at, issue_id", directory / "issues" / "new_day.parquet")


def _copy(connection, query: str, order: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection.execute(f"copy (from ({query}) order by {order}) to {literal(path)} {PARQUET}")
