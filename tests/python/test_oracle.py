"""The marts against the oracle: every score, point, rank and percent_rank exactly equal."""

import csv
import gzip
from collections import defaultdict
from datetime import date, datetime

import histories
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


# The incident log, read once more: in plain Python, from its README and docs/bring-your-own-data.md.

STATES = {"New", "Active", "Resolved", "Closed"} | {
    f"Awaiting {what}" for what in ("User Info", "Problem", "Vendor", "Evidence")
}
RESOLVED = {"Resolved", "Closed"}
TONES = {("opening", "1"): "-0.5", ("opening", "2"): "-0.2", ("opening", "3"): "0"}
TONES |= {("reopening", "1"): "-0.8", ("reopening", "2"): "-0.6", ("reopening", "3"): "-0.5"}


def read_time(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M")  # noqa: DTZ007 - the log names no zone


def contract_rows(folder, as_of: date) -> dict[str, list[dict]]:
    """The log as tables of the contract, as it was known on a day."""
    updates: dict[str, dict[int, tuple]] = defaultdict(dict)
    with gzip.open(folder / "incident_event_log.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            known = read_time(row["sys_updated_at"])
            if row["caller_id"] == "?" or row["incident_state"] not in STATES:
                continue
            modification = int(row["sys_mod_count"])
            earlier = updates[row["number"]].get(modification)
            # The newest copy counts, also where it is not known yet.
            if earlier is None or (known, number) > earlier[:2]:
                updates[row["number"]][modification] = (known, number, row)
    tables: dict[str, list[dict]] = {"interactions": [], "issues": [], "customer_segments": []}
    calls: dict[str, list] = defaultdict(list)
    for incident, copies in updates.items():
        known_updates = sorted(
            (known, modification, row) for modification, (known, _, row) in copies.items() if known.date() <= as_of
        )
        if known_updates:
            follow_incident(incident, known_updates, tables, calls)
    for caller, openings in calls.items():
        follow_caller(caller, openings, tables)
    for table, rows in tables.items():
        for number, row in enumerate(rows, start=1):
            row |= {"_load_id": 1, "_file": f"{table}.csv", "_row": number}
    return tables


def follow_incident(incident, updates, tables, calls):
    first = updates[0][2]
    opened = read_time(first["opened_at"])
    calls[first["caller_id"]].append((opened, incident, first["location"]))
    tables["interactions"].append(interaction(incident, incident, first, "opening", opened))
    openings, reopened, was_resolved = [[opened, None, first]], 0, None
    for known, _, row in updates:
        if int(row["reopen_count"]) > reopened:
            reopened = int(row["reopen_count"])
            tables["interactions"].append(interaction(f"{incident}#{reopened}", incident, row, "reopening", known))
        resolved = row["incident_state"] in RESOLVED
        if was_resolved and not resolved:
            openings.append([known, None, row])
        if resolved and openings[-1][1] is None:
            openings[-1][1] = known
        was_resolved = resolved
    for number, (opened_at, resolved_at, row) in enumerate(openings, start=1):
        tables["issues"].append(
            {
                "issue_id": incident if number == 1 else f"{incident}/{number}",
                "customer_id": row["caller_id"],
                "opened_at": opened_at.isoformat(),
                "resolved_at": resolved_at.isoformat() if resolved_at else None,
            }
        )


def interaction(key, incident, row, event, at) -> dict:
    return {
        "interaction_id": key,
        "customer_id": row["caller_id"],
        "issue_id": incident,
        "issue_category": None if row["category"] == "?" else row["category"],
        "nature": {"opening": "request", "reopening": "grievance"}[event],
        "sentiment": TONES[event, row["impact"]],
        "occurred_at": at.isoformat(),
    }


def follow_caller(caller, openings, tables):
    location, by_day = None, {}
    for opened, _, place in sorted(openings):
        location = location if place == "?" else place
        by_day[opened.date()] = location
    previous = object()
    for day, place in by_day.items():
        if place != previous:
            tables["customer_segments"].append(
                {"customer_id": caller, "started_on": day.isoformat(), "segment": "resident", "property_id": place}
            )
        previous = place


def test_incident_log(project, incident_log, tmp_path):
    as_of, first_day = date(2016, 6, 30), date(2016, 3, 1)
    connection = project.score(tmp_path / "warehouse", [incident_log], as_of, first_day, source="servicenow")
    assert_equal(connection, contract_rows(incident_log, as_of), as_of, first_day)
