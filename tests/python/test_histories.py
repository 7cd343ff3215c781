"""The maker of histories: every edge turns up, nothing but the seed decides, and its helpers keep what they promise."""

import csv
from collections import Counter
from datetime import date
from itertools import combinations, pairwise

import pytest
from histories import (
    FAULTS,
    LONG_ID_AT,
    commendation,
    edge_names,
    load_count,
    random_portfolio,
    rebatched,
    twin,
    with_rows,
    write_csv,
)
from oracle import accounts, judge, score_portfolio

CUSTOMERS = 400
ENOUGH = 0.05 * CUSTOMERS
KINDS = [("UTC", True), ("America/Los_Angeles", True), ("UTC", False)]


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: f"{kind[0]}, {'with' if kind[1] else 'no'} segments")
def portfolio(request):
    time_zone, with_segments = request.param
    return random_portfolio(1, CUSTOMERS, time_zone=time_zone, with_segments=with_segments)


def scores(portfolio):
    return score_portfolio(portfolio.tables, portfolio.as_of, portfolio.first_day, portfolio.time_zone)


def test_every_edge_is_in_a_twentieth_of_the_histories(portfolio):
    counts = Counter(edge for history in portfolio.histories for edge in history.edges)
    assert counts.keys() == edge_names(portfolio)
    assert {edge: n for edge, n in counts.items() if n < ENOUGH} == {}


def test_every_reason_and_status_is_in_the_rows(portfolio):
    judged = judge(portfolio.tables, portfolio.as_of, portfolio.time_zone)
    for table in portfolio.tables:
        counts = Counter(verdict.reason or verdict.status for verdict in judged[table])
        reasons = {reason for name, reason in FAULTS if name == table}
        assert counts.keys() - {"used", "waiting", "older_copy", "withdrawn"} == reasons
        assert all(counts[reason] >= ENOUGH for reason in reasons)
        assert counts["withdrawn"] > 0
        assert counts["older_copy"] >= ENOUGH


# What edges come to once the rows are read: whether an account of a portfolio shows it.
SEGMENT_SIGNS = {
    "gap between segments": lambda a, p: any(s.ended_on < t.started_on for s, t in pairwise(a.stays)),
    "prospect to resident": lambda a, p: ("prospect", "resident") in pairwise(s.segment for s in a.stays),
    "move": lambda a, p: any(s.property_id != t.property_id for s, t in pairwise(a.stays)),
    "empty segment": lambda a, p: any(s.started_on == s.ended_on for s in a.stays),
    "segment to come": lambda a, p: any(s.started_on > p.as_of for s in a.stays),
    "in no segment": lambda a, p: not a.stays and bool(a.contacts),
    "event outside of any segment": lambda a, p: any(c.on < a.stays[0].started_on for c in a.contacts if a.stays),
    "no history": lambda a, p: not a.contacts and not a.issues,
    "issues without contacts": lambda a, p: not a.contacts and bool(a.issues),
}
SIGNS = {
    "repeat": lambda a, p: bool(a.repeats),
    "several issues open at once": lambda a, p: any(
        i.opened_on < (j.closed_on or date.max) and j.opened_on < (i.closed_on or date.max)
        for i, j in combinations(a.issues, 2)
    ),
    "closed the day it opened": lambda a, p: any(i.opened_on == i.closed_on for i in a.issues),
    "closed after as_of": lambda a, p: any(i.closed_on and i.closed_on > p.as_of for i in a.issues),
    "never closed": lambda a, p: any(i.closed_on is None for i in a.issues),
    "no category": lambda a, p: any(i.category is None for i in a.problems),
    "commendation beside another contact": lambda a, p: any(
        c.issue_id and (c.issue_id, c.on) == (d.issue_id, d.on) for c, d in combinations(a.contacts, 2)
    ),
    "contact on the first day": lambda a, p: any(c.on == p.first_day for c in a.contacts),
    "contact on as_of": lambda a, p: any(c.on == p.as_of for c in a.contacts),
    "ancient contact": lambda a, p: any(c.on.year == 1900 for c in a.contacts),
    "quiet days exactly": lambda a, p: _apart(a, 45),
    "one day more": lambda a, p: _apart(a, 46),
}


def _apart(account, days):
    return any(
        abs((p.on - q.on).days) == days and p.category == q.category for p, q in combinations(account.problems, 2)
    )


def test_edges_show_once_the_rows_are_read(portfolio):
    known = accounts(portfolio.tables, portfolio.as_of, portfolio.time_zone)
    signs = SIGNS | (SEGMENT_SIGNS if "customer_segments" in portfolio.tables else {})
    shown = {name: sum(sign(account, portfolio) for account in known.values()) for name, sign in signs.items()}
    assert {name: n for name, n in shown.items() if n < ENOUGH} == {}


def test_ids_are_strange_and_one_is_very_long(portfolio):
    ids = [history.customer_id for history in portfolio.histories]
    assert len(set(ids)) == len(ids)
    assert [n for n, customer_id in enumerate(ids) if len(customer_id) == 10_000] == [LONG_ID_AT]
    assert len({customer_id.lower() for customer_id in ids}) < len(ids)


def test_the_seed_decides():
    assert random_portfolio(5, 30) == random_portfolio(5, 30)
    assert random_portfolio(5, 30) != random_portfolio(6, 30)


def test_rows_are_in_the_order_of_arrival(portfolio):
    for rows in portfolio.tables.values():
        places = [(row["_load_id"], row["_file"], row["_row"]) for row in rows]
        assert places == sorted(set(places))
        last = {(load_id, file): row for load_id, file, row in places}
        assert sum(last.values()) == len(rows)


@pytest.mark.parametrize("customers", [0, 1, 2, 9])
def test_small_portfolios(customers):
    for seed in range(20):
        small = random_portfolio(seed, customers, loads=2)
        assert len(small.histories) == customers
        assert scores(rebatched(small, seed, loads=5)) == scores(small)


def test_other_batches_give_equal_scores(portfolio):
    assert scores(rebatched(portfolio, seed=3, loads=7)) == scores(portfolio)


@pytest.mark.parametrize("nth", range(0, 40, 4))
def test_a_twin_scores_as_its_original(nth):
    portfolio = random_portfolio(2, 40)
    original = portfolio.histories[nth].customer_id
    both = scores(with_rows(portfolio, twin(portfolio.tables, original, "the twin")))
    alike = [[_alike(daily) for daily in both if daily.customer_id == who] for who in (original, "the twin")]
    assert alike[0] == alike[1]


def _alike(daily):
    return daily.score_date, daily.property_id, daily.score, daily.confidence, daily.portfolio_rank


def test_more_rows_arrive_last():
    portfolio = random_portfolio(2, 20)
    row = commendation("one more", "C1", "2024-01-01")
    *before, last = with_rows(portfolio, {"interactions": [row]}).tables["interactions"]
    assert before == portfolio.tables["interactions"]
    assert last.items() >= row.items()
    assert (last["_load_id"], last["_file"], last["_row"]) > tuple(before[-1][c] for c in ("_load_id", "_file", "_row"))


def test_files_hold_the_rows_where_they_say(portfolio, tmp_path):
    folders = write_csv(portfolio, tmp_path)
    assert len(folders) == load_count(portfolio)
    for table, rows in portfolio.tables.items():
        found = [
            row | {"_load_id": load_id, "_file": path.relative_to(folder).as_posix(), "_row": number}
            for load_id, folder in enumerate(folders, 1)
            for path in sorted([*folder.glob(f"{table}.csv"), *folder.glob(f"{table}/*.csv")])
            for number, row in enumerate(_records(path), 1)
        ]
        assert found == [{column: "" if value is None else value for column, value in row.items()} for row in rows]


def _records(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
