"""Odd rows and odd options: each ends in a right score, a rejected or waiting row with its reason, or a clear stop."""

import csv
from datetime import date

import pytest
from runner.errors import InputError
from runner.warehouse import ScoreWindow, plan_window

FIRST_DAY, AS_OF = date(2024, 3, 1), date(2024, 4, 10)
NEUTRAL = 70
INTERACTION_COLUMNS = ("interaction_id", "customer_id", "occurred_at", "nature", "sentiment", "channel", "direction")


def write(folder, table, columns, *rows):
    folder.mkdir(exist_ok=True)
    with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)


def interactions(folder, *rows):
    padded = [[*row, *[""] * (len(INTERACTION_COLUMNS) - len(row))] for row in rows]
    write(folder, "interactions", INTERACTION_COLUMNS, *padded)


def fates(connection, table="interactions"):
    return {
        key: (status, reason)
        for key, status, reason in connection.execute(
            "select record_key, row_status, reason from intermediate.raw_rows where raw_table = ?", [table]
        ).fetchall()
    }


def score(connection, customer, day=AS_OF):
    row = connection.execute(
        "select score from marts.customer_scores_daily where customer_id = ? and score_date = ?", [customer, day]
    ).fetchone()
    return row and row[0]


READABLE = {
    "2024-03-05": "2024-03-05",
    "2024-03-05 10:00": "2024-03-05",
    "2024-03-05T10:00:00": "2024-03-05",
    "2024-03-05T10:00:00.123456789Z": "2024-03-05",
    "2024-03-05T23:30:00-05:00": "2024-03-06",
    "2024-03-05T00:30:00+0100": "2024-03-04",
    "2024-03-05 23:30 -05": "2024-03-06",
    "2024-03-31T02:30:00": "2024-03-31",
    "1900-01-01": "1900-01-01",
}
UNREADABLE = ("5/3/2024", "03-05-2024", "2024-02-30", "2024-03-05T24:00:00", "1709632800", "yesterday", "2024-3-5", "")


def test_timestamps(scored, folder):
    texts = [*READABLE, *UNREADABLE]
    interactions(folder, *([number, "a", text] for number, text in enumerate(texts)))
    connection = scored([folder], AS_OF, FIRST_DAY)
    dates = dict(
        connection.execute(
            "select interaction_id, cast(occurred_on as varchar) from intermediate.interactions"
        ).fetchall()
    )
    assert dates == {str(number): day for number, day in enumerate(READABLE.values())}
    rejected = {key for key, fate in fates(connection).items() if fate == ("rejected", "unreadable_timestamp")}
    assert rejected == {str(len(READABLE) + number) for number in range(len(UNREADABLE))}


def test_year_2099_waits(scored, folder):
    interactions(folder, [1, "a", "2024-03-05"], [2, "a", "2099-01-01"], [3, "a", "2024-12-31"])
    connection = scored([folder], AS_OF, FIRST_DAY)
    assert fates(connection) == {"1": ("used", None), "2": ("waiting", None), "3": ("waiting", None)}
    summary = connection.execute(
        "select waiting, cast(waiting_from as varchar), cast(waiting_until as varchar), waiting_beyond_load "
        "from marts.load_summary"
    ).fetchone()
    assert summary == (2, "2024-12-31", "2099-01-01", 1)


def test_year_1900_is_long_forgotten(scored, folder):
    interactions(folder, [1, "a", "1900-01-01", "grievance", "-1"])
    write(folder, "issues", ("issue_id", "customer_id", "opened_at"), (1, "b", "1900-01-01"))
    interactions_of_b = [2, "b", "1900-01-01", "inquiry"]
    interactions(folder, [1, "a", "1900-01-01", "grievance", "-1"], interactions_of_b)
    connection = scored([folder], AS_OF, FIRST_DAY)
    assert score(connection, "a") == NEUTRAL
    # An issue as old as that weighs a whole one: 25 x 1.5 / (1.5 + 1) instead of 25.
    assert score(connection, "b") == NEUTRAL - 10


@pytest.mark.parametrize(
    ("sentiment", "fate"),
    [
        ("7", ("rejected", "sentiment_out_of_range")),
        ("-1.01", ("rejected", "sentiment_out_of_range")),
        ("nan", ("rejected", "sentiment_out_of_range")),
        ("good", ("rejected", "unreadable_number")),
        ("0,5", ("rejected", "unreadable_number")),
        ("-1", ("used", None)),
        ("", ("used", None)),
    ],
)
def test_sentiments(scored, folder, sentiment, fate):
    interactions(folder, [1, "a", "2024-03-05", "inquiry", sentiment])
    assert fates(scored([folder], AS_OF, FIRST_DAY)) == {"1": fate}


def test_unknown_words(scored, folder):
    interactions(
        folder,
        [1, "a", "2024-03-05", "rant"],
        [2, "a", "2024-03-05", "inquiry", "", "carrier pigeon", "sideways"],
        ["", "a", "2024-03-05"],
        [4, " ", "2024-03-05"],
    )
    connection = scored([folder], AS_OF, FIRST_DAY)
    assert fates(connection) == {
        "1": ("rejected", "unknown_nature"),
        "2": ("used", None),
        None: ("rejected", "missing_key"),
        "4": ("rejected", "missing_customer"),
    }
    assert connection.execute("select channel, direction from intermediate.interactions").fetchall() == [
        ("other", "inbound")
    ]
    assert connection.execute("select unknown_channels, unknown_directions from marts.load_summary").fetchone() == (
        1,
        1,
    )
    reasons = connection.execute("select reason_in_words is not null, original_row from marts.rejected_rows").fetchall()
    assert len(reasons) == 3
    assert all(worded and '"customer_id"' in row and "_load" not in row for worded, row in reasons)


def test_one_key_with_conflicting_content(scored, folder):
    columns = ("interaction_id", "customer_id", "occurred_at", "nature", "updated_at")
    write(
        folder,
        "interactions",
        columns,
        (1, "a", "2024-03-05", "grievance", "2024-03-05T10:00:00Z"),
        (1, "a", "2024-03-05", "commendation", "2024-03-05T12:00:00Z"),
        (1, "a", "2024-03-05", "inquiry", "2024-03-05T13:00:00+02:00"),
        (1, "a", "2024-03-05", "nonsense", "2024-03-09"),
    )
    connection = scored([folder], AS_OF, FIRST_DAY)
    assert connection.execute("select nature from intermediate.interactions").fetchall() == [("commendation",)]
    statuses = connection.execute(
        "select row_status, count(*) from intermediate.raw_rows group by 1 order by 1"
    ).fetchall()
    assert statuses == [("older_copy", 2), ("rejected", 1), ("used", 1)]


@pytest.mark.parametrize(
    "customer",
    ["with spaces inside", "Zoë 張 🏠", 'it\'s "quoted"', "x" * 10_000, "[red]markup[/]", "1e5", "0012"],
    ids=["spaces", "unicode", "quotes", "10,000 characters", "markup", "number", "leading zeros"],
)
def test_customer_ids(scored, folder, customer):
    interactions(folder, [1, f"  {customer} ", "2024-03-05", "grievance"])
    connection = scored([folder], AS_OF, FIRST_DAY)
    assert score(connection, customer) < NEUTRAL


def test_segment_rows(scored, folder):
    interactions(folder, *([number, customer, "2024-03-05"] for number, customer in enumerate("abcdef")))
    write(
        folder,
        "customer_segments",
        ("customer_id", "started_on", "segment", "property_id", "ended_on"),
        ("a", "2024-01-01", "resident", "P1", "2024-03-20"),
        ("a", "2024-03-10", "prospect", "P2", ""),
        ("b", "2024-01-01", "squatter", "P1", ""),
        ("c", "2024-03-10", "resident", "P1", "2024-03-05"),
        ("d", "2099-01-01", "resident", "P1", ""),
        ("e", "someday", "resident", "P1", ""),
    )
    connection = scored([folder], AS_OF, FIRST_DAY)
    assert fates(connection, "customer_segments") == {
        "a, 2024-01-01": ("used", None),
        "a, 2024-03-10": ("used", None),
        "b, 2024-01-01": ("rejected", "unknown_segment"),
        "c, 2024-03-10": ("rejected", "ends_before_it_starts"),
        "d, 2099-01-01": ("used", None),
        "e": ("rejected", "unreadable_timestamp"),
    }
    days = connection.execute(
        "select customer_id, segment, property_id, min(score_date), max(score_date) from marts.customer_scores_daily "
        "group by all order by 4"
    ).fetchall()
    # The earlier interval ends where the later one starts; b to f are in no segment on any day to score.
    assert days == [
        ("a", "resident", "P1", FIRST_DAY, date(2024, 3, 9)),
        ("a", "prospect", "P2", date(2024, 3, 10), AS_OF),
    ]
    summary = "select overlapping_intervals from marts.load_summary where raw_table = 'customer_segments'"
    assert connection.execute(summary).fetchone() == (1,)


def test_issue_resolved_before_it_opened(scored, folder):
    interactions(folder, [1, "a", "2024-03-05", "inquiry"])
    columns = ("issue_id", "customer_id", "opened_at", "resolved_at")
    write(folder, "issues", columns, (1, "a", "2024-03-05T10:00:00", "2024-03-01"))
    connection = scored([folder], AS_OF, FIRST_DAY)
    assert connection.execute("select opened_on = closed_on from intermediate.issues").fetchone() == (True,)
    assert score(connection, "a") == NEUTRAL
    summary = "select resolved_before_opened from marts.load_summary where raw_table = 'issues'"
    assert connection.execute(summary).fetchone() == (1,)


def test_other_tables_judge_their_rows(scored, folder):
    interactions(folder, [1, "a", "2024-03-05"])
    columns = ("response_id", "customer_id", "survey", "responded_at", "measure", "score", "touchpoint")
    write(
        folder,
        "survey_responses",
        columns,
        (1, "a", "relationship", "2024-03-05", "nps", "10", ""),
        (2, "a", "relationship", "2024-03-05", "nps", "11", ""),
        (3, "a", "census", "2024-03-05", "nps", "9", ""),
        (4, "a", "touchpoint", "2024-03-05", "stars", "5", "tour"),
        (5, "a", "touchpoint", "2024-03-05", "csat", "many", "tour"),
        (6, "a", "touchpoint", "2024-03-05", "csat", "", "tour"),
        (7, "a", "touchpoint", "2024-03-05", "csat", "4", ""),
        (8, "a", "touchpoint", "2024-03-05", "nps", "9", "tour"),
        (9, "a", "touchpoint", "2024-03-05", "nps", "9", "pool"),
    )
    write(
        folder,
        "outcomes",
        ("outcome_id", "customer_id", "outcome", "occurred_at", "amount"),
        (1, "a", "renewal", "2024-03-05", "much"),
    )
    write(
        folder,
        "initiatives",
        ("initiative_id", "property_id", "started_on"),
        (1, "", "2024-03-05"),
        (2, "P1", "2024-03-05"),
    )
    write(folder, "properties", ("property_id", "units"), ("P1", "ten"), ("P2", "10"))
    connection = scored([folder], AS_OF, FIRST_DAY)
    reasons = {
        "survey_responses": [
            None,
            "rating_out_of_range",
            "unknown_survey",
            "unknown_measure",
            "unreadable_number",
            "missing_value",
            "missing_value",
            "other_measure",
            None,
        ],
        "outcomes": ["unreadable_number"],
        "initiatives": ["missing_property", None],
        "properties": ["unreadable_number", None],
    }
    for table, expected in reasons.items():
        assert [reason for _, (_, reason) in sorted(fates(connection, table).items())] == expected


def test_no_rows_at_all(scored, folder):
    write(folder, "interactions", INTERACTION_COLUMNS)
    connection = scored([folder], AS_OF, FIRST_DAY)
    assert connection.execute("select count(*) from marts.customer_scores_daily").fetchone() == (0,)
    assert connection.execute("select count(*) from marts.load_summary").fetchone() == (0,)


def test_as_of_before_everything(scored, folder):
    interactions(folder, [1, "a", "2024-05-05"])
    connection = scored([folder], AS_OF, FIRST_DAY)
    assert fates(connection) == {"1": ("waiting", None)}
    assert connection.execute("select count(*) from marts.customer_scores_current").fetchone() == (0,)


RECORDED = ScoreWindow(date(2024, 1, 1), date(2024, 3, 1))


def test_first_run_scores_90_days():
    assert plan_window(None, date(2024, 3, 30), None) == ScoreWindow(date(2024, 1, 1), date(2024, 3, 30))


def test_later_run_keeps_the_first_day():
    assert plan_window(RECORDED, date(2024, 3, 2), None) == ScoreWindow(date(2024, 1, 1), date(2024, 3, 2))


@pytest.mark.parametrize(
    ("recorded", "as_of", "first", "message"),
    [
        (RECORDED, date(2024, 3, 2), date(2024, 1, 2), "scores from 2024-01-01 on"),
        (RECORDED, date(2024, 2, 1), None, "is scored up to 2024-03-01 already"),
        (None, date(2024, 3, 1), date(2024, 3, 2), "before the first scored day"),
        (None, date(2037, 4, 3), None, "900 half-lives of 7 days"),
        (None, date(2024, 3, 1), date(2002, 1, 1), "900 half-lives of 7 days"),
    ],
)
def test_days_that_cannot_be_scored_stop_a_run(recorded, as_of, first, message):
    with pytest.raises(InputError, match=message):
        plan_window(recorded, as_of, first)


def test_overflow_guard_leaves_room(scored, folder):
    """Just inside the guard the amounts are finite and the scores right."""
    as_of = date(2037, 3, 31)
    interactions(folder, *([number, "a", "2037-03-31", "grievance", "-1"] for number in range(50)))
    connection = scored([folder], plan_window(None, as_of, None).as_of, as_of)
    # One contact: frequency 15 x (1 - 1/4) / 2, tone 30 x (1 - 1/3) / 2, recency 15 x (1 - 1/1.5) / 2.
    assert float(score(connection, "a", as_of)) == pytest.approx(5.63 + 10 + 15 + 25 + 2.5, abs=0.001)
