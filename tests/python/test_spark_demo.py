"""The same command makes the same marts of the demo on both engines. `make test-spark` runs it."""

from datetime import date

import pytest
from engines import assert_same_marts
from runner import demo_data, on_spark

pytest.importorskip("pyspark")
pytestmark = pytest.mark.spark


def test_the_same_command_makes_the_same_marts(rapport, tmp_path):
    options = demo_data.DemoOptions(customers=60, first_day=date(2025, 10, 1))
    demo_data.write_demo(tmp_path / "raw", options)
    window = ("--from", date(2026, 5, 1), "--as-of", options.last_day)
    warehouses = {"duckdb": tmp_path / "warehouse.duckdb", "spark": tmp_path / "spark"}
    for engine, path in warehouses.items():
        target = ("--target", engine, "--warehouse", path)
        done = rapport("run", "--raw", tmp_path / "raw", *window, "--no-publish", *target)
        assert done.returncode == 0, done.stdout + done.stderr
    with on_spark.session(warehouses["spark"]) as spark:
        assert_same_marts(warehouses["duckdb"], spark)
