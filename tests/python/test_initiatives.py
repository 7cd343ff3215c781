"""initiative_impacts: the arithmetic against statsmodels, increments against a rebuild, and what it finds in made
worlds of which it is known what is to be found."""

import csv
import itertools
import os
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

import harness
import histories
import initiative_study as study
import numpy as np
import pytest
import statsmodels.api as sm
from runner.demo_data import DemoOptions, write_demo
from runner.loading import load
from runner.project import raw_tables
from runner.warehouse import ScoreWindow, read_seed, record_window
from scipy import stats
from test_increments import arriving, assert_as_rebuilt, do, runs_of

START = date(2026, 3, 2)
MEASURES = {"impact": "effect", "tone": "tone_effect", "problems": "problems_effect"}


# The arithmetic


def test_the_quantiles_are_those_of_scipy():
    rows = {int(row["degrees_of_freedom"]): float(row["t_quantile"]) for row in read_seed("t_quantiles")}
    assert list(rows)[:200] == list(range(1, 201))
    assert max(rows) == 10_000
    for degrees, quantile in rows.items():
        assert quantile == pytest.approx(stats.t.ppf(0.975, degrees), rel=1e-11)
    # Where a number is left out the nearest smaller one is hardly wider.
    numbers = sorted(rows)
    for smaller, larger in itertools.pairwise(numbers):
        assert rows[smaller] / rows[larger] < 1.001 or larger - smaller == 1, smaller


@dataclass
class Design:
    """Random changes of properties. changes: by start, comparison and property: tone and problems."""

    starts: dict[str, date]
    others: list[str]
    changes: dict[tuple[date, str, str], tuple[float, float]]


def random_design(seed: int, staggered: bool) -> Design:
    """Some properties with an initiative and some without; sometimes with an effect, odd ones and unlike spreads."""
    rng = np.random.default_rng(seed)
    treated = [f"p{number}" for number in range(rng.integers(3, 9))]
    others = [f"q{number}" for number in range(rng.integers(6, 31))]
    days = [START + timedelta(days=int(day)) for day in (rng.integers(0, 300, len(treated)) if staggered else [0] * 9)]
    starts = dict(zip(treated, days, strict=False))
    effect, spread = rng.choice([0, 0.1]), rng.choice([0.2, 1, 5])
    changes = {}
    for start in set(starts.values()):
        season = rng.normal(0, 0.2)
        for comparison in ("impact", "placebo"):
            for name in [*others, *(name for name in treated if starts[name] == start)]:
                own = spread if name in treated else 1
                tone, problems = rng.normal(season, 0.05 * own), rng.normal(0, 6 * own)
                if comparison == "impact" and name in treated:
                    tone, problems = tone + effect, problems - 30 * effect
                changes[start, comparison, name] = (tone, problems)
    return Design(starts, others, changes)


def measured(project: harness.Project, folder: Path, design: Design) -> dict:
    """The mart's figures for a design, of which it is given no more than the windows."""
    with project.open(folder) as connection:
        connection.execute("create table starts as from increments.initiative_starts limit 0")
        connection.execute("drop view increments.initiative_starts; drop view intermediate.initiatives")
        connection.execute("create table increments.initiative_starts as from starts")
        connection.execute("""
            create table intermediate.initiatives (
                initiative_id varchar, initiative_name varchar, programme varchar, property_id varchar, started_on date,
                ended_on date
            )
        """)
        connection.executemany(
            "insert into intermediate.initiatives values (?, 'Lobby', 'programme lobby', ?, ?, null)",
            [(f"n-{name}", name, start) for name, start in design.starts.items()],
        )
        connection.executemany(
            """
            insert into increments.initiative_starts by name
            select
                started_on, true as is_complete, false as is_touched, started_on - 120 as earlier_from,
                started_on - 60 as before_from, started_on + 60 as ended_before, date '2020-01-01' as known_from,
                date '2030-01-01' as known_before
            from (select ?::date as started_on)
            """,
            [[start] for start in set(design.starts.values())],
        )
        connection.executemany(
            """
            insert into marts.initiative_windows by name
            select
                ?::date as started_on, ? as comparison, ? as property_id, 1 as customers, 60 as days_before,
                60 as days_after, 1 as contacts_before, 1 as contacts_after, 0 as tone_before, ?::double as tone_after,
                500 as problems_before, 500 + ?::double as problems_after
            """,
            [[*key, *change] for key, change in design.changes.items()],
        )
        rows = study.records(connection, "select * from marts.initiative_impacts")
    assert len(rows) == len(design.starts)
    programme = [
        {name: row[name] for name in row if name.startswith(("effect", "tone_e", "problems_e"))} for row in rows
    ]
    assert all(row == programme[0] for row in programme)
    return rows[0]


def stored(change: float) -> float:
    """As the windows have it: with ten decimals."""
    return round(change, 10)


def columns(design: Design, comparison: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per property and start: tone and problems less the others' mean at that start; whether it is treated; weight."""
    values, treated, weights = [], [], []
    for start in sorted(set(design.starts.values())):
        here = [name for name in design.starts if design.starts[name] == start]
        of_others = np.array([design.changes[start, comparison, name] for name in design.others])
        of_treated = np.array([design.changes[start, comparison, name] for name in here])
        values += [*(of_treated - of_others.mean(axis=0)), *(of_others - of_others.mean(axis=0))]
        treated += [1.0] * len(here) + [0.0] * len(design.others)
        weights += [1.0] * len(here) + [len(here) / len(design.starts)] * len(design.others)
    return np.array(values), np.array(treated), np.array(weights)


def with_impact(values: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """The three measures: both parts, each in standard deviations of all changes, and each by itself."""
    mean = np.average(values, axis=0, weights=weights)
    unit = np.sqrt(weights @ (values - mean) ** 2 / (weights.sum() - 1))
    tone, problems = values.T
    return {"impact": (tone / unit[0] - problems / unit[1]) / 2, "tone": tone, "problems": problems}


@pytest.mark.parametrize("seed", range(12))
def test_one_start_is_ordinary_least_squares(seed, project, tmp_path):
    design = random_design(seed, staggered=False)
    row = measured(project, tmp_path / "warehouse", design)
    names = [*design.starts, *design.others]
    changes = np.array([[stored(part) for part in design.changes[START, "impact", name]] for name in names])
    treated = np.array([float(name in design.starts) for name in names])
    wider = set()
    for measure, change in with_impact(changes, np.ones(len(names))).items():
        fit = sm.OLS(change, sm.add_constant(treated)).fit()
        # HC2: a variance of each side's own.
        error = max(fit.bse[1], fit.HC2_se[1])
        wider.add(bool(fit.HC2_se[1] > fit.bse[1]))
        low, high = fit.params[1] + error * stats.t.ppf([0.025, 0.975], fit.df_resid)
        name = MEASURES[measure]
        assert row[name] == pytest.approx(fit.params[1], abs=1e-9)
        assert row[name.replace("effect", "standard_error")] == pytest.approx(error, abs=1e-9)
        assert row[f"{name}_low"] == pytest.approx(low, abs=1e-9)
        assert row[f"{name}_high"] == pytest.approx(high, abs=1e-9)
    if seed == 0:
        plain = sm.OLS(changes[:, 0], sm.add_constant(treated)).fit()
        assert row["tone_effect"] == pytest.approx(plain.params[1], abs=1e-9)


@pytest.mark.parametrize("seed", range(100, 112))
def test_several_starts_are_weighted_least_squares(seed, project, tmp_path):
    design = random_design(seed, staggered=True)
    assert len(set(design.starts.values())) > 1
    row = measured(project, tmp_path / "warehouse", design)
    treated_count, others_count = len(design.starts), len(design.others)
    degrees = treated_count + others_count - 2
    for comparison, prefix in (("impact", ""), ("placebo", "placebo_")):
        values, treated, weights = columns(design, comparison)
        for measure, change in with_impact(values, weights).items():
            if prefix and measure != "impact":
                continue
            fit = sm.WLS(change, sm.add_constant(treated), weights=weights).fit()
            # Rows of one property are no more than one property.
            one_spread = fit.ssr / degrees * fit.normalized_cov_params[1, 1]
            own_spreads = np.var(change[treated == 1], ddof=1) / treated_count
            own_spreads += weights[treated == 0] @ change[treated == 0] ** 2 / (others_count - 1) / others_count
            error = np.sqrt(max(one_spread, own_spreads))
            name = f"{prefix}{MEASURES[measure]}"
            low, high = fit.params[1] + error * stats.t.ppf([0.025, 0.975], degrees)
            assert row[name] == pytest.approx(fit.params[1], abs=1e-8)
            assert row[name.replace("effect", "standard_error")] == pytest.approx(error, abs=1e-8)
            assert row[f"{name.removesuffix('effect') if prefix else name + '_'}low"] == pytest.approx(low, abs=1e-8)
            assert row[f"{name.removesuffix('effect') if prefix else name + '_'}high"] == pytest.approx(high, abs=1e-8)


def test_both_standard_errors_occur(project, tmp_path):
    """The random designs are of both kinds: where one spread is the larger, and where each side's own is."""
    larger = set()
    for seed in range(12):
        design = random_design(seed, staggered=False)
        tone = {name: design.changes[START, "impact", name][0] for name in [*design.starts, *design.others]}
        fit = sm.OLS(
            np.array(list(tone.values())), sm.add_constant(np.array([float(name in design.starts) for name in tone]))
        ).fit()
        larger.add(bool(fit.HC2_se[1] > fit.bse[1]))
    assert larger == {True, False}


# Increments


WINDOW = 9
INITIATIVES = ("initiative_id", "initiative_name", "property_id", "started_on", "ended_on", "updated_at", "_deleted")


def with_short_windows(connection) -> None:
    """Random histories are weeks long: windows of days, and few properties."""
    values = {"window_days": WINDOW, "least_treated_properties": 1, "least_other_properties": 2}
    for setting, value in values.items():
        connection.execute("update rules.rule_settings set value = ? where setting = ?", [value, setting])


def add_initiatives(folders: list[Path], seed: int, portfolio: histories.Portfolio) -> None:
    """Initiatives that come, move, change their name or property, and are withdrawn, over the loads."""
    rng = Random(seed)
    days = (portfolio.as_of - portfolio.first_day).days
    for number, folder in enumerate(folders):
        rows = []
        for _ in range(3):
            started_on = portfolio.first_day + timedelta(days=rng.randrange(-WINDOW, days - WINDOW))
            rows.append(
                {
                    "initiative_id": f"n{rng.randrange(5)}",
                    "initiative_name": rng.choice(["Lobby", "lobby", "Gym", None]),
                    "property_id": rng.choice(histories.PROPERTIES[:2]),
                    "started_on": started_on,
                    "ended_on": rng.choice([None, None, started_on + timedelta(days=3)]),
                    "updated_at": portfolio.as_of + timedelta(days=number),
                    "_deleted": rng.choice([None, None, None, "true"]),
                }
            )
        with (folder / "initiatives.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, INITIATIVES)
            writer.writeheader()
            writer.writerows(rows)


COUNTS = """
    select
        (select count(*) from marts.initiative_windows),
        (select count(*) from marts.initiative_impacts where effect is not null)
"""


@pytest.mark.parametrize("seed", range(3))
def test_increments_are_what_a_rebuild_makes(seed, project, tmp_path):
    portfolio = arriving(60 + seed, 40)
    folders = histories.write_csv(portfolio, tmp_path / "raw")
    add_initiatives(folders, seed, portfolio)
    seen = []
    with project.open(tmp_path / "warehouse") as connection:
        with_short_windows(connection)
        for run in runs_of(portfolio, folders):
            do(project, connection, run, portfolio.first_day)
            seen.append(connection.execute(COUNTS).fetchone())
        assert min(max(column) for column in zip(*seen, strict=True)) > 0, seen
        assert_as_rebuilt(project, connection)


def test_a_killed_build_is_caught_up(project, tmp_path):
    portfolio = arriving(70, 30)
    folders = histories.write_csv(portfolio, tmp_path / "raw")
    add_initiatives(folders, 70, portfolio)
    before, killed, *after = runs_of(portfolio, folders)
    for until in ("initiative_windows", "score_distribution_daily", "last_build"):
        with project.open(tmp_path / until) as connection:
            with_short_windows(connection)
            do(project, connection, before, portfolio.first_day)
            do(project, connection, replace(killed, until=until), portfolio.first_day)
            for run in after:
                do(project, connection, run, portfolio.first_day)
            assert connection.execute("select count(*) from marts.initiative_windows").fetchone()[0]
            assert_as_rebuilt(project, connection)


def test_days_before_the_first_one_bring_their_scores(project, tmp_path):
    portfolio = arriving(71, 30)
    folders = histories.write_csv(portfolio, tmp_path / "raw")
    add_initiatives(folders, 71, portfolio)
    scored_later = portfolio.first_day + timedelta(days=12)
    with project.open(tmp_path / "warehouse") as connection:
        with_short_windows(connection)
        for folder in folders:
            load(connection, raw_tables("files"), "files", folder)
        without = []
        for first_day in (scored_later, portfolio.first_day):
            record_window(connection, ScoreWindow(first_day, portfolio.as_of))
            project.catch_up(connection)
            without += connection.execute(
                "select count(*) filter (where mean_score_before is null) from marts.initiative_windows"
            ).fetchone()
        assert without[0] > without[1]
        assert_as_rebuilt(project, connection)


def test_a_quiet_night_measures_nothing_again(project, tmp_path):
    portfolio = arriving(72, 30)
    folders = histories.write_csv(portfolio, tmp_path / "raw")
    add_initiatives(folders, 72, portfolio)
    with project.open(tmp_path / "warehouse") as connection:
        with_short_windows(connection)
        for folder in folders:
            load(connection, raw_tables("files"), "files", folder)
        for as_of in (portfolio.as_of, portfolio.as_of + timedelta(days=30), portfolio.as_of + timedelta(days=31)):
            record_window(connection, ScoreWindow(portfolio.first_day, as_of))
            project.catch_up(connection)
        touched, known = connection.execute(
            "select count(*) filter (where is_touched), count(*) from increments.initiative_starts"
        ).fetchone()
        assert touched == 0
        assert known > 1
        # Would they be measured, they would be others.
        connection.execute("update marts.initiative_windows set customers = -1")
        record_window(connection, ScoreWindow(portfolio.first_day, as_of + timedelta(days=1)))
        project.catch_up(connection)
        assert connection.execute("select distinct customers from marts.initiative_windows").fetchall() == [(-1,)]


# The demo, and worlds like it


def test_findings_are_counted_over_programmes():
    findings = study.Findings()
    findings.verdicts[False].update({("a", "better"): 1, ("b", "better"): 2, ("b", "worse"): 1, ("b", "other"): 6})
    assert findings.verdict_share(False, "better", "worse") == 0.4
    assert findings.verdict_share(False, "better", programme="a") == 1


def impacts_of(project: harness.Project, folder: Path, options: DemoOptions) -> study.Impacts:
    write_demo(folder / "raw", options)
    with project.open(folder / "warehouse") as connection:
        load(connection, raw_tables("files"), "files", folder / "raw")
        record_window(connection, ScoreWindow(options.last_day - timedelta(days=1), options.last_day))
        for model in study.needed_models(project):
            model.rebuild(connection)
        return study.read_impacts(connection)


def test_the_demo_is_what_its_page_says(project, tmp_path):
    found = impacts_of(project, tmp_path / "demo", DemoOptions()).programmes
    assert {name: row["verdict"] for name, row in found.items()} == {
        study.RENOVATION: "better",
        study.LOCKERS: "no clear change",
    }
    for row in found.values():
        # The properties of the other initiative are compared with neither.
        assert (row["treated_properties"], row["other_properties"]) == (3, 6)
    twin = impacts_of(project, tmp_path / "twin", DemoOptions(initiatives=False)).programmes
    assert {row["verdict"] for row in twin.values()} == {"no clear change"}


@pytest.mark.parametrize("setup", [study.DEMO, study.BOILER_BEFORE], ids=lambda setup: setup.name)
def test_a_few_worlds(setup, project, tmp_path):
    findings = study.study(project, tmp_path, setup, range(1, 9))
    assert findings.intervals.total() > 30
    assert findings.covered.total() / findings.intervals.total() >= 0.85
    assert findings.verdict_share(False, *study.ALARMS) <= 2 / 16
    if setup == study.DEMO:
        assert findings.verdict_share(True, "better", programme=study.RENOVATION) >= 0.5
    assert findings.verdict_share(True, "worse") == 0


@pytest.mark.slow
@pytest.mark.parametrize("setup", study.SETUPS, ids=lambda setup: setup.name)
def test_two_hundred_worlds(setup, project, tmp_path):
    findings = study.study(project, tmp_path, setup, range(1, 201), processes=os.cpu_count() or 1)
    print(study.report(setup, findings))
    # Where a boiler failed before the start, its recovery is no chance, and a part by itself is held to nothing.
    for measure in study.MEASURES if setup == study.DEMO else ("effect",):
        for programme in (study.RENOVATION, study.LOCKERS):
            assert findings.coverage(programme, measure) >= 0.9, (programme, measure)
    assert findings.verdict_share(False, *study.ALARMS) <= 0.07
