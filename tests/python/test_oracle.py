"""The marts against the oracle: every score, point, rank and percent_rank exactly equal."""

from datetime import date

import histories
import incidents
import oracle
import pytest
from runner.project import ROOT

COLUMNS = (
    "score_date",
    "customer_id",
    "segment",
    "property_id",
    "score",
    "frequency_points",
    "tone_points",
    "variety_points",
    "persistence_points",
    "recency_points",
    "confidence",
    "band",
    "portfolio_rank",
    "segment_size",
    "percent_rank",
)
RULES = oracle.load_rules(ROOT / "seeds" / "rules")


def stored_scores(connection) -> dict[tuple, tuple]:
    rows = connection.execute(f"select {', '.join(COLUMNS)} from marts.customer_scores_daily").fetchall()
    return {row[:2]: row for row in rows}


def assert_equal(connection, tables, as_of, first_day, time_zone="UTC"):
    expected = oracle.score_portfolio(tables, as_of, first_day, time_zone, RULES)
    expected = {
        (each.score_date, each.customer_id): tuple(getattr(each, name) for name in COLUMNS) for each in expected
    }
    stored = stored_scores(connection)
    assert expected
    # Counted first: pytest takes minutes to show how two large sets differ.
    assert len(stored.keys() ^ expected.keys()) == 0, sorted(stored.keys() ^ expected.keys())[:3]
    differing = [(stored[key], expected[key]) for key in expected if stored[key] != expected[key]]
    assert not differing, differing[:3]


def assert_fates_equal(connection, tables, as_of, time_zone="UTC"):
    for table, verdicts in oracle.judge(tables, as_of, time_zone).items():
        expected = {(row["_load_id"], row["_file"], row["_row"]): (status, reason) for row, status, reason in verdicts}
        rows = connection.execute(
            "select _load_id, _file, _row, row_status, reason from intermediate.raw_rows where raw_table = ?", [table]
        ).fetchall()
        stored = {(load, file, row): (status, reason) for load, file, row, status, reason in rows}
        differing = [(key, stored.get(key), expected.get(key)) for key in stored | expected]
        differing = [each for each in differing if each[1] != each[2]]
        assert not differing, (table, differing[:3])


@pytest.mark.parametrize(
    ("seed", "with_segments"),
    [(1, True), (2, True), (3, False)],
    ids=["with segments", "with other segments", "everybody a resident"],
)
def test_random_histories(project, tmp_path, seed, with_segments):
    portfolio = histories.random_portfolio(seed, 400, with_segments=with_segments)
    folders = histories.write_csv(portfolio, tmp_path / "raw")
    connection = project.score(tmp_path / "warehouse", folders, portfolio.as_of, portfolio.first_day)
    assert_equal(connection, portfolio.tables, portfolio.as_of, portfolio.first_day)
    assert_fates_equal(connection, portfolio.tables, portfolio.as_of)


def test_random_histories_far_from_utc(pacific_project, tmp_path):
    portfolio = histories.random_portfolio(4, 400, time_zone="America/Los_Angeles")
    folders = histories.write_csv(portfolio, tmp_path / "raw")
    connection = pacific_project.score(tmp_path / "warehouse", folders, portfolio.as_of, portfolio.first_day)
    assert_equal(connection, portfolio.tables, portfolio.as_of, portfolio.first_day, portfolio.time_zone)
    assert_fates_equal(connection, portfolio.tables, portfolio.as_of, portfolio.time_zone)


def test_default_rules_are_those_of_the_page():
    assert RULES == oracle.DEFAULT_RULES


def test_incident_log(project, incident_log, tmp_path):
    as_of, first_day = date(2016, 6, 30), date(2016, 3, 1)
    connection = project.score(tmp_path / "warehouse", [incident_log], as_of, first_day, source="servicenow")
    assert_equal(connection, incidents.contract_rows(incident_log, as_of), as_of, first_day)
