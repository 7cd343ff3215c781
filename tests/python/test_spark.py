"""Both engines make the same marts of the same files: decimals to the cent, ranks exactly (docs/engines.md)."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import histories
import pytest
from pandas.testing import assert_frame_equal
from runner import demo_data, on_spark
from runner.errors import InputError
from runner.project import MARTS, raw_tables
from runner.warehouse import ScoreWindow
from training.journey import running

pytest.importorskip("pyspark")
pytestmark = pytest.mark.spark

RELATIONS = tuple(sorted(f"marts.{path.stem}" for path in MARTS.rglob("*.sql")))
# When a run took place, and how long it took, is its own.
OF_THE_RUN = {"marts.run_log"}


@dataclass(frozen=True)
class World:
    """The first day to score, and what arrives: raw files, and the last day that is scored when they have come."""

    first_day: date
    arrivals: tuple[tuple[Path, date], ...]


def demo(folder: Path) -> World:
    options = demo_data.DemoOptions(customers=60, first_day=date(2025, 10, 1))
    demo_data.write_demo(folder, options)
    return World(date(2026, 5, 1), ((folder, options.last_day),))


def random_history(folder: Path) -> World:
    """Half of it, then the rest, with newer copies of what was there and days that are scored already."""
    portfolio = histories.random_portfolio(11, 40, days=30, loads=2)
    before, after = histories.write_csv(portfolio, folder)
    between = portfolio.as_of - timedelta(days=10)
    return World(portfolio.first_day, ((before, between), (after, portfolio.as_of)))


def by_command(world: World, rapport, engine: str, path: Path) -> None:
    """Loads, builds and tests as a user does."""
    target = ("--target", engine, "--warehouse", path)
    for raw, as_of in world.arrivals:
        done = rapport("run", "--raw", raw, "--as-of", as_of, "--from", world.first_day, "--no-publish", *target)
        assert done.returncode == 0, done.stdout + done.stderr


def in_one_session(world: World, folder: Path) -> list[date]:
    """Loads and builds on Spark, without data tests; gives the days that the last build scored."""
    with on_spark.session(folder) as spark:
        for raw, as_of in world.arrivals:
            on_spark.load(spark, raw_tables("files"), "files", raw)
            on_spark.record_window(spark, ScoreWindow(world.first_day, as_of))
            on_spark.build(["build", "--selector", "everything", "--exclude-resource-type", "test"])
        return [day for (day,) in spark.sql("select score_date from increments.new_days").collect()]


@pytest.fixture(scope="module", params=[demo, random_history])
def scored(request, tmp_path_factory, rapport) -> tuple[Path, Path]:
    """The warehouses that DuckDB and Spark made of the same files."""
    folder = tmp_path_factory.mktemp(request.param.__name__)
    world = request.param(folder / "raw")
    warehouses = folder / "warehouse.duckdb", folder / "spark"
    by_command(world, rapport, "duckdb", warehouses[0])
    if request.param is demo:
        by_command(world, rapport, "spark", warehouses[1])
    else:
        days = in_one_session(world, warehouses[1])
        # Some days are as the first build left them, some are replaced, some are new.
        assert world.first_day < min(days) < world.arrivals[0][1] < max(days), days
    return warehouses


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
    """What two lists of rows do not have in common; doubles to nine digits, all else exactly."""
    if len(expected) != len(found):
        yield ("rows", len(expected), len(found))
    for one, other in zip(expected, found, strict=False):
        for name in one.keys() | other.keys():
            a, b = one.get(name), other.get(name)
            if isinstance(a, float) and isinstance(b, float) and math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9):
                continue
            if a != b:
                yield (name, a, b, one)


def test_every_mart_is_the_same_on_both_engines(scored):
    on_duckdb, folder = scored
    with (
        duckdb.connect(str(on_duckdb), read_only=True) as connection,
        on_spark.session(folder) as spark,
        on_spark.marts(spark, RELATIONS) as copies,
    ):
        for relation in RELATIONS:
            if relation not in OF_THE_RUN:
                found = list(differences(rows(connection, relation), rows(copies, relation)))
                assert found[:3] == [], relation
        scores = copies.execute("select count(*) from marts.customer_scores_daily").fetchone()[0]
    assert scores > 100


def test_a_training_reads_the_same_of_both_engines(tmp_path):
    demo_data.write_demo(tmp_path / "raw", demo_data.DemoOptions(customers=60, first_day=date(2025, 10, 1)))
    last_day = demo_data.DemoOptions().last_day
    order = running.Order(tmp_path / "raw", "files", "renewal", last_day, last_day, tmp_path / "scorecard")
    expected, found = (
        running.read_rows(replace(order, target=engine), lambda name, done, total: None)
        for engine in ("duckdb", "spark")
    )
    for name in ("cases", "answers", "responses", "drivers"):
        one, other = (
            frame.sort_values(list(frame)).reset_index(drop=True)
            for frame in (getattr(expected, name), getattr(found, name))
        )
        assert len(one) > 10, name
        assert_frame_equal(one, other, check_dtype=False)
    assert found.scales == expected.scales


BAD_FILES = {
    "not utf-8": ("interactions.csv", "interaction_id,customer_id,occurred_at\n1,é,2026-01-01\n".encode("latin-1")),
    "a column twice": ("interactions.csv", b"interaction_id,interaction_id\n1,1\n"),
    "a needed column missing": ("interactions.csv", b"interaction_id,occurred_at\n1,2026-01-01\n"),
    "empty": ("interactions.csv", b""),
    "too many values": ("interactions.csv", b"interaction_id,customer_id,occurred_at\n1,a,2026-01-01,x\n"),
    "no json": ("interactions.jsonl", b'{"interaction_id": "1", "customer_id": "a", "occurred_at": "x"}\n{"a\n'),
    "no parquet": ("interactions.parquet", b"PAR1 and no more"),
}


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    """A session over an empty warehouse, with its raw tables."""
    with on_spark.session(tmp_path_factory.mktemp("spark") / "warehouse") as session:
        on_spark.create_tables(session)
        yield session


@pytest.mark.parametrize(("name", "content"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_named_and_nothing_is_loaded(spark, folder, name, content):
    (folder / name).write_bytes(content)
    (folder / "customers.csv").write_text("customer_id\na\n", encoding="utf-8")
    with pytest.raises(InputError, match=name.replace(".", r"\.")):
        on_spark.load(spark, raw_tables("files"), "files", folder)
    assert spark.table("raw.customers").count() == 0
    assert spark.table("control.loads").count() == 0


def test_rows_are_numbered_in_their_files_and_a_file_that_is_the_same_is_not_loaded_again(spark, folder):
    (folder / "interactions").mkdir()
    texts = ['"two\nlines, one ""record"""', "x", ""]
    lines = [f"{number},a,2026-01-0{number},{text}" for number, text in enumerate(texts, start=1)]
    header = "interaction_id,customer_id,occurred_at,body"
    (folder / "interactions" / "a.csv").write_text("\n".join([header, *lines]), encoding="utf-8")
    (folder / "interactions" / "b.jsonl").write_text(
        '{"interaction_id": 4, "customer_id": "a", "occurred_at": "2026-01-04", "colour": "red"}\n', encoding="utf-8"
    )
    report = on_spark.load(spark, raw_tables("files"), "files", folder)
    assert report.rows == {"interactions": 4}
    assert report.ignored_columns == {"interactions/b.jsonl": ["colour"]}
    loaded = spark.sql("select interaction_id, _file, _row, body from raw.interactions order by interaction_id")
    assert [tuple(row) for row in loaded.collect()] == [
        ("1", "interactions/a.csv", 1, 'two\nlines, one "record"'),
        ("2", "interactions/a.csv", 2, "x"),
        ("3", "interactions/a.csv", 3, None),
        ("4", "interactions/b.jsonl", 1, None),
    ]
    again = on_spark.load(spark, raw_tables("files"), "files", folder)
    assert again.load_id is None
    assert again.unchanged == ["interactions/a.csv", "interactions/b.jsonl"]


def test_unit_tests_pass_on_spark(scored):
    _, folder = scored
    with on_spark.session(folder):
        on_spark.build(["test", "--select", "test_type:unit"])
