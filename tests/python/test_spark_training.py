"""What a training reads is the same of both engines. `make test-spark` runs it."""

from dataclasses import replace
from datetime import date

import pytest
from pandas.testing import assert_frame_equal
from runner import demo_data
from training.journey import running

pytest.importorskip("pyspark")
pytestmark = pytest.mark.spark


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
