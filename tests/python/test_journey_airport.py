"""The journey score of the airport's survey, as docs/journey-score.md tells it."""

from datetime import date

import pytest
from training.journey import running
from training.journey.selecting import Options


@pytest.mark.slow
def test_the_airports_scorecard_beats_the_plain_mean(project, sfo_survey, tmp_path):
    """Held out, with fewer repeats and candidates than a training has."""
    day = date(2018, 6, 30)
    with project.score(tmp_path / "airport", [sfo_survey], day, day, "sfo_survey") as connection:
        rows = running.query_rows(connection, "advocacy", date(2017, 12, 31))
    options = Options(repeats=3, folds=5, pairs=(), bags=1, last_bags=1)
    findings = running.learn(rows, "advocacy", date(2017, 12, 31), lambda *_: None, options)
    training = findings.training
    assert training.cases == 2746
    assert training.model == "ridge"
    assert training.held_out_log_loss < 0.569
    assert training.held_out_log_loss < training.held_out_mean_log_loss - 0.003
    assert findings.wants[0].touchpoint in ("sfo_screens", "sfo_restaurants")
    # There are no later outcomes: nothing is known.
    assert not training.is_better_than_mean
