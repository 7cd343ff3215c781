"""A random history in a time zone, built twice: the second build replaces days, and both engines make the same marts.
Unit tests pass.

`make test-spark` runs it.
"""

import json
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import histories
import pytest
from engines import assert_same_marts
from harness import WAREHOUSE
from runner import on_spark
from runner.project import raw_tables
from runner.warehouse import ScoreWindow

pytest.importorskip("pyspark")
pytestmark = pytest.mark.spark

# When rows of these tables took place.
DATED = {"interactions": "occurred_at", "issues": "opened_at"}


def random_history() -> histories.Portfolio:
    portfolio = histories.random_portfolio(11, 40, days=30, loads=1, time_zone="America/Los_Angeles")
    return histories.with_conversations(histories.with_descriptions(portfolio, 1), 2)


def arriving_late(portfolio: histories.Portfolio, first_late_day: date) -> histories.Portfolio:
    """The portfolio with a second load: what took place from that day on, some of it a correction."""
    first, last = str(first_late_day), str(portfolio.as_of)
    tables = dict(portfolio.tables)
    for table, column in DATED.items():
        key = histories.KEYS[table]
        copies = Counter(row[key] for row in tables[table])
        kept, late = [], []
        for row in tables[table]:
            # What has copies may change the days of each.
            is_late = copies[row[key]] == 1 and first <= (row[column] or "")[:10] <= last
            (late if is_late else kept).append(row)
        before = [row | {"issue_category": "said before"} for row in late[::3]]
        tables[table] = [*kept, *before, *(row | {"_load_id": 2, "_file": f"{table}.csv"} for row in late)]
    return replace(portfolio, tables=tables)


@pytest.fixture(scope="module")
def scored(pacific_project, tmp_path_factory):
    """The warehouse that DuckDB made, and a session over the one that Spark made, in the same two steps."""
    folder = tmp_path_factory.mktemp("histories")
    portfolio = random_history()
    built_as_of = portfolio.as_of - timedelta(days=10)
    first_late_day = built_as_of - timedelta(days=5)
    before, after = histories.write_csv(arriving_late(portfolio, first_late_day), folder / "raw")
    with pacific_project.score(folder / "duckdb", [before], built_as_of, portfolio.first_day) as connection:
        pacific_project.score_on(connection, [after], portfolio.as_of, portfolio.first_day)
    zone = {"portfolio_time_zone": portfolio.time_zone}
    with on_spark.session(folder / "spark") as spark:
        for raw, as_of in ((before, built_as_of), (after, portfolio.as_of)):
            on_spark.load(spark, raw_tables("files"), "files", raw)
            on_spark.record_window(spark, ScoreWindow(portfolio.first_day, as_of))
            on_spark.build(
                ["build", "--selector", "everything", "--exclude-resource-type", "test", "--vars", json.dumps(zone)]
            )
        days = [day for (day,) in spark.sql("select score_date from increments.new_days").collect()]
        # Some days are as the first build left them, some are replaced, some are new.
        assert portfolio.first_day < min(days) <= built_as_of < max(days), days
        yield folder / "duckdb" / WAREHOUSE, spark


def test_replaced_days_make_the_same_marts(scored):
    on_duckdb, spark = scored
    assert_same_marts(on_duckdb, spark)


def test_unit_tests_pass_on_spark(scored):
    on_spark.build(["test", "--select", "test_type:unit"])
