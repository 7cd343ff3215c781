"""Does the score mean anything? What score_validation says, against other ways to compute it."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy
import pytest
from runner.demo_data import DemoOptions, write_demo
from runner.loading import load
from runner.project import raw_tables
from runner.warehouse import ScoreWindow, read_seed, record_window
from scipy.stats import mannwhitneyu
from test_increments import assert_as_rebuilt

HIGHER_IS_BETTER = {
    (row["predictor"], row["segment"]): row["higher_is_better"] == "true" for row in read_seed("validation_predictors")
}
PREDICTORS = [name for name, segment in HIGHER_IS_BETTER if segment == "resident"]
HORIZONS = [int(row["horizon_days"]) for row in read_seed("validation_horizons")]
SETTINGS = {row["setting"]: float(row["value"]) for row in read_seed("rule_settings")}
CELL = ("outcome", "versus", "segment", "horizon_days")
EXACT = 1e-9


def rows_of(connection, sql: str) -> list[dict]:
    answer = connection.execute(sql)
    names = [column[0] for column in answer.description]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def by_cell(rows: list[dict]) -> dict[tuple, list[dict]]:
    cells = defaultdict(list)
    for row in rows:
        cells[tuple(row[name] for name in CELL)].append(row)
    return cells


# AUC, variance and covariance, by the kernel over all pairs


def by_all_pairs(events: numpy.ndarray, others: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray]:
    """AUCs, and their covariance matrix as DeLong, DeLong and Clarke-Pearson define it.

    events, others: predictors by customers, of who had the outcome and who had not.
    """
    above = events[:, :, None] > others[:, None, :]
    kernel = above + 0.5 * (events[:, :, None] == others[:, None, :])
    parts = [numpy.cov(kernel.mean(axis=axis)) / kernel.shape[3 - axis] for axis in (1, 2)]
    return kernel.mean(axis=(1, 2)), sum(parts)


# By the cell: whether the outcome is desired, how many customers, the share of events, and how many values there are.
DRAWN = {
    ("renewal", "others", "resident", 30): (True, 400, 0.3, 12),
    ("renewal", "move_out", "resident", 60): (True, 60, 0.5, 3),
    ("conversion", "others", "prospect", 30): (True, 80, 0.4, 5),
    ("grievance_contact", "others", "resident", 60): (False, 350, 0.1, 500),
    ("grievance_contact", "others", "prospect", 60): (False, 25, 0.6, 2),
    ("move_out", "others", "resident", 90): (False, 300, 0.05, 9_000),
}


def draw(random: numpy.random.Generator, cell: tuple) -> Iterator[dict]:
    """Cases whose predictors depend on the outcome and on each other, with ties."""
    is_desired, customers, share, values = DRAWN[cell]
    mood = random.normal(size=customers)
    is_event = random.random(customers) < share
    for number in range(customers):
        signs = random.normal(size=len(PREDICTORS)) + mood[number] + 0.4 * is_event[number]
        places = (values * (signs + 4) / 8).clip(0, values - 1).astype(int)
        # Scores have two decimals.
        drawn = {
            name: place / 100 if name == "score" else int(place) % 1000
            for name, place in zip(PREDICTORS, places, strict=True)
        }
        case = {"customer_id": f"c{number}", "is_desired": is_desired, "is_event": bool(is_event[number])}
        yield dict(zip(CELL, cell, strict=True)) | case | drawn


@pytest.fixture(scope="module")
def drawn(project, tmp_path_factory):
    """A warehouse whose cases were drawn."""
    random = numpy.random.default_rng(5)
    with project.open(tmp_path_factory.mktemp("drawn") / "warehouse") as connection:
        connection.execute(
            "create table cases as from intermediate.validation_cases; drop view intermediate.validation_cases; "
            "create table intermediate.validation_cases as from cases"
        )
        for cell in DRAWN:
            rows = list(draw(random, cell))
            connection.executemany(
                f"insert into intermediate.validation_cases ({', '.join(rows[0])}) "
                f"values ({', '.join('?' * len(rows[0]))})",
                [[*row.values()] for row in rows],
            )
        yield connection


def values_of(cases: list[dict]) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Predictors by customers, turned so that more of each goes with the outcome: of events and of others."""
    signs = [1 if HIGHER_IS_BETTER[name, cases[0]["segment"]] == cases[0]["is_desired"] else -1 for name in PREDICTORS]
    values = numpy.array(
        [[sign * float(case[name]) for case in cases] for name, sign in zip(PREDICTORS, signs, strict=True)]
    )
    is_event = numpy.array([case["is_event"] for case in cases])
    return values[:, is_event], values[:, ~is_event]


def test_areas_and_errors_are_those_of_all_pairs(drawn):
    cells, stated = (
        by_cell(rows_of(drawn, f"from {name}")) for name in ("intermediate.validation_cases", "marts.score_validation")
    )
    assert cells.keys() == stated.keys() == DRAWN.keys()
    for cell, cases in cells.items():
        areas, covariance = by_all_pairs(*values_of(cases))
        found = {row["predictor"]: row for row in stated[cell]}
        assert found.keys() == set(PREDICTORS)
        for number, name in enumerate(PREDICTORS):
            row, reference = found[name], PREDICTORS.index("score")
            assert (row["n"], row["positives"]) == (len(cases), sum(case["is_event"] for case in cases))
            assert row["auc"] == pytest.approx(areas[number], abs=EXACT)
            error = covariance[number, number] ** 0.5
            assert row["standard_error"] == pytest.approx(error, abs=EXACT), (cell, name)
            reach = SETTINGS["interval_z"] * error
            assert row["auc_lower"] == pytest.approx(max(areas[number] - reach, 0), abs=EXACT)
            assert row["auc_upper"] == pytest.approx(min(areas[number] + reach, 1), abs=EXACT)
            if name == "score":
                assert (row["difference"], row["verdict"]) == (None, None)
                continue
            weights = numpy.zeros(len(PREDICTORS))
            weights[number], weights[reference] = 1, -1
            difference, error = weights @ areas, (weights @ covariance @ weights) ** 0.5
            assert row["difference"] == pytest.approx(difference, abs=EXACT)
            assert row["difference_standard_error"] == pytest.approx(error, abs=EXACT), (cell, name)
            lower, upper = (difference + sign * SETTINGS["interval_z"] * error for sign in (-1, 1))
            assert row["difference_lower"] == pytest.approx(lower, abs=EXACT)
            assert row["difference_upper"] == pytest.approx(upper, abs=EXACT)
            expected = "better" if lower > 0 else "worse" if upper < 0 else "no clear difference"
            assert row["verdict"] == ("too little data" if row["finding"] == "too little data" else expected)


def test_areas_are_those_of_the_mann_whitney_test(drawn):
    stated = {
        (*cell, row["predictor"]): row
        for cell, rows in by_cell(rows_of(drawn, "from marts.score_validation")).items()
        for row in rows
    }
    for cell, cases in by_cell(rows_of(drawn, "from intermediate.validation_cases")).items():
        events, others = values_of(cases)
        for name, *pair in zip(PREDICTORS, events, others, strict=True):
            area = mannwhitneyu(*pair).statistic / (len(pair[0]) * len(pair[1]))
            assert stated[*cell, name]["auc"] == pytest.approx(area, abs=EXACT)


def test_what_was_drawn_has_every_finding_and_ties(drawn):
    """Else the tests above would prove little."""
    rows = rows_of(drawn, "from marts.score_validation")
    assert {row["finding"] for row in rows} >= {"as it should", "the wrong way", "unclear"}
    assert {row["verdict"] for row in rows} >= {"worse", "no clear difference"}
    (values,) = drawn.execute("select count(distinct score) / count(*) from intermediate.validation_cases").fetchone()
    assert values < 0.9


# Landmarks and cases, on a made-up world


FIRST_DAY, LAST_DAY = date(2025, 10, 1), date(2026, 6, 30)
EARLIER = LAST_DAY - timedelta(days=9)


@pytest.fixture(scope="module")
def raw_folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    write_demo(folder, DemoOptions(customers=400))
    return folder


@pytest.fixture(scope="module")
def world(project, raw_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scored") / "warehouse"
    with project.score(folder, [raw_folder], LAST_DAY, FIRST_DAY) as connection:
        yield connection


def landmarks_by_hand(connection, last_day: date) -> dict[tuple, date]:
    """The landmark day of every customer and horizon, in a segment or not: the days of the calendar in rounds."""
    found = {}
    for horizon in HORIZONS:
        last = last_day - timedelta(days=horizon)
        days = min(int(SETTINGS["landmark_days"]), (last - FIRST_DAY).days + 1)
        for customer, key in connection.execute(
            "select customer_id, customer_key from intermediate.customers"
        ).fetchall():
            (day,) = (
                day
                for day in (last - timedelta(days=number) for number in range(days))
                if ((day - date.min).days + key) % days == 0
            )
            found[horizon, customer] = day
    return found


def test_landmarks_are_one_day_per_customer_by_the_calendar(world):
    scored = {
        (row["score_date"], row["customer_id"]): row for row in rows_of(world, "from marts.customer_scores_daily")
    }
    expected = {
        (horizon, customer): day
        for (horizon, customer), day in landmarks_by_hand(world, LAST_DAY).items()
        if (day, customer) in scored
    }
    found = rows_of(world, "from intermediate.validation_landmarks")
    assert {(row["horizon_days"], row["customer_id"]): row["landmark_on"] for row in found} == expected
    assert len(found) > 600
    points = [name for name in found[0] if name in PREDICTORS and (name == "score" or name.endswith("_points"))]
    assert len(points) == 6
    for row in found:
        score = scored[row["landmark_on"], row["customer_id"]]
        assert [row[name] for name in ("segment", *points)] == [score[name] for name in ("segment", *points)]
    # Spread over the calendar: no day has many.
    days = [row["landmark_on"] for row in found if row["horizon_days"] == 30]
    assert len(set(days)) > 75
    assert max(map(days.count, set(days))) < 15


def test_plain_counts_are_those_of_the_contacts(world):
    contacts = defaultdict(list)
    for customer, day in world.execute("select customer_id, contact_on from intermediate.contacts").fetchall():
        contacts[customer].append(day)
    silent = 0
    for row in rows_of(world, "from intermediate.validation_landmarks"):
        before = [day for day in contacts[row["customer_id"]] if day <= row["landmark_on"]]
        ages = [(row["landmark_on"] - day).days for day in before]
        assert row["contacts"] == len(before)
        assert row["contacts_lately"] == sum(age < SETTINGS["lately_days"] for age in ages)
        assert row["days_since_contact"] == min(ages, default=(row["landmark_on"] - date.min).days)
        silent += not before
    assert silent


def events_of(connection) -> dict[str, set[tuple]]:
    """Customers and days, by outcome."""
    events = defaultdict(set)
    for outcome, customer, day in connection.execute(
        "select outcome, customer_id, cast(occurred_at as date) from staging.stg_files__outcomes "
        "where row_status = 'used' "
        "union all select 'grievance_contact', customer_id, occurred_on from intermediate.interactions "
        "where direction = 'inbound' and nature = 'grievance'"
    ).fetchall():
        events[outcome].add((customer, day))
    return events


def test_cases_count_what_came_within_the_horizon(world):
    events, expected = events_of(world), set()
    for row in rows_of(world, "from intermediate.validation_landmarks"):
        after = [row["landmark_on"] + timedelta(days=number + 1) for number in range(row["horizon_days"])]
        came = {outcome for outcome, days in events.items() if any((row["customer_id"], day) in days for day in after)}
        for rule in read_seed("outcome_directions"):
            if rule["segment"] not in ("", row["segment"]):
                continue
            outcome, versus = rule["outcome"], rule["versus"]
            if versus == "others" or {outcome, versus} & came:
                expected.add((outcome, versus, row["horizon_days"], row["customer_id"], outcome in came))
    found = rows_of(world, "from intermediate.validation_cases")
    assert {
        tuple(row[name] for name in ("outcome", "versus", "horizon_days", "customer_id", "is_event")) for row in found
    } == expected
    assert len(found) == len(expected)
    assert {row["outcome"] for row in found if row["is_event"]} == {
        row["outcome"] for row in read_seed("outcome_directions")
    }


def test_a_night_moves_few_landmarks_and_ends_as_a_rebuild(project, raw_folder, tmp_path):
    with project.open(tmp_path / "warehouse") as connection:
        load(connection, raw_tables("files"), "files", raw_folder)
        found = []
        for day in (EARLIER, LAST_DAY):
            record_window(connection, ScoreWindow(FIRST_DAY, day))
            project.catch_up(connection)
            found.append(
                {
                    (row["horizon_days"], row["customer_id"]): row["landmark_on"]
                    for row in rows_of(connection, "from intermediate.validation_landmarks")
                }
            )
        both = found[0].keys() & found[1].keys()
        moved = sum(found[0][key] != found[1][key] for key in both)
        nights = (LAST_DAY - EARLIER).days
        assert 0 < moved < 2 * nights / SETTINGS["landmark_days"] * len(both)
        assert (
            connection.execute("select count(*) from marts.score_validation where auc is not null").fetchone()[0] > 50
        )
        assert_as_rebuilt(project, connection)


def test_an_outcome_without_a_direction_is_counted_and_not_judged(project, raw_folder, tmp_path):
    with project.open(tmp_path / "warehouse") as connection:
        load(connection, raw_tables("files"), "files", raw_folder)
        connection.execute(
            "insert into raw.outcomes by name select 'x' || customer_id as outcome_id, customer_id, "
            "'Parking' as outcome, '2026-06-01' as occurred_at, 1 as _load_id, "
            "timestamp '2026-07-01' as _loaded_at, 'own.csv' as _file, "
            "row_number() over () as _row from (select distinct customer_id from raw.customers)"
        )
        record_window(connection, ScoreWindow(FIRST_DAY, LAST_DAY))
        project.build(connection)
        rows = rows_of(connection, "from marts.score_validation where outcome = 'parking'")
    assert {row["segment"] for row in rows} == {"resident", "prospect"}
    assert {(row["predictor"], row["finding"], row["auc"], row["verdict"]) for row in rows} == {
        ("score", "direction not known", None, None)
    }
    assert max(row["positives"] for row in rows) > 30
