"""A second opinion on the scores: sections 2 to 4 of the methodology, read off the page and computed by brute force.

It knows no ledger, no running sum and no SQL: for each day and customer it reads the whole history again. It is slow
and plain on purpose. Where it and the models differ, the page decides. What a text says it asks the trainer's reading
(training/twin.py), by the seeds; texts of tests hold nothing that is masked.

Units: dates are local calendar days of the portfolio, ages and half-lives are days, tones are in [-1, 1].
"""

import csv
import hashlib
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from math import fsum
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from runner.project import ROOT
from training import twin

FACTORS = ("frequency", "tone", "variety", "persistence", "recency")
SEGMENTS = ("resident", "prospect")

TEXTS = twin.read_tables(ROOT / "seeds" / "rules")

Row = dict  # a raw row: text or None by column, and _load_id, _file, _row


# Rules


@dataclass(frozen=True)
class Nature:
    is_problem: bool
    default_tone: float
    effect: dict[str, float]  # by segment


@dataclass(frozen=True)
class Rules:
    """The rule tables (methodology, section 3). `weight` and `saturation` are by (segment, factor)."""

    half_life: dict[str, float]
    weight: dict[tuple[str, str], float]
    saturation: dict[tuple[str, str], float]
    natures: dict[str, Nature]
    bands: tuple[tuple[Decimal, str], ...]  # (floor, band), ascending
    quiet_days: int
    confidence_contacts: float
    channels: frozenset[str]


DEFAULT_RULES = Rules(
    half_life={"frequency": 30, "tone": 60, "variety": 45, "persistence": 14, "recency": 7},
    weight={
        **{("resident", f): w for f, w in zip(FACTORS, (0.15, 0.30, 0.15, 0.25, 0.15), strict=True)},
        **{("prospect", f): w for f, w in zip(FACTORS, (0.30, 0.30, 0.10, 0.10, 0.20), strict=True)},
    },
    saturation={(s, f): k for s in SEGMENTS for f, k in zip(FACTORS, (3, 2, 2, 1.5, 0.5), strict=True)},
    natures={
        "grievance": Nature(True, -0.6, {"resident": -1, "prospect": -1}),
        "request": Nature(True, 0, {"resident": -0.5, "prospect": -0.25}),
        "inquiry": Nature(False, 0, {"resident": 0, "prospect": 1}),
        "commendation": Nature(False, 0.8, {"resident": 1, "prospect": 1}),
    },
    bands=tuple(
        (Decimal(floor), band)
        for floor, band in ((0, "at_risk"), (50, "strained"), (62, "steady"), (72, "content"), (80, "delighted"))
    ),
    quiet_days=45,
    confidence_contacts=3,
    channels=frozenset(
        ("phone", "email", "sms", "chat", "portal", "app", "social", "review", "letter", "in_person", "other")
    ),
)


def load_rules(seeds_dir: Path | str) -> Rules:
    """The rules as the seed files in `seeds_dir` (seeds/rules) state them. Raises OSError where one is missing."""

    def seed(name: str) -> list[dict[str, str]]:
        with open(Path(seeds_dir) / f"{name}.csv", encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    weights = seed("factor_weights")
    settings = {row["setting"]: row["value"] for row in seed("rule_settings")}
    return Rules(
        half_life={row["factor"]: float(row["half_life_days"]) for row in seed("factor_settings")},
        weight={(row["segment"], row["factor"]): float(row["weight"]) for row in weights},
        saturation={(row["segment"], row["factor"]): float(row["saturation"]) for row in weights},
        natures={
            row["nature"]: Nature(
                is_problem=_FLAGS[row["is_problem"].lower()],
                default_tone=float(row["default_tone"]),
                effect={segment: float(row[f"{segment}_effect"]) for segment in SEGMENTS},
            )
            for row in seed("natures")
        },
        bands=tuple(sorted((Decimal(row["floor"]), row["band"]) for row in seed("score_bands"))),
        quiet_days=int(settings["quiet_days"]),
        confidence_contacts=float(settings["confidence_contacts"]),
        channels=frozenset(row["channel"] for row in seed("channels")),
    )


# Reading text


class Rejected(Exception):  # noqa: N818 - not an error: an answer
    """A raw row that cannot be used; its only argument is the reason code."""


_YEAR_1 = datetime(1, 1, 1)  # noqa: DTZ001 - local
_FLAGS = dict.fromkeys(("true", "t", "yes", "y", "1"), True) | dict.fromkeys(("false", "f", "no", "n", "0"), False)
_NUMBER = re.compile(r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|nan|inf|infinity)", re.IGNORECASE)
_TIMESTAMP = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,9}))?)?"
    r"(?: ?(?P<offset>[Zz]|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?))?)?"
)


def read_timestamp(text: str) -> datetime | None:
    """An ISO 8601 date or time, cut to microseconds and aware where it has an offset; None where it cannot be read."""
    match = _TIMESTAMP.fullmatch(text)
    if not match:
        return None
    micros = (match["fraction"] or "")[:6].ljust(6, "0")
    try:
        clock = time(*(int(match[part] or 0) for part in ("hour", "minute", "second")), int(micros))
        return datetime.combine(date.fromisoformat(match["date"]), clock, tzinfo=_offset(match["offset"]))
    except ValueError:
        return None


def _offset(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text in "Zz":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-size if text[0] == "-" else size)


def _text(row: Row, column: str) -> str | None:
    return (row.get(column) or "").strip(" \t\r\n") or None


def _word(row: Row, column: str) -> str | None:
    text = _text(row, column)
    return text and text.lower()


def _needed(row: Row, column: str, reason: str) -> str:
    text = _text(row, column)
    if text is None:
        raise Rejected(reason)
    return text


def _timestamp(row: Row, column: str) -> datetime | None:
    """None where the column is blank. Raises Rejected where it is not, and cannot be read."""
    text = _text(row, column)
    if text is None:
        return None
    written = read_timestamp(text)
    if written is None:
        raise Rejected("unreadable_timestamp")
    return written


def _local_time(row: Row, column: str, zone: ZoneInfo) -> datetime | None:
    """What the clocks of the portfolio showed, without a zone."""
    written = _timestamp(row, column)
    if written is None or written.tzinfo is None:
        return written
    try:
        return written.astimezone(zone).replace(tzinfo=None)
    except OverflowError as error:
        raise Rejected("unreadable_timestamp") from error


def _needed_time(row: Row, column: str, zone: ZoneInfo) -> datetime:
    at = _local_time(row, column, zone)
    if at is None:
        raise Rejected("unreadable_timestamp")
    return at


def _instant(written: datetime | None, zone: ZoneInfo) -> timedelta:
    """Time since the year 1 in UTC, as something to sort by. A blank is the oldest.

    A local time that exists twice, or in a gap never, means the later of its two readings, as in ICU.
    """
    if written is None:
        return timedelta.min
    local = written.replace(tzinfo=None)
    aware = written if written.tzinfo else written.replace(tzinfo=zone)
    return max(local - _YEAR_1 - aware.replace(fold=fold).utcoffset() for fold in (0, 1))


def _flag(row: Row, column: str) -> bool:
    word = _word(row, column)
    if word is None:
        return False
    if word not in _FLAGS:
        raise Rejected("unreadable_flag")
    return _FLAGS[word]


# Raw rows to records, and which of them count


@dataclass(frozen=True)
class Interaction:
    interaction_id: str
    customer_id: str
    at: datetime  # local
    on: date
    is_inbound: bool
    channel: str
    touchpoint: str | None
    nature: str
    tone: float  # signed
    issue_id: str | None
    category: str | None
    body: str | None
    tone_words: str | None = None  # of a tone from the text


@dataclass(frozen=True)
class Issue:
    issue_id: str
    customer_id: str
    category: str | None
    opened_on: date
    closed_at: datetime | None  # local
    closed_on: date | None


@dataclass(frozen=True)
class Stay:
    """A row of customer_segments: the customer is in the segment on days from started_on to before ended_on."""

    customer_id: str
    started_on: date
    ended_on: date | None
    segment: str
    property_id: str | None


def _interaction(row: Row, zone: ZoneInfo, rules: Rules) -> Interaction:
    customer_id = _needed(row, "customer_id", "missing_customer")
    at = _needed_time(row, "occurred_at", zone)
    issue_id, category = _text(row, "issue_id"), _text(row, "issue_category")
    is_inbound = _word(row, "direction") != "outbound"
    said = twin.predict(row.get("body") if is_inbound else None, TEXTS)
    nature = _word(row, "nature") or said.nature or ("request" if issue_id or category else "inquiry")
    if nature not in rules.natures:
        raise Rejected("unknown_nature")
    if rules.natures[nature].is_problem:
        category = category or said.category
    sentiment = _sentiment(row)
    is_felt = sentiment is None and said.confidence > 0
    tone = said.tone if is_felt else sentiment
    if tone is None:
        tone = rules.natures[nature].default_tone
    channel = _word(row, "channel")
    return Interaction(
        interaction_id=_text(row, "interaction_id"),
        customer_id=customer_id,
        at=at,
        on=at.date(),
        is_inbound=is_inbound,
        channel=channel if channel in rules.channels else "other",
        touchpoint=_text(row, "touchpoint"),
        nature=nature,
        tone=_signed(tone, nature),
        issue_id=issue_id,
        category=category,
        body=row.get("body"),
        tone_words=said.deciding_words if is_felt else None,
    )


def _sentiment(row: Row) -> float | None:
    text = _text(row, "sentiment")
    if text is None:
        return None
    if not _NUMBER.fullmatch(text):
        raise Rejected("unreadable_number")
    if not -1 <= float(text) <= 1:
        raise Rejected("sentiment_out_of_range")
    return float(text)


def _signed(tone: float, nature: str) -> float:
    if nature == "grievance":
        return min(tone, 0)
    return max(tone, 0) if nature == "commendation" else tone


def _issue(row: Row, zone: ZoneInfo, _rules: Rules) -> Issue:
    customer_id = _needed(row, "customer_id", "missing_customer")
    opened_at = _needed_time(row, "opened_at", zone)
    resolved_at = _local_time(row, "resolved_at", zone)
    closed_at = resolved_at and max(opened_at, resolved_at)
    return Issue(
        issue_id=_text(row, "issue_id"),
        customer_id=customer_id,
        category=_text(row, "issue_category"),
        opened_on=opened_at.date(),
        closed_at=closed_at,
        closed_on=closed_at and closed_at.date(),
    )


def _stay(row: Row, zone: ZoneInfo, _rules: Rules) -> Stay:
    customer_id, started_on = _stay_key(row, zone)
    segment = _word(row, "segment")
    if segment not in SEGMENTS:
        raise Rejected("unknown_segment")
    ended_at = _local_time(row, "ended_on", zone)
    ended_on = ended_at and ended_at.date()
    if ended_on and ended_on < started_on:
        raise Rejected("ends_before_it_starts")
    return Stay(customer_id, started_on, ended_on, segment, _text(row, "property_id"))


def _stay_key(row: Row, zone: ZoneInfo) -> tuple[str, date]:
    return _needed(row, "customer_id", "missing_customer"), _needed_time(row, "started_on", zone).date()


# Table: its key, its record, and the date until which a row waits.
_READERS = {
    "interactions": (lambda row, _: _needed(row, "interaction_id", "missing_key"), _interaction, lambda r: r.on),
    "customer_segments": (_stay_key, _stay, lambda _: date.min),
    "issues": (lambda row, _: _needed(row, "issue_id", "missing_key"), _issue, lambda r: r.opened_on),
}


class Verdict(NamedTuple):
    row: Row
    status: str  # used, waiting, older_copy, withdrawn or rejected
    reason: str | None  # of a rejected row


@dataclass(frozen=True)
class Copy:
    """A readable raw row: one copy of its key. A deleted one has no record."""

    key: object
    order: tuple
    record: Interaction | Issue | Stay | None


def judge(
    tables: dict[str, list[Row]], as_of: date, time_zone: str = "UTC", rules: Rules = DEFAULT_RULES
) -> dict[str, list[Verdict]]:
    """What becomes of every raw row, in the order given, per table that scores are made of."""
    return {table: [verdict for verdict, _ in _judged(table, tables, as_of, time_zone, rules)] for table in _READERS}


def _judged(
    table: str, tables: dict[str, list[Row]], as_of: date, time_zone: str, rules: Rules
) -> list[tuple[Verdict, Interaction | Issue | Stay | None]]:
    """Each row's verdict, and its record where it is readable and not a deletion."""
    read = [_read(table, row, ZoneInfo(time_zone), rules) for row in tables.get(table, [])]
    copies = sorted((copy for copy in read if isinstance(copy, Copy)), key=lambda copy: copy.order)
    newest = {copy.key: copy for copy in copies}
    dated = _READERS[table][2]

    def verdict(row: Row, copy: Copy | str) -> Verdict:
        if isinstance(copy, str):
            return Verdict(row, "rejected", copy)
        if newest[copy.key] is not copy:
            return Verdict(row, "older_copy", None)
        if copy.record is None:
            return Verdict(row, "withdrawn", None)
        return Verdict(row, "waiting" if dated(copy.record) > as_of else "used", None)

    return [
        (verdict(row, copy), None if isinstance(copy, str) else copy.record)
        for row, copy in zip(tables.get(table, []), read, strict=True)
    ]


def _read(table: str, row: Row, zone: ZoneInfo, rules: Rules) -> Copy | str:
    """The row as a copy of its key, or the reason why it is none: the first in the order of the checks."""
    key_of, record_of, _ = _READERS[table]
    try:
        key = key_of(row, zone)
        updated = _instant(_timestamp(row, "updated_at"), zone)
        record = None if _flag(row, "_deleted") else record_of(row, zone, rules)
    except Rejected as rejected:
        return rejected.args[0]
    return Copy(key, (updated, row["_load_id"], row["_file"], row["_row"]), record)


# Accounts: what is known of one customer


@dataclass(frozen=True)
class Contact:
    """All inbound interactions of one customer, day and matter. `gain` and `chase`: effects up and down, by segment."""

    contact_id: str
    on: date
    issue_id: str | None
    is_commendation: bool
    pleasant: float
    unpleasant: float
    gain: dict[str, float]
    chase: dict[str, float]
    problem_categories: frozenset[str]  # the known ones
    messages: tuple[Interaction, ...]


@dataclass(frozen=True)
class Account:
    stays: list[Stay]  # none of them overlap
    contacts: list[Contact]
    repeats: list[Contact]
    problems: list[Interaction]
    issues: list[Issue]


def accounts(
    tables: dict[str, list[Row]], as_of: date, time_zone: str = "UTC", rules: Rules = DEFAULT_RULES
) -> dict[str, Account]:
    """Everything that counts up to `as_of`, by customer_id."""
    interactions, issues, stays = (
        _used_by_customer(table, tables, as_of, time_zone, rules)
        for table in ("interactions", "issues", "customer_segments")
    )
    if not tables.get("customer_segments"):
        stays = {c: [Stay(c, min(i.on for i in rows), None, "resident", None)] for c, rows in interactions.items()}
    return {
        customer_id: _account(
            stays.get(customer_id, []),
            [i for i in interactions.get(customer_id, []) if i.is_inbound],
            issues.get(customer_id, []),
            rules,
        )
        for customer_id in {*interactions, *issues, *stays}
    }


def _used_by_customer(table: str, tables: dict[str, list[Row]], as_of: date, time_zone: str, rules: Rules) -> dict:
    records = defaultdict(list)
    for verdict, record in _judged(table, tables, as_of, time_zone, rules):
        if verdict.status == "used":
            records[record.customer_id].append(record)
    return dict(records)


def _account(stays: list[Stay], inbound: list[Interaction], issues: list[Issue], rules: Rules) -> Account:
    problems = [i for i in inbound if rules.natures[i.nature].is_problem]
    contacts = _contacts(inbound, rules)
    return Account(
        stays=_without_overlaps(stays),
        contacts=contacts,
        repeats=[c for c in contacts if _is_repeat(c, contacts, problems, rules.quiet_days)],
        problems=problems,
        issues=issues,
    )


def _without_overlaps(stays: list[Stay]) -> list[Stay]:
    stays = sorted(stays, key=lambda stay: stay.started_on)
    return [
        replace(stay, ended_on=min(stay.ended_on or following.started_on, following.started_on))
        for stay, following in pairwise(stays)
    ] + stays[-1:]


def _contacts(inbound: list[Interaction], rules: Rules) -> list[Contact]:
    messages = defaultdict(list)
    for interaction in inbound:
        messages[interaction.on, interaction.nature == "commendation", _matter(interaction)].append(interaction)
    return [_contact(*key, rows, rules) for key, rows in messages.items()]


def _matter(interaction: Interaction) -> tuple[str, str]:
    if interaction.issue_id:
        return "issue", interaction.issue_id
    if interaction.category:
        return "category", interaction.category
    return "nature", interaction.nature


def _contact(
    on: date, is_commendation: bool, matter: tuple[str, str], messages: list[Interaction], rules: Rules
) -> Contact:
    natures = [rules.natures[i.nature] for i in messages]
    return Contact(
        contact_id=_contact_id(on, is_commendation, matter, messages[0].customer_id),
        on=on,
        issue_id=matter[1] if matter[0] == "issue" else None,
        is_commendation=is_commendation,
        pleasant=max(max(i.tone, 0) for i in messages),
        unpleasant=max(max(-i.tone, 0) for i in messages),
        gain={s: max(max(nature.effect[s], 0) for nature in natures) for s in SEGMENTS},
        chase={s: max(max(-nature.effect[s], 0) for nature in natures) for s in SEGMENTS},
        problem_categories=frozenset(i.category for i in messages if i.category and rules.natures[i.nature].is_problem),
        messages=tuple(messages),
    )


def _contact_id(on: date, is_commendation: bool, matter: tuple[str, str], customer_id: str) -> str:
    """The name that the models give to a contact: which of two at one time comes first depends on it."""
    parts = (on.isoformat(), "commendation" if is_commendation else "other", *matter, customer_id)
    return hashlib.md5("\x1f".join(parts).encode(), usedforsecurity=False).hexdigest()


def _is_repeat(contact: Contact, contacts: list[Contact], problems: list[Interaction], quiet_days: int) -> bool:
    """An earlier commendation is no reason: thanks for a repair must not make the next contact about it a repeat."""
    if contact.is_commendation:
        return False
    same_issue = any(
        contact.issue_id and c.issue_id == contact.issue_id and c.on < contact.on and not c.is_commendation
        for c in contacts
    )
    same_category = any(
        p.category in contact.problem_categories and 0 < (contact.on - p.on).days <= quiet_days for p in problems
    )
    return same_issue or same_category


# Scores


@dataclass(frozen=True)
class DailyScore:
    score_date: date
    customer_id: str
    segment: str
    property_id: str | None
    score: Decimal
    frequency_points: Decimal
    tone_points: Decimal
    variety_points: Decimal
    persistence_points: Decimal
    recency_points: Decimal
    confidence: Decimal
    band: str
    portfolio_rank: int = 0
    segment_size: int = 0
    percent_rank: float = 0.0


def score_portfolio(
    tables: dict[str, list[Row]],
    as_of: date,
    first_day: date,
    time_zone: str = "UTC",
    rules: Rules = DEFAULT_RULES,
) -> list[DailyScore]:
    """One score per day in [first_day, as_of] and customer in a segment on it, in the order of day and customer."""
    known = sorted(accounts(tables, as_of, time_zone, rules).items())
    scores = []
    for day in (first_day + timedelta(days=n) for n in range((as_of - first_day).days + 1)):
        unranked = [
            _daily_score(customer_id, account, stay, day, rules)
            for customer_id, account in known
            if (stay := stay_on(account, day))
        ]
        scores += _ranked(unranked)
    return scores


def stay_on(account: Account, day: date) -> Stay | None:
    return next((s for s in account.stays if s.started_on <= day and (s.ended_on is None or day < s.ended_on)), None)


def _daily_score(customer_id: str, account: Account, stay: Stay, day: date, rules: Rules) -> DailyScore:
    points = points_on(account, day, stay.segment, rules)
    score = sum(points.values())
    contacts = _weighted(((c.on, 1) for c in account.contacts), day, rules.half_life["tone"])
    return DailyScore(
        score_date=day,
        customer_id=customer_id,
        segment=stay.segment,
        property_id=stay.property_id,
        score=score,
        **{f"{factor}_points": points[factor] for factor in FACTORS},
        confidence=rounded(contacts / (contacts + rules.confidence_contacts), 4),
        band=[band for floor, band in rules.bands if floor <= score][-1],
    )


def points_on(account: Account, day: date, segment: str, rules: Rules) -> dict[str, Decimal]:
    """The points of each factor, which add up to the score."""
    sub_scores = _sub_scores(account, day, segment, rules)
    return {f: rounded(100 * rules.weight[segment, f] * sub_scores[f], 2) for f in FACTORS}


def _sub_scores(account: Account, day: date, segment: str, rules: Rules) -> dict[str, float]:
    """The five sub-scores, each in [0, 1] (the table of section 3)."""
    k = {factor: rules.saturation[segment, factor] for factor in FACTORS}

    def total(factor: str, amount: Callable[[Contact], float]) -> float:
        return _weighted(((c.on, amount(c)) for c in account.contacts), day, rules.half_life[factor])

    def mood(factor: str) -> float:
        return _balance(total(factor, lambda c: c.pleasant), total(factor, lambda c: c.unpleasant), k[factor])

    gained, chased = total("frequency", lambda c: c.gain[segment]), total("frequency", lambda c: c.chase[segment])
    categories = _variety(account, day, rules.half_life["variety"])
    burden = _burden(account, day, rules.half_life["persistence"])
    return {
        "frequency": _balance(gained, chased, k["frequency"]),
        "tone": mood("tone"),
        "variety": _relief(max(categories - 1, 0), k["variety"]),
        "persistence": _relief(burden, k["persistence"]),
        "recency": mood("recency"),
    }


def _variety(account: Account, day: date, half_life: float) -> float:
    last = {}
    for problem in sorted((p for p in account.problems if p.on <= day), key=lambda p: p.on):
        last[problem.category] = problem.on
    return _weighted(((on, 1) for on in last.values()), day, half_life)


def _burden(account: Account, day: date, half_life: float) -> float:
    open_issues = (i for i in account.issues if i.opened_on <= day and (i.closed_on is None or i.closed_on > day))
    waited = fsum(1 - weight(day, issue.opened_on, half_life) for issue in open_issues)
    return waited + _weighted(((c.on, 1) for c in account.repeats), day, half_life)


def weight(day: date, on: date, half_life: float) -> float:
    """2^(-age / half-life); an age of a century may underflow to 0."""
    return 2.0 ** (-(day - on).days / half_life)


def _weighted(amounts: Iterable[tuple[date, float]], day: date, half_life: float) -> float:
    return fsum(amount * weight(day, on, half_life) for on, amount in amounts if on <= day)


def _balance(plus: float, minus: float, saturation: float) -> float:
    return (1 + (plus - minus) / (plus + minus + saturation)) / 2


def _relief(load: float, saturation: float) -> float:
    return saturation / (saturation + load)


def rounded(value: float, places: int) -> Decimal:
    """To nine decimals, which takes off what floats add, and then to `places`, both half away from zero."""
    nine = Decimal(value).quantize(Decimal("1e-9"), ROUND_HALF_UP)
    return nine.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _ranked(scores: list[DailyScore]) -> list[DailyScore]:
    """The scores of one day with their ranks: residents and prospects apart, never by property."""
    ordered = {segment: sorted(s.score for s in scores if s.segment == segment) for segment in SEGMENTS}

    def ranked(score: DailyScore) -> DailyScore:
        peers = ordered[score.segment]
        lower, size = bisect_left(peers, score.score), len(peers)
        return replace(
            score,
            portfolio_rank=1 + size - bisect_right(peers, score.score),
            segment_size=size,
            percent_rank=lower / (size - 1) if size > 1 else 0.0,
        )

    return [ranked(score) for score in scores]
