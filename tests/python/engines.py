"""The marts that two engines made of the same files, side by side."""

import json
import math
from collections.abc import Iterator
from pathlib import Path

import duckdb
from runner import on_spark
from runner.project import MARTS

RELATIONS = tuple(sorted(f"marts.{path.stem}" for path in MARTS.rglob("*.sql")))
# When a run took place, and how long it took, is its own.
OF_THE_RUN = {"marts.run_log"}


def assert_same_marts(on_duckdb: Path, spark) -> None:
    """Every column of every mart: doubles to nine digits, all else exactly."""
    with duckdb.connect(str(on_duckdb), read_only=True) as connection, on_spark.marts(spark, RELATIONS) as copies:
        for relation in RELATIONS:
            if relation not in OF_THE_RUN:
                found = list(differences(rows(connection, relation), rows(copies, relation)))
                assert not found, (relation, len(found), found[:3])
        scores = copies.execute("select count(*) from marts.customer_scores_daily").fetchone()[0]
    assert scores > 100


def rows(connection: duckdb.DuckDBPyConnection, relation: str) -> list[dict]:
    """The rows of a relation in the order of all that is no double."""
    described = connection.execute(f"describe {relation}").fetchall()
    columns = sorted(name for name, *_ in described)
    exact = sorted(name for name, data_type, *_ in described if data_type != "DOUBLE")
    found = connection.execute(f"select {', '.join(columns)} from {relation} order by {', '.join(exact)}")
    return [without_order(dict(zip(columns, row, strict=True))) for row in found.fetchall()]


def without_order(row: dict) -> dict:
    """The names within a row as it came stand in an order of the engine's."""
    return row | ({"original_row": json.loads(row["original_row"])} if row.get("original_row") else {})


def differences(expected: list[dict], found: list[dict]) -> Iterator[tuple]:
    """What two lists of rows do not have in common."""
    if len(expected) != len(found):
        yield ("rows", len(expected), len(found))
    for one, other in zip(expected, found, strict=False):
        for name in one.keys() | other.keys():
            a, b = one.get(name), other.get(name)
            if isinstance(a, float) and isinstance(b, float) and math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9):
                continue
            if a != b:
                yield (name, a, b, one)
