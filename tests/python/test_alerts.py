"""Alerts against a second opinion, after increments as after a rebuild; and what a run tells of them."""

import json
import os
from collections import Counter
from datetime import date, timedelta

import alerts_oracle
import histories
import incidents
import oracle
import pytest
import rapport as command_line
from runner import alerting, building
from runner.errors import BuildError, InputError
from runner.project import ROOT
from runner.warehouse import connect, read_seed
from test_backfill import Builds
from test_docs import section, table
from test_faults import contents_of
from test_increments import assert_as_rebuilt, assert_equal_contents, do, portfolio_of, runs_of
from test_oracle import COLUMNS

# Which alerts there are

CHANGES = tuple(f"{factor}_change" for factor in oracle.FACTORS)
STORED = (
    "select customer_id, alert, subject, segment, property_id, what, why, raised_on, cleared_on, score, score_before, "
    f"case when score_before is not null then [{', '.join(CHANGES)}] end, days_open, days_silent, "
    "score_change, is_open, rule_version, alert_id from marts.customer_alerts"
)


def daily_scores(connection) -> list[oracle.DailyScore]:
    rows = connection.execute(f"select {', '.join(COLUMNS)} from marts.customer_scores_daily").fetchall()
    return [oracle.DailyScore(*row) for row in rows]


def stored_alerts(connection) -> list[alerts_oracle.Alert]:
    rows = connection.execute(STORED).fetchall()
    ids = {alert_id for *_, alert_id in rows}
    assert len(ids) == len(rows)
    found = []
    for *values, score_change, is_open, rule_version, _ in rows:
        values[11] = values[11] and tuple(values[11])
        alert = alerts_oracle.Alert(*values)
        assert is_open == (alert.cleared_on is None)
        assert rule_version == "v1"
        assert score_change == (None if alert.score is None else alert.score - alert.score_before)
        found.append(alert)
    return found


def assert_alerts_equal(connection, tables, first_day, as_of, time_zone="UTC") -> list[alerts_oracle.Alert]:
    stored = stored_alerts(connection)
    expected = alerts_oracle.alerts(daily_scores(connection), tables, first_day, as_of, time_zone)
    assert len(set(stored)) == len(stored)
    assert len(set(stored) ^ expected) == 0, (list(set(stored) - expected)[:2], list(expected - set(stored))[:2])
    return stored


def kinds_of(alerts: list[alerts_oracle.Alert]) -> Counter:
    return Counter((alert.alert, "open" if alert.cleared_on is None else "cleared") for alert in alerts)


ALL_KINDS = {
    (alert, state)
    for alert in ("score_fall", "entered_at_risk", "issue_open_too_long")
    for state in ("open", "cleared")
}


@pytest.mark.parametrize("kind", ["with segments", "everybody a resident", "far from UTC"])
def test_alerts_of_random_histories_in_batches(kind, project, request, tmp_path):
    portfolio = portfolio_of(kind)
    if portfolio.time_zone != "UTC":
        project = request.getfixturevalue("pacific_project")
    with project.open(tmp_path / "warehouse") as connection:
        for run in runs_of(portfolio, histories.write_csv(portfolio, tmp_path / "raw")):
            do(project, connection, run, portfolio.first_day)
        found = assert_alerts_equal(
            connection, portfolio.tables, portfolio.first_day, portfolio.as_of, portfolio.time_zone
        )
        assert_as_rebuilt(project, connection)
    kinds = kinds_of(found)
    assert kinds.keys() == ALL_KINDS
    assert min(number for (_, state), number in kinds.items() if state == "cleared") >= 10, kinds


def test_alerts_of_a_long_time(project, tmp_path):
    """Long enough for several alerts of one customer, for moves between segments, for issues that are asked about."""
    portfolio = histories.random_portfolio(79, 150, days=150, loads=1)
    with project.score(
        tmp_path / "warehouse",
        histories.write_csv(portfolio, tmp_path / "raw"),
        portfolio.as_of,
        portfolio.first_day,
    ) as connection:
        found = assert_alerts_equal(connection, portfolio.tables, portfolio.first_day, portfolio.as_of)
    kinds = kinds_of(found)
    assert kinds.keys() == ALL_KINDS
    assert min(number for (_, state), number in kinds.items() if state == "cleared") >= 20, kinds
    several = Counter((alert.customer_id, alert.alert) for alert in found)
    assert sum(number > 1 for number in several.values()) >= 20
    assert sum(" as a " in alert.why for alert in found) >= 3
    assert sum("last contact about it" in alert.why for alert in found) >= 3
    assert any(alert.segment is None for alert in found)


def test_alerts_of_the_incident_log(project, incident_log, tmp_path):
    as_of, first_day = date(2016, 6, 30), date(2016, 3, 1)
    connection = project.score(tmp_path / "warehouse", [incident_log], as_of, first_day, source="servicenow")
    stored = [
        alert
        for alert in assert_score_alerts_equal(connection, first_day, as_of)
        if alert.alert == "issue_open_too_long"
    ]
    # The log has categories by the call and not by the incident: the page's words without them.
    expected = alerts_oracle.alerts([], incidents.contract_rows(incident_log, as_of), first_day, as_of)
    assert len(expected) > 100
    assert {(alert.subject, alert.raised_on, alert.cleared_on, alert.days_silent) for alert in stored} == {
        (alert.subject, alert.raised_on, alert.cleared_on, alert.days_silent) for alert in expected
    }


def assert_score_alerts_equal(connection, first_day, as_of) -> list[alerts_oracle.Alert]:
    stored = stored_alerts(connection)
    expected = alerts_oracle.alerts(daily_scores(connection), {}, first_day, as_of)
    of_scores = {alert for alert in stored if alert.subject == "score"}
    assert expected
    assert len(of_scores ^ expected) == 0, (list(of_scores - expected)[:2], list(expected - of_scores)[:2])
    return stored


def test_the_limits_are_those_of_the_seed():
    settings = {row["alert"]: row for row in read_seed("alert_settings")}
    assert float(settings["score_fall"]["threshold"]) == alerts_oracle.FALL
    assert int(settings["score_fall"]["days"]) == alerts_oracle.FALL_DAYS
    assert {settings["entered_at_risk"]["band"]} == alerts_oracle.AT_RISK_BANDS
    assert int(settings["issue_open_too_long"]["days"]) == alerts_oracle.STALE_DAYS


# What a run tells


@pytest.fixture
def builds(monkeypatch, project) -> Builds:
    builds = Builds(project)
    monkeypatch.setattr(building, "build", builds)
    return builds


FIRST, AS_OF = date(2026, 1, 1), date(2026, 1, 31)


def write(folder, **tables: str) -> None:
    """Raw files from text: a line a row, columns by position after the header."""
    folder.mkdir(exist_ok=True)
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text.replace(" ", "") + "\n", encoding="utf-8")


GRIEVANCES = "interaction_id,customer_id,occurred_at,nature,issue_category,updated_at,_deleted"
STAYS = "customer_id,started_on,segment,property_id"


def grievance(number: int, customer: str, day: date, category: str = "heating", **newer: str) -> str:
    return f"g{number},{customer},{day},grievance,{category},{newer.get('updated_at', '')},{newer.get('deleted', '')}"


def bad_day(customer: str, day: date, start: int = 0, **newer: str) -> list[str]:
    """Two grievances of one day, by which a score falls far enough."""
    return [grievance(start + n, customer, day, category, **newer) for n, category in enumerate(("heating", "noise"))]


class Portfolio:
    """A warehouse, a file of alerts beside it, and runs that are told what is new."""

    def __init__(self, folder) -> None:
        self.folder, self.path = folder, folder / "rapport.duckdb"
        self.file, self.loads = folder / "alerts.jsonl", 0

    def run(self, as_of: date, *rows: str, to_file: bool = True) -> list[tuple]:
        """Loads the interactions and scores; gives the alerts that the file has more than before."""
        self.loads += 1
        raw = self.folder / f"raw {self.loads}" if rows or self.loads == 1 else None
        if self.loads == 1:
            rows = (*rows, "q,b,2025-12-02,inquiry,,,")
            write(raw, customer_segments="\n".join((STAYS, "a,2025-12-01,resident,P1", "b,2025-12-01,resident,P2")))
        if raw:
            write(raw, interactions="\n".join((GRIEVANCES, *rows)))
        before = len(self.told())
        command_line._run(
            self.path, raw, "files", "utf-8", as_of, FIRST, False, False, False, self.file if to_file else None
        )
        return [(told["customer_id"], told["alert"], told["raised_on"]) for told in self.told()[before:]]

    def told(self) -> list[dict]:
        text = self.file.read_text(encoding="utf-8") if self.file.exists() else ""
        return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def portfolio(builds, tmp_path) -> Portfolio:
    return Portfolio(tmp_path)


def falls(told: list[tuple]) -> list[tuple]:
    return [(customer, raised_on) for customer, alert, raised_on in told if alert == "score_fall"]


def days_before(day: date, days: int) -> date:
    return day - timedelta(days=days)


def test_a_first_run_tells_what_lasts_and_the_next_one_what_is_new(portfolio, capsys):
    # a fell early in January, which is over; b has fallen the day before.
    first = portfolio.run(AS_OF, *bad_day("a", date(2026, 1, 10)), *bad_day("b", days_before(AS_OF, 1), 10))
    with connect(portfolio.path, read_only=True) as connection:
        known = connection.execute(
            "select customer_id, alert, raised_on, is_open from marts.customer_alerts where alert = 'score_fall' "
            "order by customer_id"
        ).fetchall()
    yesterday = days_before(AS_OF, 1)
    assert known == [("a", "score_fall", date(2026, 1, 10), False), ("b", "score_fall", yesterday, True)]
    assert falls(first) == [("b", str(yesterday))]
    assert "1 new alert; 1 open" in capsys.readouterr().out
    assert portfolio.run(AS_OF + timedelta(days=1)) == []
    assert "No new alerts; 1 open" in capsys.readouterr().out
    later = AS_OF + timedelta(days=3)
    assert falls(portfolio.run(later, *bad_day("a", later, 20))) == [("a", str(later))]


def test_an_alert_has_the_documented_fields(portfolio):
    portfolio.run(AS_OF, *bad_day("b", AS_OF))
    (told,) = (alert for alert in portfolio.told() if alert["alert"] == "score_fall")
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    section = page.split("\n## Alerts\n")[1].split("\n## ")[0]
    assert [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")] == list(told)
    assert told["property_id"] == "P2"
    assert told["score_change"] == pytest.approx(told["score"] - told["score_before"])
    assert told["what"] == f"Score fell by {-told['score_change']:.2f} points in 7 days"
    assert told["why"].startswith(f"{told['score_before']:.2f} on {days_before(AS_OF, 7)}, {told['score']:.2f} on ")
    assert told["days_open"] is None


def test_the_screen_swallows_nothing_from_the_file(portfolio, capsys):
    assert portfolio.run(AS_OF, *bad_day("b", AS_OF), to_file=False) == []
    assert "Score fell by" in capsys.readouterr().out
    assert falls(portfolio.run(AS_OF)) == [("b", str(AS_OF))]
    assert "No new alerts" in capsys.readouterr().out


def test_an_alert_that_a_correction_moves_is_not_told_again(portfolio):
    assert falls(portfolio.run(AS_OF, *bad_day("b", AS_OF))) == [("b", str(AS_OF))]
    # Late grievances: the fall was there two days earlier.
    assert falls(portfolio.run(AS_OF, *bad_day("b", days_before(AS_OF, 2), 10))) == []
    with connect(portfolio.path, read_only=True) as connection:
        assert connection.execute(
            "select raised_on from marts.customer_alerts where alert = 'score_fall' and is_open"
        ).fetchall() == [(days_before(AS_OF, 2),)]
    # And back again: it lasts on the day on which it was told.
    taken_back = bad_day("b", days_before(AS_OF, 2), 10, updated_at="2026-02-01", deleted="true")
    assert falls(portfolio.run(AS_OF + timedelta(days=1), *taken_back)) == []


def test_an_alert_that_a_correction_takes_back_is_told_anew_when_it_comes_again(portfolio):
    assert falls(portfolio.run(AS_OF, *bad_day("b", AS_OF))) == [("b", str(AS_OF))]
    assert portfolio.run(AS_OF, *bad_day("b", AS_OF, updated_at="2026-02-01", deleted="true")) == []
    with connect(portfolio.path, read_only=True) as connection:
        assert connection.execute("select count(*) from marts.customer_alerts").fetchone() == (0,)
        # What was told stays written down, and the page says how to find what stands no longer.
        page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
        query = page.split("\n## Alerts\n")[1].split("```sql\n")[1].split("```")[0]
        stale = connection.execute(query).fetchall()
        assert ("b", "score_fall", "score", AS_OF, AS_OF) in stale
    again = AS_OF + timedelta(days=10)
    assert falls(portfolio.run(again, *bad_day("b", again, 10))) == [("b", str(again))]
    with connect(portfolio.path, read_only=True) as connection:
        assert connection.execute(query).fetchall() == stale


def test_raised_and_cleared_between_two_runs_is_told_to_nobody(portfolio):
    portfolio.run(AS_OF)
    later = AS_OF + timedelta(days=40)
    assert falls(portfolio.run(later, *bad_day("b", AS_OF + timedelta(days=3)))) == []
    with connect(portfolio.path, read_only=True) as connection:
        assert connection.execute(
            "select count(*) from marts.customer_alerts where alert = 'score_fall' and not is_open"
        ).fetchone() == (1,)


class Killed(BaseException):
    pass


@pytest.mark.parametrize("moment", ["before the file", "while the file is written", "after the file"])
def test_a_run_that_is_killed_while_it_tells_loses_no_alert(portfolio, monkeypatch, moment):
    rows = bad_day("b", AS_OF)

    def kill(*_):
        raise Killed

    with monkeypatch.context() as patch:
        if moment == "before the file":
            patch.setattr(alerting, "_write", kill)
        elif moment == "while the file is written":
            patch.setattr(os, "fsync", kill)
        else:
            patch.setattr(alerting, "_remember", kill)
        with pytest.raises(Killed):
            portfolio.run(AS_OF, *rows)
    in_file = portfolio.told()
    assert bool(in_file) == (moment == "after the file")
    portfolio.run(AS_OF)
    ids = [alert["alert_id"] for alert in portfolio.told()]
    assert ids
    # Those of the killed run that are still there are not written twice.
    assert len(ids) == len(set(ids))
    # Taken away meanwhile, they would have been told twice: at least once is what is promised.
    assert portfolio.run(AS_OF) == []


def test_a_file_that_was_taken_away_begins_anew_and_one_that_is_there_is_added_to(portfolio):
    portfolio.run(AS_OF, *bad_day("a", AS_OF))
    first = portfolio.told()
    portfolio.run(AS_OF + timedelta(days=1), *bad_day("b", AS_OF, 10))
    both = portfolio.told()
    assert both[: len(first)] == first
    assert {alert["customer_id"] for alert in both} == {"a", "b"}
    portfolio.file.unlink()
    portfolio.run(AS_OF + timedelta(days=2))
    assert portfolio.file.exists()
    assert portfolio.told() == []
    assert list(portfolio.folder.glob(".*.part")) == []


def test_what_was_told_changes_nothing_in_the_tables(portfolio, project):
    portfolio.run(AS_OF, *bad_day("a", AS_OF))
    before = contents_of(portfolio.path)
    assert before["marts.customer_alerts"]
    with connect(portfolio.path) as connection:
        connection.execute("delete from control.told_alerts")
    portfolio.file.unlink()
    assert falls(portfolio.run(AS_OF)) == [("a", str(AS_OF))]
    assert_equal_contents(contents_of(portfolio.path), before)


def test_a_file_that_can_be_none_stops_a_run_before_it_begins(rapport, tmp_path):
    other = tmp_path / "notes.txt"
    other.write_text("mine\n", encoding="utf-8")
    for path, words in {
        tmp_path: "is not a plain file",
        tmp_path / "nowhere" / "alerts.jsonl": "no such folder",
        other: "holds something else than alerts",
    }.items():
        done = rapport("run", "--alerts-to", path, "--warehouse", tmp_path / "none.duckdb")
        assert (done.returncode, done.stdout.count("\n")) == (InputError.exit_code, 1), done.stdout
        assert words in done.stdout
    assert not (tmp_path / "none.duckdb").exists()
    assert other.read_text(encoding="utf-8") == "mine\n"


def test_a_file_that_cannot_be_written_fails_the_run_and_is_told_by_the_next(portfolio, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(BuildError, match=r"cannot be written \(No space left on device\).*next run"):
            portfolio.run(AS_OF, *bad_day("a", AS_OF))
    assert portfolio.told() == []
    assert portfolio.run(AS_OF) != []


def test_a_first_run_of_many_alerts_shows_a_few_and_counts_the_rest(portfolio, capsys):
    portfolio.run(AS_OF)
    rows = [row for n in range(30) for row in bad_day(f"c{n}", AS_OF, 10 * n)]
    segments = "\n".join((STAYS, *(f"c{n},2025-12-01,resident,P1" for n in range(30))))
    raw = portfolio.folder / "many"
    write(raw, customer_segments=segments, interactions="\n".join((GRIEVANCES, *rows)))
    capsys.readouterr()
    command_line._run(portfolio.path, raw, "files", "utf-8", AS_OF, FIRST, False, False, False)
    said = capsys.readouterr().out.splitlines()
    (place,) = (place for place, line in enumerate(said) if "new alerts" in line)
    assert said[place].startswith("30 new alerts, the latest 10; 30 open, all in marts.customer_alerts")
    assert sum("Score fell by" in line for line in said[place:]) == 10


# The examples of the page

EXAMPLE_STAYS = """customer_id,started_on,segment,property_id,ended_on
anna,2026-01-01,resident,P1,
ben,2026-01-01,prospect,P1,2026-03-05
ben,2026-03-05,resident,P1,
cleo,2026-01-01,resident,P1,2026-03-14"""
EXAMPLE_INTERACTIONS = """interaction_id,customer_id,occurred_at,nature,issue_category,issue_id
1,anna,2026-03-09,grievance,heating,
2,anna,2026-03-10,grievance,heating,
3,ben,2026-03-03,grievance,noise,
4,ben,2026-03-04,grievance,noise,
5,ben,2026-03-10,commendation,,
6,cleo,2026-03-09,grievance,heating,
7,cleo,2026-03-10,grievance,heating,
8,cleo,2026-03-11,grievance,heating,
9,dora,2025-12-20,request,plumbing,t1
10,dora,2026-01-10,inquiry,,t1"""
EXAMPLE_ISSUES = """issue_id,customer_id,opened_at,issue_category
t1,dora,2025-12-20,plumbing"""


def test_the_example_is_what_the_page_says(scored, folder):
    write(folder, customer_segments=EXAMPLE_STAYS, interactions=EXAMPLE_INTERACTIONS, issues=EXAMPLE_ISSUES)
    connection = scored([folder], date(2026, 3, 20), date(2026, 2, 1))
    made = connection.execute(
        "select customer_id, alert, strftime(raised_on, '%-d %B'), strftime(cleared_on, '%-d %B'), score_before, score "
        "from marts.customer_alerts where subject = 'score' order by customer_id, alert desc"
    ).fetchall()
    stated = table(ROOT / "DECISIONS.md", "An alert is a spell of days, raised once")
    assert len(stated) == len(made) == 6
    for row, (customer, alert, raised_on, cleared_on, before, score) in zip(stated, made, strict=True):
        assert (row["who"].lower(), row["alert"]) == (customer, alert)
        assert (row["raised on"], row["cleared on"]) == (raised_on, cleared_on)
        assert row["figures"].startswith(f"{before} on ")
        assert row["figures"].endswith(f", {score}")
    issue = connection.execute("select what from marts.customer_alerts where subject = 't1'").fetchone()[0]
    words = " ".join(section(ROOT / "DECISIONS.md", "An issue is too long open when nobody asks about it").split())
    assert f'"{issue}"' in words
