"""A second opinion on alerts: read off the pages (DECISIONS.md, docs/operations.md), day by day and by brute force.

It takes the daily scores as they are, issues and contacts from the raw rows, and asks of every day whether a condition
holds. It knows no turn, no silence and no increment.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import oracle

FALL, FALL_DAYS, STALE_DAYS = Decimal(10), 7, 60
DAY = timedelta(days=1)
AT_RISK_BANDS = {"at_risk"}


@dataclass(frozen=True)
class Alert:
    customer_id: str
    alert: str
    subject: str
    segment: str | None
    property_id: str | None
    what: str
    why: str
    raised_on: date
    cleared_on: date | None
    score: Decimal | None = None
    score_before: Decimal | None = None
    changes: tuple[Decimal, ...] | None = None
    days_open: int | None = None
    days_silent: int | None = None


def alerts(
    scores: list[oracle.DailyScore], tables: dict, first_day: date, as_of: date, time_zone: str = "UTC"
) -> set[Alert]:
    """All alerts of a portfolio: of its daily scores, and of the issues in its raw rows."""
    histories = defaultdict(dict)
    for score in scores:
        histories[score.customer_id][score.score_date] = score
    found = set()
    for history in histories.values():
        found |= set(_falls(history, first_day, as_of))
        found |= set(_entries(history, first_day, as_of))
    return found | set(_stale_issues(tables, as_of, time_zone))


def _spells(holds: list[tuple[date, bool]]) -> Iterator[tuple[date, date | None]]:
    """First days of stretches on which something holds, and the first days after them."""
    began = None
    for day, does in holds:
        if does and began is None:
            began = day
        if not does and began is not None:
            yield began, day
            began = None
    if began is not None:
        yield began, None


def _days(first_day: date, as_of: date) -> list[date]:
    return [first_day + timedelta(days=n) for n in range((as_of - first_day).days + 1)]


def _falls(history: dict, first_day: date, as_of: date) -> Iterator[Alert]:
    def fell(day: date) -> bool:
        now, then = history.get(day), history.get(day - FALL_DAYS * DAY)
        return bool(now and then and now.segment == then.segment and then.score - now.score >= FALL)

    for raised_on, cleared_on in _spells([(day, fell(day)) for day in _days(first_day, as_of)]):
        now, then = history[raised_on], history[raised_on - FALL_DAYS * DAY]
        what = f"Score fell by {then.score - now.score} points in {FALL_DAYS} days"
        yield _of_score("score_fall", what, now, then, cleared_on)


def _entries(history: dict, first_day: date, as_of: date) -> Iterator[Alert]:
    def at_risk(day: date) -> bool:
        return day in history and history[day].band in AT_RISK_BANDS

    for raised_on, cleared_on in _spells([(day, at_risk(day)) for day in _days(first_day, as_of)]):
        now, then = history[raised_on], history.get(raised_on - DAY)
        if then:
            yield _of_score("entered_at_risk", f"Score came down to at_risk: {now.score}", now, then, cleared_on)


def _of_score(alert: str, what: str, now, then, cleared_on: date | None) -> Alert:
    changes = tuple(getattr(now, f"{name}_points") - getattr(then, f"{name}_points") for name in oracle.FACTORS)
    if now.segment == then.segment:
        lost = sorted((change, place) for place, change in enumerate(changes) if change < 0)[:2]
        words = [f"{oracle.FACTORS[place]} ({change})" for change, place in lost]
        why = f"{then.score} on {then.score_date}, {now.score} on {now.score_date}"
        why += f"; lost most in {' and '.join(words)}" if words else ""
    else:
        why = f"{then.score} as a {then.segment} on {then.score_date}, "
        why += f"{now.score} as a {now.segment} on {now.score_date}"
    return Alert(
        now.customer_id,
        alert,
        "score",
        now.segment,
        now.property_id,
        what,
        why,
        now.score_date,
        cleared_on,
        now.score,
        then.score,
        changes,
    )


def _stale_issues(tables: dict, as_of: date, time_zone: str) -> Iterator[Alert]:
    rules = oracle.DEFAULT_RULES
    accounts = oracle.accounts(tables, as_of, time_zone)
    for verdict, issue in oracle._judged("issues", tables, as_of, time_zone, rules):
        if verdict.status == "used":
            issue_id, category = (oracle._text(verdict.row, name) for name in ("issue_id", "issue_category"))
            account = accounts[issue.customer_id]
            spoken = {contact.on for contact in account.contacts if contact.issue_id == issue_id}
            yield from _stale_issue(issue, issue_id, category, account, spoken, as_of)


def _stale_issue(issue, issue_id: str, category: str | None, account, spoken: set[date], as_of: date):
    silence, asked, holds = {}, issue.opened_on, []
    for day in _days(issue.opened_on, as_of):
        asked = day if day in spoken else asked
        silence[day] = (day - asked).days
        is_open = issue.closed_on is None or issue.closed_on > day
        holds.append((day, is_open and silence[day] > STALE_DAYS))
    for raised_on, cleared_on in _spells(holds):
        days_open, days_silent = (raised_on - issue.opened_on).days, silence[raised_on]
        name = f"{issue_id} ({category})" if category else issue_id
        since = f", the last {days_silent} of them" if days_silent < days_open else ""
        last = f"last contact about it on {raised_on - days_silent * DAY}"
        stay = oracle.stay_on(account, raised_on)
        yield Alert(
            issue.customer_id,
            "issue_open_too_long",
            issue_id,
            stay and stay.segment,
            stay and stay.property_id,
            f"Issue {name} has been open for {days_open} days{since} without a contact about it",
            f"Opened on {issue.opened_on}, {last if since else 'no contact about it since'}, "
            f"not resolved by {raised_on}: ask the source whether it is really still open",
            raised_on,
            cleared_on,
            days_open=days_open,
            days_silent=days_silent,
        )
