"""The score as it was known: what a run showed can be shown again, whatever has arrived since."""

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import histories
import pytest
import rapport as command_line
from runner import building, past, runs
from runner.errors import InputError
from runner.warehouse import connect
from test_backfill import Builds, Killed, run

SCORES = "from marts.customer_scores_daily order by all"
CURRENT = """
    select customer_id, score, score_date from marts.customer_scores_current where length(customer_id) < 5 order by 1
"""
# A copy of one customer's rows has no ranks.
POINTS = """
    select score_date, customer_id, segment, property_id, score, frequency_points, tone_points, variety_points,
        persistence_points, recency_points, confidence, band, rule_version
    from marts.customer_scores_daily where customer_id = ? order by all
"""


@dataclass(frozen=True)
class Moment:
    """When a run was done, and the warehouse that it left."""

    at: datetime
    warehouse: Path


@dataclass(frozen=True)
class Shown:
    """A warehouse after three runs, and what each of them showed."""

    portfolio: histories.Portfolio
    warehouse: Path
    moments: list[Moment]

    def changed(self, says: str) -> list[str]:
        """Who was named by a row that a later copy changed in that way, or by the copy."""
        found = set()
        for table in ("interactions", "issues", "customer_segments"):
            rows, key = self.portfolio.tables[table], histories.KEYS[table]
            keys = {row[key] for row in rows if row.get(histories.SAYS) == says}
            found |= {(row["customer_id"] or "").strip() for row in rows if row[key] in keys}
        return sorted(found - {""})


@pytest.fixture
def builds(monkeypatch, project) -> Builds:
    builds = Builds(project)
    monkeypatch.setattr(building, "build", builds)
    return builds


@pytest.fixture(scope="module")
def shown(project, tmp_path_factory) -> Shown:
    folder = tmp_path_factory.mktemp("shown")
    return shown_by_three_runs(project, folder, seed=13)


def shown_by_three_runs(project, folder: Path, seed: int, customers: int = 25) -> Shown:
    """Of a portfolio that says nothing of segments in its first load."""
    portfolio = histories.random_portfolio(seed, customers, days=30, loads=1)
    portfolio = histories.changed_later(histories.with_descriptions(portfolio, seed), seed, share=0.6)
    portfolio = histories.held_back(histories.rebatched(portfolio, seed, loads=3), "customer_segments", 2)
    path, copies = folder / "warehouse.duckdb", []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "build", Builds(project))
        for days, raw in zip((8, 3, 0), histories.write_csv(portfolio, folder / "raw"), strict=True):
            run(path, raw, portfolio.as_of - timedelta(days=days), None if copies else portfolio.first_day)
            copies.append(shutil.copy(path, folder / f"before {days} days.duckdb"))
    times = [at for (at,) in answer(path, "select finished_at from control.runs order by 1")]
    return Shown(portfolio, path, [Moment(*pair) for pair in zip(times, copies, strict=True)])


def answer(path: Path, sql: str, *parameters: object) -> list[tuple]:
    with connect(path, read_only=True) as connection:
        return connection.execute(sql, [*parameters]).fetchall()


def known_at(path: Path, moment: datetime) -> past.Knowledge:
    with connect(path, read_only=True) as connection:
        return past.knowledge(connection, moment)


# The whole portfolio


@pytest.mark.parametrize("number", [0, 1, 2])
def test_rewind_shows_the_portfolio_as_each_run_did(shown, builds, tmp_path, number):
    moment = shown.moments[number]
    command_line.rewind(moment.at, tmp_path / "then.duckdb", False, shown.warehouse)
    then = answer(tmp_path / "then.duckdb", SCORES)
    assert len(then) > 100
    assert then == answer(moment.warehouse, SCORES)


def test_runs_show_different_scores_of_the_same_days(shown):
    first, second, third = (set(answer(moment.warehouse, SCORES)) for moment in shown.moments)
    assert first - second
    assert second - third


@pytest.fixture(scope="module")
def on_three_days(shown, tmp_path_factory) -> Path:
    """A warehouse whose runs were done at noon of 2, 3 and 4 January 2031."""
    path = tmp_path_factory.mktemp("days") / "warehouse.duckdb"
    shutil.copy(shown.warehouse, path)
    with connect(path) as connection:
        connection.execute("update control.runs set finished_at = timestamp '2031-01-01 12:00' + to_days(run_id::int)")
    return path


@pytest.mark.parametrize(
    ("said", "load_id"),
    [
        ("2031-01-02", 1),
        ("2031-01-03T11:59:59", 1),
        ("2031-01-03T12:00:00", 2),
        ("2031-01-03", 2),
        ("2041-01-01", 3),
    ],
)
def test_a_moment_is_known_by_the_last_run_that_was_done_by_then(on_three_days, said, load_id):
    assert known_at(on_three_days, past.end_of(datetime.fromisoformat(said))).load_id == load_id


def test_nothing_was_known_before_the_first_run(on_three_days):
    with pytest.raises(InputError, match="no run was done by then"):
        known_at(on_three_days, datetime(2031, 1, 2, 11))  # noqa: DTZ001


def test_a_load_is_known_by_the_run_that_took_it_in(builds, shown, tmp_path, monkeypatch):
    """Not while it is only loaded, nor if the run was killed at its end; but by the next, which takes in no more."""
    path, raw = tmp_path / "warehouse.duckdb", sorted(shown.warehouse.parent.glob("raw/*"))
    run(path, raw[0], shown.portfolio.as_of, shown.portfolio.first_day)
    command_line.load(raw[1], "files", "utf-8", path)
    assert known_at(path, LATER).load_id == 1
    with monkeypatch.context() as patch:
        patch.setattr(runs, "finish", killed)
        with pytest.raises(Killed):
            run(path, None, shown.portfolio.as_of)
    assert known_at(path, LATER).load_id == 1
    run(path, None, shown.portfolio.as_of)
    assert known_at(path, LATER).load_id == 2


LATER = datetime(2099, 1, 1)  # noqa: DTZ001


def killed(*_):
    raise Killed


def test_the_command_line_rewinds(shown, on_three_days, rapport, tmp_path):
    out = tmp_path / "then.duckdb"
    early = rapport("rewind", "2031-01-01", "--out", out, "--warehouse", on_three_days)
    assert (early.returncode, early.stdout.count("\n")) == (InputError.exit_code, 1), early.stdout
    assert not out.exists()
    done = rapport("rewind", "2031-01-03", "--out", out, "--warehouse", on_three_days)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "by the loads up to number 2" in done.stdout
    assert answer(out, SCORES) == answer(shown.moments[1].warehouse, SCORES)
    again = rapport("rewind", "2031-01-04", "--out", out, "--warehouse", on_three_days)
    assert (again.returncode, again.stdout.count("\n")) == (InputError.exit_code, 1), again.stdout


# One customer


def assert_scored_as_then(shown: Shown, builds: Builds, folder: Path, moment: Moment, customer: str) -> list[tuple]:
    """A build of one customer's rows gives the points that the whole portfolio's gave."""
    copy = folder / "one.duckdb"
    copy.unlink(missing_ok=True)
    past.write(shown.warehouse, copy, known_at(shown.warehouse, moment.at), customer)
    builds(copy, "tables")
    then = answer(copy, POINTS, customer)
    assert then == answer(moment.warehouse, POINTS, customer), customer
    return then


KINDS = {
    "of another customer": 0,
    "withdrawn": 1,
    "withdrawn and back": 0,
    "of another segment": 1,
    "resolved on another day": 1,
}


@pytest.mark.parametrize(("says", "number"), KINDS.items())
def test_a_copy_of_one_customer_scores_as_the_whole_portfolio_did(shown, builds, tmp_path, says, number):
    moment, changed = shown.moments[number], shown.changed(says)
    scored = [customer for customer, *_ in answer(moment.warehouse, CURRENT) if customer in changed]
    assert scored
    for customer in {scored[0], scored[-1]}:
        assert assert_scored_as_then(shown, builds, tmp_path, moment, customer)


def test_who_is_in_no_segment_was_scored_only_while_nobody_was_in_one(shown, builds, tmp_path):
    in_segments = {(row["customer_id"] or "").strip() for row in shown.portfolio.tables["customer_segments"]}
    scored = answer(
        shown.moments[0].warehouse, "select distinct customer_id from marts.customer_scores_daily order by 1"
    )
    lonely = next(customer for customer, *_ in scored if customer not in in_segments)
    found = [assert_scored_as_then(shown, builds, tmp_path, moment, lonely) for moment in shown.moments]
    assert [bool(rows) for rows in found] == [True, False, False]


def test_explain_shows_the_score_that_was_shown(shown, builds, capsys):
    first, last = (answer(shown.moments[number].warehouse, CURRENT) for number in (0, 2))
    customer = next(customer for customer, *_ in first if customer in {name for name, *_ in last})
    for moment, shown_then in ((shown.moments[0], first), (shown.moments[2], last)):
        capsys.readouterr()
        command_line.explain(customer, 90, moment.at, warehouse_path=shown.warehouse)
        printed = capsys.readouterr().out
        score, day = next((score, day) for name, score, day in shown_then if name == customer)
        assert f"{score} of 100 on {day}" in printed
        assert "as known at" in printed
        assert "rank" not in printed
