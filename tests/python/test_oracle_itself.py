"""The oracle against figures worked out by hand from the page, and against what the page says must always hold."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from histories import KEYS, commendation, grievance, random_portfolio, with_rows
from oracle import DEFAULT_RULES, DailyScore, judge, load_rules, read_timestamp, rounded, score_portfolio

DAY = date(2024, 3, 31)
SEEDS = Path(__file__).parents[2] / "seeds" / "rules"
NEUTRAL_RESIDENT = {"frequency": "7.50", "tone": "15.00", "variety": "15.00", "persistence": "25.00", "recency": "7.50"}
NEUTRAL_PROSPECT = {
    "frequency": "15.00",
    "tone": "15.00",
    "variety": "10.00",
    "persistence": "10.00",
    "recency": "10.00",
}


def ago(days: int) -> str:
    return (DAY - timedelta(days=days)).isoformat()


def stay(customer_id: str = "C", started_on: str = "2020-01-01", segment: str = "resident", **values: str) -> dict:
    return {"customer_id": customer_id, "started_on": started_on, "segment": segment} | values


def contact(age: int = 0, nature: str | None = "inquiry", **values: str) -> dict:
    return {"customer_id": "C", "occurred_at": ago(age), "nature": nature} | values


def issue(opened: int, resolved: int | None = None, **values: str) -> dict:
    resolved_at = None if resolved is None else ago(resolved)
    return {"customer_id": "C", "opened_at": ago(opened), "resolved_at": resolved_at} | values


def raw(table: str, *rows: dict) -> list[dict]:
    """The rows as they arrive, in one load and file, with keys where none are given."""
    place = {"_load_id": 1, "_file": f"{table}.csv"}
    return [{KEYS[table]: f"k{n}"} | row | place | {"_row": n} for n, row in enumerate(rows, 1)]


def portfolio(contacts: tuple = (), issues: tuple = (), stays: tuple = (stay(),)) -> dict[str, list[dict]]:
    return {
        "interactions": raw("interactions", *contacts),
        "issues": raw("issues", *issues),
        "customer_segments": raw("customer_segments", *stays),
    }


def score(*contacts: dict, issues: tuple = (), segment: str = "resident") -> DailyScore:
    """The score of DAY of a customer who did nothing else."""
    (daily,) = score_portfolio(portfolio(contacts, issues, (stay(segment=segment),)), DAY, DAY)
    return daily


def points(daily: DailyScore) -> dict[str, str]:
    return {factor: str(getattr(daily, f"{factor}_points")) for factor in NEUTRAL_RESIDENT}


# The five factors


@pytest.mark.parametrize(
    ("segment", "expected", "total"), [("resident", NEUTRAL_RESIDENT, "70.00"), ("prospect", NEUTRAL_PROSPECT, "60.00")]
)
def test_nothing_at_all_is_neutral_and_says_so(segment, expected, total):
    daily = score(segment=segment)
    assert points(daily) == expected
    assert (str(daily.score), str(daily.confidence)) == (total, "0.0000")


def test_one_grievance_today():
    daily = score(contact(0, "grievance"))
    # (1 - 1/4) / 2 = 0.375; (1 - 0.6/2.6) / 2 = 0.384615; one category costs nothing; (1 - 0.6/1.1) / 2 = 0.227273
    assert points(daily) == NEUTRAL_RESIDENT | {"frequency": "5.63", "tone": "11.54", "recency": "3.41"}
    assert (str(daily.score), daily.band, str(daily.confidence)) == ("60.58", "strained", "0.2500")


@pytest.mark.parametrize(
    ("factor", "age", "expected"),
    [
        ("frequency", 30, "6.43"),  # (1 - 0.5/3.5) / 2 = 0.428571
        ("tone", 60, "13.04"),  # (1 - 0.3/2.3) / 2 = 0.434783
        ("recency", 7, "4.69"),  # (1 - 0.3/0.8) / 2 = 0.3125
    ],
)
def test_one_half_life_halves_a_grievance(factor, age, expected):
    assert points(score(contact(age, "grievance")))[factor] == expected


def test_a_century_underflows_to_nothing():
    daily = score(contact(0, "grievance", occurred_at="1900-01-01"))
    assert points(daily) == NEUTRAL_RESIDENT
    assert daily.confidence == 0


def test_frequency_counts_an_inquiry_for_a_prospect_only():
    assert points(score(contact(), segment="prospect"))["frequency"] == "18.75"  # (1 + 1/4) / 2 = 0.625
    assert points(score(contact()))["frequency"] == "7.50"


@pytest.mark.parametrize(
    ("nature", "sentiment", "tone"),
    [
        ("grievance", "0.5", "15.00"),
        ("commendation", "-0.5", "15.00"),
        ("commendation", None, "19.29"),  # (1 + 0.8/2.8) / 2 = 0.642857
        ("request", "0.5", "18.00"),  # (1 + 0.5/2.5) / 2 = 0.6
        ("request", "-0.5", "12.00"),
        ("request", None, "15.00"),
        ("inquiry", "-1", "10.00"),  # (1 - 1/3) / 2 = 0.333333
        ("inquiry", "1", "20.00"),
    ],
)
def test_signed_tone(nature, sentiment, tone):
    assert points(score(contact(0, nature, sentiment=sentiment)))["tone"] == tone


def test_six_messages_are_one_contact():
    messages = [contact(0, "grievance", issue_id="leak", sentiment=f"-0.{n}") for n in (1, 5, 9, 3, 2)]
    daily = score(*messages, contact(0, "request", issue_id="leak", sentiment="0.3"))
    # the largest of each: P = 0.3, N = 0.9, (1 - 0.6/3.2) / 2 = 0.40625; L = 1
    assert (str(daily.tone_points), str(daily.frequency_points), str(daily.confidence)) == ("12.19", "5.63", "0.2500")


def test_a_commendation_is_a_contact_of_its_own():
    daily = score(contact(0, "grievance", issue_id="leak"), contact(0, "commendation", issue_id="leak"))
    # E = L = 1; (1 + 0.2/3.4) / 2 = 0.529412; n = 2
    assert (str(daily.frequency_points), str(daily.tone_points), str(daily.confidence)) == ("7.50", "15.88", "0.4000")


def test_an_issue_a_category_and_a_nature_of_one_name_are_three_matters():
    matters = ({"issue_id": "request"}, {"issue_category": "request"}, {})
    assert str(score(*(contact(0, "request", **matter) for matter in matters)).confidence) == "0.5000"


@pytest.mark.parametrize(
    ("values", "frequency"),
    [
        ({"issue_id": "leak"}, "6.43"),  # a request: (1 - 0.5/3.5) / 2
        ({"issue_category": "noise"}, "6.43"),
        ({"issue_id": " ", "issue_category": "\t\r\n"}, "7.50"),  # an inquiry
        ({"nature": " Commendation\n"}, "9.38"),  # (1 + 1/4) / 2 = 0.625
        ({"nature": "commendation", "direction": "Outbound"}, "7.50"),
        ({"nature": "commendation", "direction": "sideways"}, "9.38"),
    ],
)
def test_words(values, frequency):
    assert points(score(contact(0, **{"nature": None} | values)))["frequency"] == frequency


@pytest.mark.parametrize(
    ("categories", "variety"),
    [
        (("noise", "noise"), "15.00"),  # the last problem alone counts: V = 1
        (("noise", "Noise"), "12.00"),  # V = 1.5, 2 / 2.5
        (("noise", None), "12.00"),  # no category is one
        ((None, None), "15.00"),
    ],
)
def test_variety_today_and_one_half_life_ago(categories, variety):
    problems = [contact(age, "request", issue_category=c) for age, c in zip((0, 45), categories, strict=True)]
    assert points(score(*problems))["variety"] == variety


@pytest.mark.parametrize(
    ("issues", "persistence"),
    [
        ([issue(0)], "25.00"),
        ([issue(14)], "18.75"),  # B = 0.5, 1.5 / 2
        ([issue(14)] * 3, "12.50"),  # B = 1.5
        ([issue(14, resolved=0)], "25.00"),  # closed at the end of the day
        ([issue(14, resolved=-1)], "18.75"),  # resolved after as_of: open
        ([issue(14, resolved=20)], "25.00"),  # closes the day it opened
        ([issue(0, opened_at="1900-01-01")], "15.00"),  # B = 1
    ],
)
def test_open_issues(issues, persistence):
    assert points(score(issues=tuple(issues)))["persistence"] == persistence


@pytest.mark.parametrize(
    ("earlier", "later", "persistence"),
    [
        (contact(45, "request", issue_category="noise"), contact(0, "grievance", issue_category="noise"), "15.00"),
        (contact(46, "request", issue_category="noise"), contact(0, "grievance", issue_category="noise"), "25.00"),
        (contact(5, "inquiry", issue_category="noise"), contact(0, "grievance", issue_category="noise"), "25.00"),
        (contact(5, "request"), contact(0, "request"), "25.00"),  # no category is not a known one
        (contact(200, issue_id="leak"), contact(0, issue_id="leak"), "15.00"),
        (contact(0, issue_id="leak"), contact(0, "request", issue_id="leak"), "25.00"),  # one day, one contact
        (contact(5, "commendation", issue_id="leak"), contact(0, issue_id="leak"), "25.00"),
        (contact(5, issue_id="leak"), contact(0, "commendation", issue_id="leak"), "25.00"),
        (contact(5, issue_id="leak", customer_id="D"), contact(0, issue_id="leak"), "25.00"),
        (contact(5, issue_id="leak", direction="outbound"), contact(0, issue_id="leak"), "25.00"),
        (  # across issues; both clauses at once are still one repeat
            contact(5, "request", issue_id="a", issue_category="noise"),
            contact(0, "request", issue_id="b", issue_category="noise"),
            "15.00",
        ),
        (
            contact(5, "request", issue_id="a", issue_category="noise"),
            contact(0, "request", issue_id="a", issue_category="noise"),
            "15.00",
        ),
    ],
)
def test_repeat_contacts(earlier, later, persistence):
    """B = 1 for a repeat today: 1.5 / 2.5."""
    assert points(score(earlier, later))["persistence"] == persistence


def test_a_repeat_fades_with_the_half_life_of_persistence():
    daily = score(contact(20, issue_id="leak"), contact(14, issue_id="leak"))
    assert str(daily.persistence_points) == "18.75"


# Segments


def scored_days(*stays: dict, contacts: tuple = ()) -> dict[int, tuple[str, str | None]]:
    """Segment and property by the age of the day, over the last ten."""
    scores = score_portfolio(portfolio(contacts, (), stays), DAY, DAY - timedelta(days=9))
    return {(DAY - s.score_date).days: (s.segment, s.property_id) for s in scores}


def test_a_segment_starts_on_its_first_day_and_ends_before_its_last():
    assert set(scored_days(stay(started_on=ago(5), ended_on=ago(3)))) == {5, 4}


def test_an_open_or_overlapping_segment_ends_where_the_next_starts():
    prospect = stay(started_on=ago(5), segment="Prospect", property_id=" P1 ", ended_on=ago(-9))
    days = scored_days(prospect, stay(started_on=ago(3)), stay(started_on=ago(1), property_id="P2"))
    assert days == {
        **dict.fromkeys((5, 4), ("prospect", "P1")),
        **dict.fromkeys((3, 2), ("resident", None)),
        **dict.fromkeys((1, 0), ("resident", "P2")),
    }


def test_an_empty_segment_ends_the_one_it_lies_in():
    assert set(scored_days(stay(started_on=ago(5)), stay(started_on=ago(3), ended_on=ago(3)))) == {5, 4}


def test_a_move_to_resident_takes_the_history_along():
    stays = (stay(started_on=ago(9), segment="prospect"), stay(started_on=ago(0)))
    before, after = score_portfolio(portfolio((contact(1, "inquiry"),), (), stays), DAY, DAY - timedelta(days=1))
    assert (str(before.frequency_points), str(after.frequency_points)) == ("18.75", "7.50")
    assert after.confidence > 0


def test_without_segment_rows_all_are_residents_from_their_first_interaction():
    assert scored_days(contacts=(contact(2, direction="outbound"), contact(1))) == dict.fromkeys(
        (2, 1, 0), ("resident", None)
    )


def test_segment_rows_that_are_all_rejected_leave_nobody():
    assert scored_days(stay(segment="owner"), contacts=(contact(2),)) == {}


# Ranks, bands, rounding


def test_ranks_share_ties_and_keep_segments_apart():
    stays = [stay(customer_id) for customer_id in "ABCDE"] + [stay("P", segment="prospect")]
    moods = {"A": "commendation", "D": "grievance", "E": "grievance"}
    contacts = [contact(0, nature, customer_id=customer_id) for customer_id, nature in moods.items()]
    scores = score_portfolio(portfolio(contacts, (), stays), DAY, DAY)
    ranks = {s.customer_id: (s.portfolio_rank, s.segment_size, s.percent_rank) for s in scores}
    assert ranks == {
        "A": (1, 5, 1.0),
        **dict.fromkeys("BC", (2, 5, 0.5)),
        **dict.fromkeys("DE", (4, 5, 0.0)),
        "P": (1, 1, 0.0),
    }


def test_a_band_begins_at_its_floor():
    rules = replace(DEFAULT_RULES, bands=((Decimal(0), "low"), (Decimal("70.00"), "even"), (Decimal("70.01"), "high")))
    (daily,) = score_portfolio(portfolio(), DAY, DAY, rules=rules)
    assert (str(daily.score), daily.band) == ("70.00", "even")


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [(5.625, 2, "5.63"), (1.005, 2, "1.01"), (1.00499999, 2, "1.00"), (-1.005, 2, "-1.01"), (0.00005, 4, "0.0001")],
)
def test_half_goes_away_from_zero(value, places, expected):
    assert str(rounded(value, places)) == expected


def test_default_rules_are_those_of_the_seeds():
    assert load_rules(SEEDS) == DEFAULT_RULES


# Which rows count


GOOD = {
    "interactions": contact(sentiment="0.5", interaction_id="m"),
    "issues": issue(5, resolved=2, issue_id="i"),
    "customer_segments": stay(ended_on="2030-01-01"),
}


def verdicts(table: str, *rows: dict, time_zone: str = "UTC") -> list[str]:
    """`used` and so on, or the reason of a rejection."""
    judged = judge({table: raw(table, *rows)}, DAY, time_zone)[table]
    return [verdict.reason or verdict.status for verdict in judged]


@pytest.mark.parametrize(
    ("table", "changes", "reason"),
    [
        *((table, {}, "used") for table in GOOD),
        ("interactions", {"interaction_id": " \t"}, "missing_key"),
        ("interactions", {"interaction_id": None, "updated_at": "?"}, "missing_key"),
        ("interactions", {"updated_at": "?", "_deleted": "?"}, "unreadable_timestamp"),
        ("interactions", {"_deleted": "?", "customer_id": ""}, "unreadable_flag"),
        ("interactions", {"customer_id": "", "occurred_at": "?"}, "missing_customer"),
        ("interactions", {"occurred_at": None, "nature": "?"}, "unreadable_timestamp"),
        ("interactions", {"nature": "?", "sentiment": "?"}, "unknown_nature"),
        ("interactions", {"sentiment": "0,5"}, "unreadable_number"),
        ("interactions", {"sentiment": "1.01"}, "sentiment_out_of_range"),
        ("interactions", {"sentiment": "NaN"}, "sentiment_out_of_range"),
        ("interactions", {"_deleted": "Yes", "customer_id": "", "occurred_at": "?", "sentiment": "?"}, "withdrawn"),
        ("interactions", {"_deleted": "N"}, "used"),
        ("interactions", {"occurred_at": ago(-1)}, "waiting"),
        ("issues", {"issue_id": ""}, "missing_key"),
        ("issues", {"customer_id": None}, "missing_customer"),
        ("issues", {"opened_at": ""}, "unreadable_timestamp"),
        ("issues", {"resolved_at": "?"}, "unreadable_timestamp"),
        ("issues", {"opened_at": ago(-1)}, "waiting"),
        ("issues", {"resolved_at": ago(-1)}, "used"),
        ("customer_segments", {"customer_id": "", "started_on": "?"}, "missing_customer"),
        ("customer_segments", {"started_on": "", "_deleted": "?"}, "unreadable_timestamp"),
        ("customer_segments", {"_deleted": "?", "segment": "?"}, "unreadable_flag"),
        ("customer_segments", {"segment": "", "ended_on": "?"}, "unknown_segment"),
        ("customer_segments", {"ended_on": "?"}, "unreadable_timestamp"),
        ("customer_segments", {"ended_on": "2019-12-31"}, "ends_before_it_starts"),
        ("customer_segments", {"ended_on": "2020-01-01T23:59"}, "used"),
        ("customer_segments", {"started_on": ago(-1)}, "used"),
    ],
)
def test_one_row(table, changes, reason):
    assert verdicts(table, GOOD[table] | changes) == [reason]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({}, {}, ["older_copy", "used"]),
        ({"updated_at": "2024-01-01"}, {}, ["used", "older_copy"]),
        ({"updated_at": "2024-01-02"}, {"updated_at": "2024-01-01"}, ["used", "older_copy"]),
        ({"updated_at": "2024-01-01T12:00Z"}, {"updated_at": "2024-01-01T17:00+05:30"}, ["used", "older_copy"]),
        (
            {"updated_at": "2024-01-01T00:00:00.1234569"},
            {"updated_at": "2024-01-01T00:00:00.123456"},
            ["older_copy", "used"],
        ),
        ({}, {"_deleted": "true"}, ["older_copy", "withdrawn"]),
        ({"_deleted": "true"}, {}, ["older_copy", "used"]),
        ({}, {"occurred_at": "?"}, ["used", "unreadable_timestamp"]),
        ({}, {"occurred_at": ago(-1)}, ["older_copy", "waiting"]),
        ({}, {"interaction_id": " m "}, ["older_copy", "used"]),
        ({}, {"interaction_id": "M"}, ["used", "used"]),
    ],
)
def test_two_copies(first, second, expected):
    assert verdicts("interactions", GOOD["interactions"] | first, GOOD["interactions"] | second) == expected


def test_two_spellings_of_a_start_are_one_key():
    rows = (stay(started_on="2024-01-02"), stay(started_on="2024-01-01T23:00-05:00"))
    assert verdicts("customer_segments", *rows) == ["older_copy", "used"]


def test_load_file_and_row_break_ties():
    places = [(2, "a.csv", 1), (1, "b.csv", 9), (2, "a.csv", 2), (2, "b.csv", 1)]
    copies = [GOOD["interactions"] | {"_load_id": i, "_file": file, "_row": row} for i, file, row in places]
    judged = judge({"interactions": copies}, DAY)["interactions"]
    assert [verdict.status for verdict in judged] == ["older_copy"] * 3 + ["used"]


@pytest.mark.parametrize(
    ("local", "other", "newer"),
    [  # between the two readings of the local time: the later one holds
        ("2024-11-03T01:30", "2024-11-03T01:45-07:00", 0),
        ("2024-03-10T02:30", "2024-03-10T03:15-07:00", 0),
        ("2024-03-10T02:30", "2024-03-10T03:45-07:00", 1),
    ],
)
def test_an_update_at_a_local_time_that_is_not_plain(local, other, newer):
    copies = (GOOD["interactions"] | {"updated_at": text} for text in (local, other))
    assert verdicts("interactions", *copies, time_zone="America/Los_Angeles").index("used") == newer


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-02-29", "2024-02-29T00:00:00"),
        ("2024-02-29 23:59", "2024-02-29T23:59:00"),
        ("2024-02-29T23:59:59.9999999", "2024-02-29T23:59:59.999999"),
        ("2024-02-29T10:00:00.5z", "2024-02-29T10:00:00.500000+00:00"),
        ("2024-02-29T10:00 +0530", "2024-02-29T10:00:00+05:30"),
        ("2024-02-29T10:00-07", "2024-02-29T10:00:00-07:00"),
        ("2024-02-29T10:00+14:59", "2024-02-29T10:00:00+14:59"),
        *(
            (text, None)
            for text in ("2023-02-29", "2024-02-29Z", "2024-02-29T24:00", "2024-02-29T10:00:60", "2024-2-9")
        ),
        *((text, None) for text in ("2024-02-29T10:00+15:00", "2024-02-29T10:00+1:00", "20240229", "2024-02-29T10")),
    ],
)
def test_read_timestamp(text, expected):
    written = read_timestamp(text)
    assert (written and written.isoformat()) == expected


@pytest.mark.parametrize(
    ("occurred_at", "age"),
    [("2024-03-31T01:00Z", 1), ("2024-03-31T01:00", 0), ("2024-03-31T13:00+14:00", 1), ("2024-03-30T23:00-11:00", 0)],
)
def test_the_local_date_counts(occurred_at, age):
    tables = portfolio((contact(occurred_at=occurred_at),), (), ())
    scores = score_portfolio(tables, DAY, DAY - timedelta(days=5), "America/Los_Angeles")
    assert len(scores) == age + 1  # without segments, from the first interaction on


# What must always hold (methodology, section 8)


RANDOM = random_portfolio(seed=8, customers=120, days=30, time_zone="America/Los_Angeles")


def scores_of(portfolio, as_of: date | None = None) -> dict[tuple[date, str], DailyScore]:
    scores = score_portfolio(portfolio.tables, as_of or portfolio.as_of, portfolio.first_day, portfolio.time_zone)
    return {(s.score_date, s.customer_id): s for s in scores}


def with_one_more(make, seed: int):
    """Every customer has one more interaction, on some day and often about a matter of theirs."""
    rng = Random(seed)
    matters = [(row["issue_id"], row["issue_category"]) for row in RANDOM.tables["interactions"]]
    rows = []
    for number, history in enumerate(RANDOM.histories):
        on = RANDOM.as_of - timedelta(days=rng.randint(0, 60))
        issue_id, category = rng.choice(matters)
        values = {"issue_id": issue_id, "issue_category": category, "sentiment": rng.choice((None, "0.5", "-0.5", "0"))}
        rows.append(make(f"more {number}", history.customer_id, on.isoformat(), **values))
    return with_rows(RANDOM, {"interactions": rows})


def test_points_add_up_and_stay_in_bounds():
    for daily in scores_of(RANDOM).values():
        assert 0 <= daily.score <= 100
        assert daily.score == sum(getattr(daily, f"{factor}_points") for factor in NEUTRAL_RESIDENT)


@pytest.mark.parametrize("seed", range(3))
def test_one_more_commendation_never_lowers_a_score(seed):
    before, after = scores_of(RANDOM), scores_of(with_one_more(commendation, seed))
    assert all(after[key].score >= daily.score for key, daily in before.items())
    assert any(after[key].score > daily.score for key, daily in before.items())


@pytest.mark.parametrize("seed", range(3))
def test_one_more_grievance_never_raises_a_score(seed):
    before, after = scores_of(RANDOM), scores_of(with_one_more(grievance, seed))
    assert all(after[key].score <= daily.score for key, daily in before.items())
    assert any(after[key].score < daily.score for key, daily in before.items())


def test_an_issue_resolved_earlier_never_lowers_a_score():
    issues = [row | {"resolved_at": row["opened_at"]} for row in RANDOM.tables["issues"]]
    before, after = scores_of(RANDOM), scores_of(replace(RANDOM, tables=RANDOM.tables | {"issues": issues}))
    assert all(after[key].score >= daily.score for key, daily in before.items())


def test_rows_dated_later_never_change_a_score():
    whole = scores_of(RANDOM)
    for day in (RANDOM.first_day, RANDOM.first_day + timedelta(days=11)):
        assert scores_of(RANDOM, as_of=day) == {key: daily for key, daily in whole.items() if key[0] <= day}


def test_ranks_follow_from_the_scores_of_the_same_day_and_segment():
    peers = defaultdict(list)
    for daily in scores_of(RANDOM).values():
        peers[daily.score_date, daily.segment].append(daily)
    for group in peers.values():
        for daily in group:
            lower, higher = (sum(sign * (p.score - daily.score) > 0 for p in group) for sign in (-1, 1))
            assert (daily.portfolio_rank, daily.segment_size) == (1 + higher, len(group))
            assert daily.percent_rank == lower / max(len(group) - 1, 1)
