"""Does it cause the outcome? The parts of the estimate against what they should equal, the mart's adjustment against
statsmodels, and small worlds of which it is known what is to be found."""

import csv
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import effect_study as study
import numpy as np
import pandas as pd
import pytest
from runner import scorecards
from runner.errors import InputError
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests
from training.journey import effect_running, effects
from training.journey.running import Order

AS_OF, UNTIL = date(2026, 6, 30), date(2026, 6, 30)
SMALL = replace(study.MOOD_ALONE, cases=1000)
LITTLE = replace(effects.Options(), repeats=1, folds=2, cases=100)


def no_progress(*_) -> None:
    pass


# The mood


def test_reliability_is_cronbachs_alpha_where_everybody_rates_everything():
    random = np.random.default_rng(5)
    ratings = random.normal(size=(500, 1)) + random.normal(size=(500, 4)) * [0.5, 1, 1.5, 2]
    ratings -= ratings.mean(axis=0)
    alpha = 4 / 3 * (1 - ratings.var(axis=0).sum() / ratings.sum(axis=1).var())
    mean, reliability = effects._mood(ratings)
    assert reliability == pytest.approx(alpha, abs=1e-12)
    assert mean == pytest.approx(alpha * ratings.mean(axis=1), abs=1e-12)


def test_who_rated_less_tells_less_of_a_mood():
    random = np.random.default_rng(6)
    ratings = random.normal(size=(400, 1)) + random.normal(size=(400, 4))
    ratings[:100, 1:] = np.nan
    ratings[100:200] = np.nan
    mean, reliability = effects._mood(ratings)
    of_one = mean[:100] / ratings[:100, 0]
    of_four = mean[200:] / ratings[200:].mean(axis=1)
    assert of_one == pytest.approx(of_one[0])
    assert (mean[100:200] == 0).all()
    assert of_four[0] == pytest.approx(4 * of_one[0] / (1 + 3 * of_one[0]))
    assert reliability == pytest.approx((of_one[0] + 2 * of_four[0]) / 4)


def test_nothing_in_common_may_be_chance():
    apart = np.array([[1.0, -1.0], [-1.0, 1.0]] * 50)
    assert effects._mood(apart)[1] == pytest.approx(2 * 0.05 / 1.05)
    assert effects._mood(np.full((10, 2), np.nan))[1] == 0


@pytest.mark.parametrize("share", [0.0, 0.1])
def test_where_few_rated_anything_else_a_mood_explains_everything(project, tmp_path, share):
    rows, _ = study.draw(study.MOOD_ALONE, 1)
    cases = sorted(rows["case_id"].unique())
    some = set(cases[: int(share * len(cases))])
    rows = rows[(rows["touchpoint"] == "maintenance") | rows["case_id"].isin(some)]
    found = effects.estimate(rows, study.OPTIONS)
    with project.open(tmp_path / "warehouse") as connection:
        judged = study.judge(connection, {"renewal": found})
    of_it = judged[judged["touchpoint"] == "maintenance"].iloc[0]
    assert of_it["verdict"] == "not separable from mood"
    assert pd.isna(of_it["effect"])
    assert pd.isna(of_it["effect_lower"]) == (share == 0)


@pytest.mark.parametrize("items", [2, 6])
def test_the_factor_is_what_a_regression_leaves_of_the_bias(items):
    """By least squares, without any noise but the sample's: the outcome is the mood."""
    random = np.random.default_rng(items)
    number = 200_000
    mood = random.normal(size=number)
    arm = (mood + random.normal(size=number) > 0).astype(float)
    ratings = mood[:, None] + 1.5 * random.normal(size=(number, items))
    mean, reliability = effects._mood(ratings - ratings.mean(axis=0))
    bare, adjusted = (
        np.linalg.lstsq(np.column_stack([np.ones(number), arm, *more]), mood, rcond=None)[0][1] for more in ([], [mean])
    )
    arms = effects._Arms(arm, np.zeros((number, 1)), mean[:, None], reliability)
    assert adjusted > 0.1
    assert adjusted + effects._factor(arms) * (adjusted - bare) == pytest.approx(0, abs=0.02)


# The interval


def test_the_interval_needs_fewer_errors_the_wider_apart_the_ends_are():
    for apart, errors in ((0.0, 1.959964), (100.0, 1.644854)):
        lower, upper, _ = effects._interval([(5.0, 1.0), (5.0 + apart, 1.0)])
        assert (5 - lower, upper - 5 - apart) == pytest.approx((errors, errors), abs=1e-5)


def test_the_interval_reaches_as_far_as_an_end_that_hardly_anything_is_known_of():
    lower, upper, p_value = effects._interval([(5.0, 1.0), (6.0, 10.0)])
    assert lower < 6 - 1.64 * 10
    assert upper > 6 + 1.64 * 10
    assert p_value > 0.5


def test_the_p_value_agrees_with_the_interval():
    random = np.random.default_rng(7)
    verdicts = set()
    for _ in range(500):
        ends = [(float(random.normal(0, 2)), float(random.uniform(0.5, 1))) for _ in range(2)]
        lower, upper, p_value = effects._interval(ends)
        verdicts.add(p_value < 0.05)
        assert (p_value < 0.05) == (lower > 0 or upper < 0)
        mirrored = effects._interval([(-end, error) for end, error in ends])
        assert mirrored == pytest.approx((-upper, -lower, p_value), abs=1e-9)
    assert verdicts == {True, False}
    _, _, p_value = effects._interval([(2.0, 1.0), (2.0, 1.0)])
    assert p_value == pytest.approx(2 * norm.sf(2))


# What counts as known


def test_of_others_only_earlier_ratings_are_adjusted_for_one_by_one():
    rows, _ = study.draw(SMALL, 1)
    place = {name: number for number, name in enumerate(sorted(study.TOUCHPOINTS))}["move_in"]
    first = effects.estimate(rows, LITTLE)[place]
    assert first.touchpoint == "move_in"
    for other, is_earlier in (("tour", True), ("amenities", False)):
        moved = rows.copy()
        of_other = moved["touchpoint"] == other
        # The rating as it was, so that the mean over the others is, too.
        moved.loc[of_other, "need_met"] = moved.loc[of_other, "need_met"].to_numpy()[::-1]
        again = effects.estimate(moved, LITTLE)[place]
        assert (again != first) == is_earlier


def test_the_order_of_rows_is_of_no_account():
    rows, _ = study.draw(SMALL, 2)
    assert effects.estimate(rows, LITTLE) == effects.estimate(rows.sample(frac=1, random_state=3), LITTLE)


def test_too_few_have_no_estimate():
    rows, _ = study.draw(replace(SMALL, cases=300), 1)
    found = effects.estimate(rows, effects.Options())
    assert len(found) == len(study.TOUCHPOINTS)
    assert all(each.found is None and 0 < each.missed < 200 for each in found)
    assert {"" for each in found} == {each.as_row("renewal", "", "")["effect_lower"] for each in found}


def test_a_placebo_that_few_had_is_none():
    rows, _ = study.draw(SMALL, 1)
    rows = rows[rows["touchpoint"].isin(["tour", "move_in"])].assign(had_grievance=False)
    found = effects.estimate(rows, LITTLE)
    assert all(each.found is not None and each.placebo is None for each in found)


# The mart


def test_the_marts_adjustment_is_benjamini_and_hochbergs(project, tmp_path):
    random = np.random.default_rng(8)
    sets = {}
    for number in range(40):
        p_values = np.round(random.uniform(size=random.integers(1, 12)) ** 3, random.integers(1, 6))
        sets[str(number)] = [
            effects.Estimate(
                f"t{place:02}", 500, 500, 250, 250, 1.0, 0.5,
                effects.Range(0.1, 0.01, 0.1, 0.01, 0.05, 0.15, float(p_value)), None, 0.1,
            )
            for place, p_value in enumerate(p_values)
        ]  # fmt: skip
    with project.open(tmp_path / "warehouse") as connection:
        judged = study.judge(connection, sets)
    assert (judged["verdict"] == study.FOUND).any()
    for outcome, rows in judged.groupby("outcome"):
        expected = multipletests([each.found.p_value for each in sets[outcome]], alpha=0.05, method="fdr_bh")
        assert rows["adjusted_p_value"].to_numpy() == pytest.approx(expected[1], abs=1e-12)
        assert (rows["verdict"] == study.FOUND).tolist() == expected[0].tolist()


@pytest.mark.parametrize("world", [study.MOOD_ALONE, study.EFFECTS_AND_MOOD], ids=lambda world: world.name)
def test_small_worlds_give_what_was_planted_and_no_more(project, tmp_path, world):
    found = study.study(project, tmp_path / "worlds", world, range(1, 4))
    assert found.found(False) <= 1 / 12
    assert found.coverage(False) >= 0.8
    if world == study.EFFECTS_AND_MOOD:
        assert found.coverage(True) >= 0.8
        assert found.found(True) >= 0.5
    else:
        # What adjusting for the mean alone would call an effect of each.
        assert found.verdicts(False)["not separable from mood"] >= 9


# The command


def write_raw(folder: Path) -> None:
    """A small world as raw files; of application, on a scale of 7, as well as its needs were met."""
    rows, _ = study.draw(SMALL, 4)
    customers = rows.drop_duplicates("case_id")
    files = {
        "customer_segments": [
            (row.case_id, "resident", date(2026, 1, 1) - timedelta(days=int(row.tenure_days)), row.property_id)
            for row in customers.itertuples()
        ],
        "survey_responses": [
            (f"r{number}", row.case_id, "touchpoint", row.touchpoint, row.rated_at.isoformat(), *_score(row))
            for number, row in enumerate(rows.itertuples())
        ],
        "outcomes": [
            (f"o{row.case_id}", row.case_id, "renewal" if row.is_event else "move_out", "2026-06-01")
            for row in customers.itertuples()
        ],
        "interactions": [
            (f"i{row.case_id}", row.case_id, "2025-12-01T10:00:00", "grievance")
            for row in customers.itertuples()
            if row.had_grievance
        ],
    }
    headers = {
        "customer_segments": "customer_id,segment,started_on,property_id",
        "survey_responses": "response_id,customer_id,survey,touchpoint,responded_at,measure,score",
        "outcomes": "outcome_id,customer_id,outcome,occurred_at",
        "interactions": "interaction_id,customer_id,occurred_at,nature",
    }
    for name, lines in files.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([headers[name].split(","), *lines])


def _score(row) -> tuple[str, int]:
    if row.touchpoint == "application":
        return "ces", {"missed": 3, "met": 5, "exceeded": 7}[row.need_met]
    return "csat", round(1 + 4 * row.rating_share)


def test_the_command_writes_the_same_table_again_and_leaves_other_outcomes_alone(project, tmp_path):
    raw, out = tmp_path / "raw", tmp_path / "out"
    raw.mkdir()
    write_raw(raw)
    connection = project.score(tmp_path / "scored", [raw], AS_OF, AS_OF)
    cases = effect_running.query_cases(connection, "renewal", UNTIL)
    drawn, _ = study.draw(SMALL, 4)
    columns = ["case_id", "touchpoint", "need_met", "is_event", "property_id"]
    assert sorted(cases.assign(case_id=cases["customer_id"])[columns].itertuples(index=False)) == sorted(
        drawn[columns].itertuples(index=False)
    )
    assert cases["had_grievance"].mean() == pytest.approx(drawn["had_grievance"].mean(), abs=0.1)
    options = effect_running.query_options(connection)
    assert options == effects.Options()
    with pytest.raises(InputError, match=r"Known are renewal\."):
        effect_running.query_cases(connection, "advocacy", UNTIL)
    connection.close()
    out.mkdir()
    header, *_ = (scorecards.TRAINED / scorecards.EFFECTS).read_text(encoding="utf-8").splitlines()
    other = "conversion,tour,1,2,0,1,,,,,,,,,,,,2026-01-31,mine-1"
    (out / scorecards.EFFECTS).write_text(f"{header}\n{other}\n", encoding="utf-8")
    found = effect_running.run(Order(raw, "files", "renewal", UNTIL, AS_OF, out, "mine"), no_progress)
    assert all(each.found is not None for each in found)
    expected = effect_running.as_rows(found, "renewal", UNTIL, "mine")
    assert found == effects.estimate(cases, options)
    written = (out / scorecards.EFFECTS).read_text(encoding="utf-8").splitlines()
    assert written == [header, other, *(",".join(row.values()) for row in expected)]
    assert scorecards.check(out) == [out / scorecards.EFFECTS]


def test_effects_need_no_scorecard_beside_them_but_half_a_scorecard_is_none(tmp_path):
    for name in (scorecards.EFFECTS, scorecards.NEEDED[0]):
        (tmp_path / name).write_bytes((scorecards.TRAINED / name).read_bytes())
    with pytest.raises(InputError, match=r"has no journey_trainings\.csv"):
        scorecards.check(tmp_path)
    (tmp_path / scorecards.NEEDED[0]).unlink()
    assert scorecards.check(tmp_path) == [tmp_path / scorecards.EFFECTS]


def test_of_two_decisions_of_a_customer_the_last_one_counts(project, tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    write_raw(raw)
    with (raw / "outcomes.csv").open("a", encoding="utf-8") as file:
        file.write("again,c00001,renewal,2026-06-20\n")
    with project.score(tmp_path / "scored", [raw], AS_OF, AS_OF) as connection:
        for until, case in ((date(2026, 6, 19), "files:oc00001"), (date(2026, 6, 20), "files:again")):
            cases = effect_running.query_cases(connection, "renewal", until)
            assert set(cases[cases["customer_id"] == "c00001"]["case_id"]) == {case}
        with pytest.raises(InputError, match="nobody had it"):
            effect_running.query_cases(connection, "renewal", date(2026, 5, 31))


def test_the_committed_table_is_what_the_columns_say():
    table = pd.read_csv(scorecards.TRAINED / scorecards.EFFECTS)
    assert list(table.columns) == list(effects.Estimate("tour", 1, 1, 0, 0).as_row("", "", ""))
    assert table["version"].str.startswith("demo-").all()
