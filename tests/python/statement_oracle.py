"""A second opinion on the statement: section 5 of the methodology and the trend of section 4, by brute force.

Like `oracle`, from which it has accounts and points, it knows no ledger and no SQL: for each line it asks what the
customer's whole history is worth at that moment, and takes the difference from the line before. Where it and the
models differ, the page decides.

Units: dates and times are local ones of the portfolio, points are decimals with two places, tones are in [-1, 1].
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from oracle import (
    DEFAULT_RULES,
    FACTORS,
    Account,
    Contact,
    Interaction,
    Issue,
    Row,
    Rules,
    accounts,
    points_on,
    stay_on,
)

TREND_DAYS = 7
TREND_POINTS = Decimal("1.0")
EXCERPT_LENGTH = 140

Points = dict[str, Decimal]  # by factor
NO_POINTS: Points = dict.fromkeys(FACTORS, Decimal("0.00"))  # before the opening, and in no segment


@dataclass(frozen=True)
class Line:
    """A line of a statement. What it does not have is None: a day's own lines have no time, only contacts a tone.

    `event_id` is the contact's or the issue's.
    """

    customer_id: str
    line_number: int
    statement_on: date
    line_kind: str  # opening, fading, waiting, segment, property, contact or resolution
    frequency_change: Decimal
    tone_change: Decimal
    variety_change: Decimal
    persistence_change: Decimal
    recency_change: Decimal
    score_change: Decimal
    score_after: Decimal
    occurred_at: datetime | None = None
    event_id: str | None = None
    issue_id: str | None = None
    messages: int | None = None
    channel: str | None = None
    touchpoint: str | None = None
    nature: str | None = None
    issue_category: str | None = None
    tone: float | None = None
    excerpt: str | None = None
    tone_words: str | None = None
    tone_confidence: float | None = None


def statements(
    tables: dict[str, list[Row]],
    as_of: date,
    first_day: date,
    time_zone: str = "UTC",
    rules: Rules = DEFAULT_RULES,
) -> list[Line]:
    """Every line of everybody who is scored on a day in [first_day, as_of], in the order of customer and line."""
    known = sorted(accounts(tables, as_of, time_zone, rules).items())
    return [line for customer_id, account in known for line in statement(customer_id, account, as_of, first_day, rules)]


def statement(customer_id: str, account: Account, as_of: date, first_day: date, rules: Rules) -> list[Line]:
    """One customer's lines; none if they are not scored on any of the days."""
    lines, before = [], NO_POINTS
    for posting in _postings(account, as_of, first_day, rules):
        changes = {factor: posting.after[factor] - before[factor] for factor in FACTORS}
        if posting.kind in ("fading", "waiting") and not any(changes.values()):
            continue
        line = Line(
            customer_id=customer_id,
            line_number=len(lines) + 1,
            statement_on=posting.on,
            line_kind=posting.kind,
            **{f"{factor}_change": change for factor, change in changes.items()},
            score_change=sum(changes.values()),
            score_after=sum(posting.after.values()),
        )
        lines.append(replace(line, **posting.event.described()) if posting.event else line)
        before = posting.after
    return lines


# What happens, in its order


@dataclass(frozen=True)
class Event:
    """A contact or the resolution of an issue."""

    subject: Contact | Issue

    @property
    def kind(self) -> str:
        return "contact" if isinstance(self.subject, Contact) else "resolution"

    @property
    def event_id(self) -> str:
        return self.subject.contact_id if self.kind == "contact" else self.subject.issue_id

    @property
    def at(self) -> datetime:
        return min(m.at for m in self.subject.messages) if self.kind == "contact" else self.subject.closed_at

    @property
    def order(self) -> tuple[datetime, str, str]:
        """By time; at one time contacts before resolutions, as in the alphabet."""
        return self.at, self.kind, self.event_id

    def described(self) -> dict[str, object]:
        """The columns of a line that tell of the event."""
        told = {"occurred_at": self.at, "event_id": self.event_id, "issue_id": self.subject.issue_id}
        if self.kind == "resolution":
            return told | {"issue_category": self.subject.category}
        leading = leading_message(self.subject.messages)
        return told | {
            "messages": len(self.subject.messages),
            "channel": leading.channel,
            "touchpoint": leading.touchpoint,
            "nature": leading.nature,
            "issue_category": leading.category,
            "tone": leading.tone,
            "excerpt": excerpt(leading.body),
            "tone_words": leading.tone_words,
            "tone_confidence": leading.tone_confidence,
        }


def leading_message(messages: Iterable[Interaction]) -> Interaction:
    """The one that was felt most; of several the earliest."""
    return min(messages, key=lambda m: (-abs(m.tone), m.at, m.interaction_id))


def excerpt(body: str | None) -> str | None:
    """The beginning of what was said, on one line; None if nothing was."""
    words = re.sub("[ \t\r\n]+", " ", body or "").strip(" ")
    return (words if len(words) <= EXCERPT_LENGTH else words[: EXCERPT_LENGTH - 1] + "…") or None


def events_on(account: Account, day: date) -> list[Event]:
    contacts = [Event(contact) for contact in account.contacts if contact.on == day]
    resolutions = [Event(issue) for issue in account.issues if issue.closed_on == day]
    return sorted(contacts + resolutions, key=lambda event: event.order)


def moves_on(account: Account, day: date) -> list[str]:
    """How the customer's segment and property differ from those of the day before; who is in none has no property."""
    before, now = stay_on(account, day - timedelta(days=1)), stay_on(account, day)
    moves = []
    if (before and before.segment) != (now and now.segment):
        moves.append("segment")
    if before and now and before.property_id != now.property_id:
        moves.append("property")
    return moves


# What the history is worth at a moment


def so_far(account: Account, day: date, happened: Iterable[Event]) -> Account:
    """What was known on `day` when of that day's contacts and resolutions no others than these had happened yet.

    Issues are there from the day on which they open; then they weigh nothing.
    """
    known = {(event.kind, event.event_id) for event in happened}
    posted = {category for category, contact in first_tellers(account, day).items() if ("contact", contact) in known}

    def has_happened(contact: Contact) -> bool:
        return contact.on < day or (contact.on == day and ("contact", contact.contact_id) in known)

    def is_closed(issue: Issue) -> bool:
        return issue.closed_on < day or (issue.closed_on == day and ("resolution", issue.issue_id) in known)

    return replace(
        account,
        contacts=[contact for contact in account.contacts if has_happened(contact)],
        repeats=[contact for contact in account.repeats if has_happened(contact)],
        problems=[p for p in account.problems if p.on < day or (p.on == day and p.category in posted)],
        issues=[
            issue if not issue.closed_on or is_closed(issue) else replace(issue, closed_at=None, closed_on=None)
            for issue in account.issues
        ],
    )


def first_tellers(account: Account, day: date) -> dict[str | None, str]:
    """By category the contact of the day that was the first to tell of a problem in it: that one posts it."""
    problems = {problem.interaction_id for problem in account.problems if problem.on == day}
    told = sorted(
        (
            (message.at, contact.contact_id, message.category)
            for contact in account.contacts
            if contact.on == day
            for message in contact.messages
            if message.interaction_id in problems
        ),
        key=lambda each: each[:2],
    )
    return {category: contact_id for _, contact_id, category in reversed(told)}


def held(account: Account, last_day: date, day: date) -> Account:
    """The account in which issues are on `day` as old as they were on `last_day`, and new if they opened later."""

    def opened_on(issue: Issue) -> date:
        return min(issue.opened_on, last_day) + (day - last_day)

    return replace(account, issues=[replace(issue, opened_on=opened_on(issue)) for issue in account.issues])


def points_in(account: Account, day: date, segment: str | None, rules: Rules) -> Points:
    return points_on(account, day, segment, rules) if segment else NO_POINTS


def time_passed(account: Account, last_day: date, day: date, segment: str, rules: Rules) -> dict[str, Points]:
    """The points on `day` when nothing but time has passed since the end of `last_day`: after each line of time."""
    then = so_far(account, last_day, events_on(account, last_day))
    return {
        "fading": points_on(held(then, last_day, day), day, segment, rules),
        "waiting": points_on(then, day, segment, rules),
    }


# Postings: lines before their changes are known


class Posting(NamedTuple):
    on: date
    kind: str
    after: Points
    event: Event | None = None


def _postings(account: Account, as_of: date, first_day: date, rules: Rules) -> Iterator[Posting]:
    """All that could be a line, whether it changes any points or not."""
    scored = [day for day in days_between(first_day, as_of) if stay_on(account, day)]
    if not scored:
        return
    opened_on, last_day = scored[0], None
    for day in days_between(opened_on, as_of):
        happened, moves = events_on(account, day), moves_on(account, day)
        segment = _segment_on(account, day)
        if day == opened_on:
            yield Posting(day, "opening", points_in(so_far(account, day, []), day, segment, rules))
            moves = [move for move in moves if move != "segment"]
        elif not happened and not moves:
            continue
        elif segment_before := _segment_on(account, day - timedelta(days=1)):
            for kind, after in time_passed(account, last_day, day, segment_before, rules).items():
                yield Posting(day, kind, after)
        for kind in moves:
            yield Posting(day, kind, points_in(so_far(account, day, []), day, segment, rules))
        for number, event in enumerate(happened, 1):
            after = points_in(so_far(account, day, happened[:number]), day, segment, rules)
            yield Posting(day, event.kind, after, event)
        last_day = day


def _segment_on(account: Account, day: date) -> str | None:
    stay = stay_on(account, day)
    return stay and stay.segment


def days_between(first_day: date, last_day: date) -> list[date]:
    return [first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1)]


# Trend


def trends(
    lines: Iterable[Line],
    tables: dict[str, list[Row]],
    as_of: date,
    first_day: date,
    time_zone: str = "UTC",
    rules: Rules = DEFAULT_RULES,
) -> dict[str, str]:
    """By customer, of those who are scored on the last day on which anybody is; `lines`: their statements."""
    known = accounts(tables, as_of, time_zone, rules)
    by_customer = defaultdict(list)
    for line in lines:
        by_customer[line.customer_id].append(line)
    for day in reversed(days_between(first_day, as_of)):
        scored = [customer_id for customer_id, account in known.items() if stay_on(account, day)]
        if scored:
            week_ago = day - timedelta(days=TREND_DAYS)
            return {
                customer_id: trend(
                    by_customer[customer_id], day, week_ago >= first_day and bool(stay_on(known[customer_id], week_ago))
                )
                for customer_id in scored
            }
    return {}


def trend(lines: Iterable[Line], day: date, had_score: bool) -> str:
    """Of one customer's lines; `had_score`: a week before `day`."""
    recent = [line for line in lines if 0 <= (day - line.statement_on).days < TREND_DAYS]
    if not had_score or any(line.line_kind == "segment" for line in recent):
        return "new"
    moved = sum(line.score_change for line in recent if line.line_kind != "fading")
    if moved >= TREND_POINTS:
        return "rising"
    return "falling" if moved <= -TREND_POINTS else "steady"
