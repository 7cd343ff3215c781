"""The warehouse file: opening it, the tables the runner writes, and the days that are scored."""

import csv
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from runner.errors import BuildError, BusyError, InputError, RapportError, RulesError
from runner.project import ROOT, all_raw_tables, control_tables, fingerprint, project_vars

FIRST_RUN_DAYS = 90
RULES = ROOT / "seeds" / "rules"
# Beyond 900 half-lives from the epoch a grown amount comes near the largest double (methodology, section 1).
MOST_HALF_LIVES = 900
SCHEMAS = {"raw", "control", "rules", "staging", "intermediate", "factors", "ledger", "marts", "test_failures"}
RESERVED_STEMS = SCHEMAS | {"main", "temp", "system", "memory", "information_schema", "pg_catalog"}


@dataclass(frozen=True)
class ScoreWindow:
    """The days that a warehouse scores: from the first to as-of, both included."""

    first_scored_on: date
    as_of: date


def check_path(path: Path) -> Path:
    """The absolute path of a warehouse.

    Raises InputError where DuckDB could not tell the file's catalog from a schema, or the folder is missing.
    """
    path = path.expanduser().resolve()
    if path.stem in RESERVED_STEMS:
        raise InputError(
            f"{path.name}: a warehouse may not be named like the schema {path.stem!r}. Choose another name."
        )
    if path.is_dir():
        raise InputError(f"{path}: is a folder. --warehouse names a file, such as {path}/warehouse.duckdb.")
    if not path.parent.is_dir():
        raise InputError(f"{path.parent}: no such folder. Create it, or choose another --warehouse.")
    return path


@contextmanager
def connect(path: Path, read_only: bool = False):
    """A connection to the warehouse, closed afterwards. It has the memory that dbt has.

    Raises BusyError where another process holds the file, InputError where it is no DuckDB file.
    """
    try:
        connection = duckdb.connect(str(path), read_only=read_only)
    except duckdb.IOException as error:
        raise _opening_error(path, error) from error
    with _in_words(connection):
        yield connection


@contextmanager
def beside(path: Path, scratch: Path):
    """A connection to no file of its own, closed afterwards: other files may be attached beside the warehouse.

    The warehouse is attached by its own name, by which its views call it, and only read; what does not fit into memory
    goes into `scratch`. Raises as `connect` does.
    """
    connection = duckdb.connect()
    with _in_words(connection):
        connection.execute(f"set temp_directory = {literal(scratch)}")
        try:
            connection.execute(f"attach {literal(path)} as {quoted(path.stem)} (read_only)")
        except duckdb.IOException as error:
            raise _opening_error(path, error) from error
        yield connection


def _opening_error(path: Path, error: duckdb.IOException) -> RapportError:
    if "lock" not in str(error):
        return InputError(f"{path}: cannot be opened as a DuckDB file. Choose another --warehouse.")
    holder = re.search(r"PID (\d+)", str(error))
    who = f"process {holder[1]}" if holder else "another process"
    return BusyError(f"{path}: {who} holds the warehouse. Wait until it has finished, then run again.")


@contextmanager
def _in_words(connection: duckdb.DuckDBPyConnection):
    try:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"set memory_limit = '{os.environ.get('RAPPORT_MEMORY_LIMIT', '6GB')}'")
        yield
    except duckdb.Error as error:
        if is_full_disk(str(error)):
            raise full_disk_error() from error
        raise
    finally:
        connection.close()


def is_full_disk(message: str) -> bool:
    """Whether DuckDB says that it could not write."""
    return any(words in message for words in ("No space left", "Could not write", "File too large"))


def full_disk_error() -> BuildError:
    return BuildError("the disk is full. Make room, then run again: nothing is lost.")


def nothing_scored_error() -> InputError:
    return InputError("Nothing is scored in this warehouse yet. Run `rapport.py run --raw DIR` first.")


def literal(value: object) -> str:
    """A text of SQL."""
    return "'" + str(value).replace("'", "''") + "'"


def flush(path: Path) -> None:
    """What is written in a file, or as a name in a folder, survives a loss of power."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def quoted(name: str) -> str:
    """A name of SQL."""
    return '"' + name.replace('"', '""') + '"'


def trimmed(column: str, relation: str | None = None) -> str:
    """A column's text as staging reads it."""
    of = f"{quoted(relation)}." if relation else ""
    return f"trim({of}{quoted(column)}, ' ' || chr(9) || chr(10) || chr(13))"


def rows_of(answer: duckdb.DuckDBPyConnection) -> list[dict[str, object]]:
    """An answer's rows by the names of its columns."""
    columns = [column[0] for column in answer.description]
    return [dict(zip(columns, row, strict=True)) for row in answer.fetchall()]


def create_raw_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Creates whatever the models read and is missing, a column in an older warehouse included."""
    for table in [*control_tables(), *all_raw_tables()]:
        columns = ", ".join(f'"{column.name}" {column.data_type}' for column in table.columns)
        connection.execute(f"create schema if not exists {table.relation.split('.')[0]}")
        connection.execute(f"create table if not exists {table.relation} ({columns})")
        for column in table.columns:
            connection.execute(
                f'alter table {table.relation} add column if not exists "{column.name}" {column.data_type}'
            )


def table_exists(connection: duckdb.DuckDBPyConnection, relation: str) -> bool:
    schema, name = relation.split(".")
    return bool(
        connection.execute(
            "select count(*) from information_schema.tables where table_schema = ? and table_name = ?", [schema, name]
        ).fetchone()[0]
    )


def recorded_window(connection: duckdb.DuckDBPyConnection) -> ScoreWindow | None:
    """The days that earlier runs scored."""
    if not table_exists(connection, "control.score_window"):
        return None
    row = connection.execute("select first_scored_on, as_of from control.score_window").fetchone()
    return ScoreWindow(*row) if row else None


def record_window(connection: duckdb.DuckDBPyConnection, window: ScoreWindow) -> None:
    connection.execute("begin")
    connection.execute("delete from control.score_window")
    connection.execute("insert into control.score_window values (?, ?)", [window.first_scored_on, window.as_of])
    connection.execute("commit")


def today() -> date:
    """Today in the portfolio's time zone: the one place where the clock decides what is scored."""
    return datetime.now(ZoneInfo(project_vars()["portfolio_time_zone"])).date()


def plan_window(recorded: ScoreWindow | None, as_of: date, first: date | None) -> ScoreWindow:
    """The days that a run scores.

    Raises InputError where the options contradict what is recorded, or the ledger's amounts would overflow.
    """
    first_scored_on = first or (
        recorded.first_scored_on if recorded else date.fromordinal(as_of.toordinal() - FIRST_RUN_DAYS + 1)
    )
    if recorded and first_scored_on != recorded.first_scored_on:
        raise InputError(
            f"--from {first}: this warehouse scores from {recorded.first_scored_on} on, as its first run decided. "
            "Leave --from out, or start another --warehouse."
        )
    if recorded and as_of < recorded.as_of:
        raise InputError(
            f"--as-of {as_of}: this warehouse is scored up to {recorded.as_of} already. "
            "Name that day or a later one, or start another --warehouse."
        )
    if first_scored_on > as_of:
        raise InputError(f"--as-of {as_of}: lies before the first scored day, {first_scored_on}. Name a later day.")
    check_overflow(first_scored_on, as_of)
    return ScoreWindow(first_scored_on, as_of)


def check_overflow(first_scored_on: date, as_of: date, rules: Path = RULES) -> None:
    """Raises InputError where the ledger's amounts would overflow on a scored day, by the half-lives of a folder."""
    epoch = date.fromisoformat(project_vars()["ledger_epoch"])
    shortest = min(float(row["half_life_days"]) for row in read_seed("factor_settings", rules))
    for day in (first_scored_on, as_of):
        if abs((day - epoch).days) / shortest > MOST_HALF_LIVES:
            raise InputError(
                f"{day}: lies more than {MOST_HALF_LIVES} half-lives of {shortest:g} days from the ledger's epoch "
                f"{epoch}, and amounts would overflow. Set the var ledger_epoch in dbt_project.yml nearer to it."
            )


def read_seed(name: str, rules: Path = RULES) -> list[dict]:
    """The rows of a rule seed."""
    with (rules / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def check_rules(connection: duckdb.DuckDBPyConnection) -> None:
    """Raises RulesError where the stored scores are of another rule version than the seeds."""
    stored = _stored_rule_version(connection)
    rules = rule_version()
    if stored and stored != rules:
        raise RulesError(
            f"seeds/rules: rule version {rules}, but the stored scores are of {stored}. "
            "Run again with --rebuild to score every day by the new rules, or put the old seeds back."
        )


def rule_version() -> str:
    """The version, or versions, that the rule seeds name."""
    return ", ".join(sorted({row["rule_version"] for row in read_seed("factor_weights")}))


def _stored_rule_version(connection) -> str | None:
    """None where nothing was built yet. Warehouses of before 0.2 have it in their scores alone."""
    if table_exists(connection, "control.last_build"):
        relation = "control.last_build"
    elif table_exists(connection, "marts.customer_scores_daily"):
        relation = "marts.customer_scores_daily"
    else:
        return None
    return connection.execute(f"select max(rule_version) from {relation}").fetchone()[0]


def customers_per_day(connection: duckdb.DuckDBPyConnection) -> int:
    """How many customers were scored on the last day."""
    if not table_exists(connection, "marts.score_distribution_daily"):
        return 0
    return connection.execute(
        "select coalesce(sum(customers), 0) from marts.score_distribution_daily "
        "where score_date = (select max(score_date) from marts.score_distribution_daily)"
    ).fetchone()[0]


@dataclass(frozen=True)
class Built:
    """What the tables of a warehouse hold since the last build that finished."""

    load_id: int
    as_of: date
    first_scored_on: date


def last_build(connection: duckdb.DuckDBPyConnection) -> Built | None:
    """None before a build has finished."""
    if not table_exists(connection, "control.last_build"):
        return None
    row = connection.execute("select load_id, as_of, first_scored_on from control.last_build").fetchone()
    return Built(*row) if row else None


def is_built_by_this_project(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the seeds and views that are there are those of the project as it is now.

    With tables of another version the build drops all of them first.
    """
    found = connection.execute(
        "select count(*) from control.built_project inner join control.last_build using (tables_version) "
        "where fingerprint = ?",
        [fingerprint()],
    )
    return found.fetchone()[0] > 0
