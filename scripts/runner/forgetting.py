"""A person who is to be forgotten: their raw rows go, all tables are made anew, and no later load brings them back.

Nothing is deleted in place, since what a database deletes lies in its file until something else is written there. The
rows of everybody else go into a new file, in which everything is built and tested, and which then takes the old one's
place. What is remembered of the person is a salted hash of their id and of the keys of their rows.
"""

import os
import secrets
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from runner import building, runs
from runner.errors import InputError, RulesError
from runner.project import ROOT, RawTable, all_raw_tables, control_tables
from runner.warehouse import (
    check_rules,
    connect,
    create_raw_tables,
    last_build,
    literal,
    nothing_scored_error,
    quoted,
    recorded_window,
    trimmed,
)

CUSTOMER = "customer"
# What a build writes itself.
NOT_TAKEN_ALONG = {"last_build", "built_project"}


@dataclass(frozen=True)
class Forgotten:
    """What went: rows by raw table; seconds: what making all tables anew took."""

    rows: Counter
    seconds: float


def forget(
    warehouse: Path,
    customers: list[str],
    verbose: bool = False,
    progress: Callable[[str, int, int], None] = lambda name, done, total: None,
) -> Forgotten:
    """Makes a warehouse anew without some customers; one that is forgotten already has no rows to lose.

    Nobody else may write meanwhile. Whatever stops it leaves the warehouse as it was. Raises InputError where no raw
    row names a customer or nothing is scored yet, RulesError where the scores are of other rules, BusyError and
    BuildError as a run does.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=".forget-", dir=warehouse.parent) as scratch:
        copy = Path(scratch) / warehouse.name
        with connect(warehouse) as connection:
            check_rules(connection)
            create_raw_tables(connection)
            window, rules = recorded_window(connection), _rules(connection)
            if window is None or last_build(connection) is None:
                raise nothing_scored_error()
            connection.execute(
                "create temporary table to_forget as select unnest($ids) as customer_id", {"ids": customers}
            )
            rows = _rows_of_each(connection, customers)
            if not rows:
                return Forgotten(rows, 0)
            _write_others(connection, warehouse, copy)
            with connect(copy) as new:
                begun = runs.start(new, "forget", window, None)
            seconds = building.build(copy, "everything", verbose=verbose, progress=progress)
            with connect(copy) as new:
                runs.finish(new, begun.run_id, None, seconds)
                if _rules(new) != rules:
                    raise RulesError(
                        "seeds/rules: are not those of the stored scores. Run with --rebuild first, or put the old "
                        "seeds back; nobody was forgotten."
                    )
        warehouse.with_name(f"{warehouse.name}.wal").unlink(missing_ok=True)
        copy.replace(warehouse)
    shutil.rmtree(warehouse.with_name(f"{warehouse.name}.tmp"), ignore_errors=True)
    _remove_logs()
    return Forgotten(rows, time.monotonic() - began)


def _rules(connection) -> tuple | None:
    return connection.execute("select rules_fingerprint from control.last_build").fetchone()


def _rows_of_each(connection, customers: list[str]) -> Counter:
    """How many rows of which table go.

    Raises InputError where one of the customers is named by no row, and is not forgotten either.
    """
    rows = Counter()
    known = {
        table.name: connection.execute(
            f"select distinct {trimmed(table.customer)} from {table.relation} "
            f"where {trimmed(table.customer)} in (select customer_id from to_forget)"
        ).fetchall()
        for table in all_raw_tables()
        if table.customer
    }
    named = {customer for found in known.values() for (customer,) in found}
    for customer in customers:
        if customer not in named and not _is_forgotten(connection, customer):
            raise InputError(f"{customer}: no raw row names this customer. Give the id as the source gives it.")
    for table in all_raw_tables():
        found = connection.execute(f"select count(*) from {table.relation} as rows where {_is_of(table)}").fetchone()[0]
        if found:
            rows[table.name] += found
    return rows


def _is_of(table: RawTable) -> str:
    """Whether a row of `rows` is of somebody in to_forget: it names them; or it names nobody, and a copy of it does."""
    if table.of:
        parent = _parent(table)
        theirs = f"select {_keys(parent.key)} from {parent.relation} as rows where {_is_of(parent)}"
        return f"{_keys(parent.key, 'rows')} in ({theirs})"
    if not table.customer:
        return "false"
    names = f"{trimmed(table.customer)} in (select customer_id from to_forget)"
    if table.key in ((), (table.customer,)):
        return names
    theirs = f"select {_keys(table.key)} from {table.relation} where {names}"
    nobody = f"coalesce({trimmed(table.customer)}, '') = ''"
    return f"({names} or ({nobody} and {_keys(table.key, 'rows')} in ({theirs})))"


def _parent(table: RawTable) -> RawTable:
    return next(each for each in all_raw_tables() if each.relation == table.of)


def _keys(columns: tuple[str, ...], relation: str | None = None) -> str:
    """The key of a row as one text."""
    parts = (f"coalesce({trimmed(column, relation)}, '')" for column in columns)
    return f"concat_ws(chr(31), {', '.join(parts)})"


def _write_others(connection, warehouse: Path, copy: Path) -> None:
    """Writes a warehouse of the raw rows of everybody else, in which nothing is built, and who is not to come back."""
    connection.execute(f"attach {literal(copy)} as kept")
    connection.execute("use kept")
    create_raw_tables(connection)
    connection.execute(f"use {quoted(warehouse.stem)}")
    for table in all_raw_tables():
        connection.execute(
            f"insert into kept.{table.relation} by name "
            f"select * from {table.relation} as rows where ({_is_of(table)}) is not true"
        )
    for table in control_tables():
        if table.name not in NOT_TAKEN_ALONG:
            others = (
                "where customer_id not in (select customer_id from to_forget)" if table.name == "told_alerts" else ""
            )
            connection.execute(f"insert into kept.{table.relation} by name select * from {table.relation} {others}")
    salt = _salt(connection) or secrets.token_hex(16)
    connection.execute(
        "insert into kept.control.forgotten select $what, $salt, sha256($salt || customer_id) from to_forget",
        {"what": CUSTOMER, "salt": salt},
    )
    for table in all_raw_tables():
        if table.customer and table.key not in ((), (table.customer,)):
            connection.execute(
                "insert into kept.control.forgotten "
                f"select distinct $what, $salt, sha256($salt || {_keys(table.key)}) from {table.relation} as rows "
                f"where {_is_of(table)}",
                {"what": table.relation, "salt": salt},
            )
    connection.execute("detach kept")


def _salt(connection) -> str | None:
    found = connection.execute("select min(salt) from control.forgotten").fetchone()
    return found[0]


def _is_forgotten(connection, customer: str) -> bool:
    return (
        connection.execute(
            "select count(*) from control.forgotten where what = ? and value_hash = sha256(salt || ?)",
            [CUSTOMER, customer],
        ).fetchone()[0]
        > 0
    )


def is_anybody_forgotten(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a load has to look for people who are not to come back."""
    return _salt(connection) is not None


def refuse(connection: duckdb.DuckDBPyConnection, table: RawTable, incoming: str) -> int:
    """Deletes the rows of forgotten people from a table of rows that are about to be loaded; gives how many.

    The keys of such rows are remembered as hashes: rows that belong to them name nobody.
    """
    present = {name for name, *_ in connection.execute(f"select * from {incoming} limit 0").description}
    salt, conditions = _salt(connection), []
    if table.customer in present:
        conditions.append(_hash_is_known(trimmed(table.customer), CUSTOMER))
    if table.customer and set(table.key) <= present and table.key != (table.customer,):
        keys = _keys(table.key)
        if conditions:
            connection.execute(
                f"insert into control.forgotten select distinct $what, $salt, sha256($salt || {keys}) from {incoming} "
                f"where {conditions[0]} "
                "except select what, salt, value_hash from control.forgotten",
                {"what": table.relation, "salt": salt},
            )
        nobody = f"coalesce({trimmed(table.customer)}, '') = ''" if table.customer in present else "true"
        conditions.append(f"({nobody} and {_hash_is_known(keys, table.relation)})")
    if table.of:
        parent = _parent(table)
        conditions.append(_hash_is_known(_keys(parent.key), parent.relation))
    if not conditions:
        return 0
    return connection.execute(f"delete from {incoming} where {' or '.join(conditions)}").fetchone()[0]


def _hash_is_known(value: str, what: str) -> str:
    known = f"select value_hash from control.forgotten where what = {literal(what)}"
    return f"coalesce(sha256((select min(salt) from control.forgotten) || {value}), '') in ({known})"


def _remove_logs() -> None:
    """What dbt said may quote a value that it could not read."""
    logs, target = (
        Path(os.environ.get(name, ROOT / folder))
        for name, folder in (("DBT_LOG_PATH", "logs"), ("DBT_TARGET_PATH", "target"))
    )
    for path in [*logs.glob("dbt.log*"), target / "run_results.json"]:
        path.unlink(missing_ok=True)
