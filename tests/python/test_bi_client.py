"""BI tools: SQLAlchemy with duckdb-engine finds every mart of a release, asks it, and can change nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import bi_client
import duckdb
import harness
import histories
import pytest
import sqlalchemy as sa
from runner.project import ROOT, published_marts
from runner.publishing import Options, publish
from test_docs import CONTRACTS, table

# What SQLAlchemy makes of the types of the contracts.
TYPES = {
    "date": "date",
    "string": "str",
    "bigint": "int",
    "ubigint": "int",
    "integer": "int",
    "double": "float",
    "boolean": "bool",
    "timestamp": "datetime",
    "decimal": "Decimal",
}


@pytest.fixture(scope="module")
def warehouse(project: harness.Project, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("bi")
    portfolio = histories.random_portfolio(5, 20, days=70, loads=1)
    raw = histories.write_csv(histories.with_descriptions(portfolio, 5), folder / "raw")
    project.score(folder / "built", raw, portfolio.as_of, portfolio.first_day).close()
    return folder / "built" / harness.WAREHOUSE


@pytest.fixture(scope="module")
def published(warehouse) -> Path:
    """The folder of releases, with one in it."""
    publish(warehouse, Options(warehouse.parent / "published"))
    return warehouse.parent / "published"


def ask(python: Path, published: Path) -> dict:
    """What a BI tool in a process of its own found in the current release."""
    done = subprocess.run(
        [python, bi_client.__file__, published / "current" / "rapport.duckdb"],
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def assert_all_is_there(found: dict, warehouse: Path) -> None:
    columns = {mart.name: list(mart.columns) for mart in published_marts()}
    assert {name: list(types) for name, types in found["tables"].items() if name != "release"} == columns
    for mart, types in found["tables"].items():
        if mart != "release":
            for row in table(CONTRACTS, mart):
                assert types[row["column"]] == TYPES[row["type"].split("(")[0]], (mart, row)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        expected = connection.execute(
            "select strftime(date_trunc('month', score_date), '%Y-%m-%d'), segment, count(*), avg(score) "
            "from marts.customer_scores_daily group by all order by all"
        ).fetchall()
    assert len(expected) >= 4
    assert [tuple(row[:3]) for row in found["chart"]] == [row[:3] for row in expected]
    assert [row[3] for row in found["chart"]] == pytest.approx([row[3] for row in expected])
    assert found["refused"] == list(bi_client.FORBIDDEN)


def test_a_bi_tool_finds_asks_and_changes_nothing(published, warehouse):
    found = ask(Path(sys.executable), published)
    assert found["duckdb"] == duckdb.__version__
    assert_all_is_there(found, warehouse)


def test_a_bi_tool_with_another_duckdb_does_too(published, warehouse):
    others = [path for name in (".venv", ".venv-duckdb1") if (path := ROOT / name / "bin" / "python").exists()]
    others = [path for path in others if path.parent != Path(sys.prefix) / "bin"]
    if not others:
        pytest.skip("there is no second DuckDB here: `make test-duckdb1` installs it")
    found = ask(others[0], published)
    assert found["duckdb"].split(".")[0] != duckdb.__version__.split(".")[0]
    assert_all_is_there(found, warehouse)


def generation(connection: sa.engine.Connection) -> int:
    return connection.execute(sa.text("select generation from marts.release")).scalar_one()


def test_a_bi_tool_sees_the_next_release_without_being_told(warehouse, tmp_path):
    """A connection that is open keeps the release that it has; the next one has the new one."""
    options = Options(tmp_path / "published")
    publish(warehouse, options)
    engine = bi_client.open_release(f"{options.folder}/current/rapport.duckdb")
    with engine.connect() as connection:
        assert generation(connection) == 1
        publish(warehouse, options)
        assert generation(connection) == 1
        with engine.connect() as another:
            assert generation(another) == 2
        assert generation(connection) == 1
