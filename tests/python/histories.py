"""Random portfolios in which every edge case of the rules turns up, and helpers to vary them.

A history is what one customer leaves behind: segments, interactions and issues. It is drawn as a few ordinary contacts
plus a random choice of EDGES: each adds the rows of one case, and its name to the history's `edges`. Nothing but the
seed decides what is drawn. Rows are raw: text or None by column, and where they arrived (_load_id, _file, _row).
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache
from itertools import groupby
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

Row = dict
Tables = dict[str, list[Row]]

COLUMNS = {
    table: (*columns.split(), "updated_at", "_deleted")
    for table, columns in {
        "interactions": "interaction_id customer_id occurred_at channel direction touchpoint "
        "issue_id issue_category nature sentiment body",
        "customer_segments": "customer_id started_on segment property_id ended_on",
        "issues": "issue_id customer_id issue_category opened_at resolved_at",
        "customers": "customer_id customer_name email",
        "properties": "property_id property_name region units",
        "survey_answers": "response_id touchpoint driver rating",
    }.items()
}
# The rows of one of these keep their order in every arrival: copies of a key have it in common.
KEYS = {
    "interactions": "interaction_id",
    "customer_segments": "customer_id",
    "issues": "issue_id",
    "customers": "customer_id",
    "properties": "property_id",
    "survey_answers": "response_id",
}

NATURES = ("grievance", "request", "inquiry", "commendation")
MESSAGES = (
    "No heat again, this is unacceptable. I am furious!!!",
    "Thank you so much, great job :)",
    "Could you tell me when the gym opens?",
    "The sink is leaking. Please send someone.",
    "Not happy, but the new key works.",
    "still waiting… nobody called back 😡",
    "¿Cuándo abre la piscina?",
)
CATEGORIES = ("plumbing", "heating", "noise", "billing", "Noise")
PROPERTIES = ("P1", "P2", "P3", "Maple Court")
CHANNELS = ("phone", "email", "chat", "in_person", "carrier pigeon", None)
OFFSETS = {
    text: timezone(timedelta(minutes=minutes))
    for text, minutes in zip(
        ("Z", "z", "+00", "+05:30", "-0700", "+14", "-11:00", " +01:00", " -0330"),
        (0, 0, 0, 330, -420, 840, -660, 60, -210),
        strict=True,
    )
}
STRANGE_IDS = (
    "Zo\u00eb",
    "Zoe\u0308",
    "O'Brien",
    'the "big" one',
    "two  words",
    "a,b;c|d",
    "客户",
    "🏠👪",
    "x'); drop table interactions; --",
    "line\nbreak",
    "100%_",
    "=1+1",
    "\\N",
    "NULL",
    "nan",
    "0012",
    "1e5",
    "\u00a0no-break\u00a0",
)
LONG_ID_AT = 7  # this customer's id has 10,000 characters; smaller portfolios have none

USUAL_PAST = 75  # days before the first scored day that ordinary activity reaches back
ANCIENT = date(1900, 1, 1)


@dataclass(frozen=True)
class History:
    customer_id: str
    edges: set[str]


@dataclass(frozen=True)
class Portfolio:
    """`tables`: raw rows by table in the order of arrival. Scores are asked for the days from first_day to as_of."""

    tables: Tables
    as_of: date
    first_day: date
    time_zone: str
    histories: list[History]


# Rows


def raw_row(table: str, **values: str | None) -> Row:
    """A row of `table`, blank where nothing is given. Raises ValueError for a column that the table does not have."""
    if unknown := values.keys() - set(COLUMNS[table]):
        raise ValueError(f"{table} has no columns {sorted(unknown)}")
    return dict.fromkeys(COLUMNS[table]) | values


def commendation(interaction_id: str, customer_id: str, occurred_at: str, **values: str | None) -> Row:
    return _interaction(interaction_id, customer_id, occurred_at, {"nature": "commendation"} | values)


def grievance(interaction_id: str, customer_id: str, occurred_at: str, **values: str | None) -> Row:
    return _interaction(interaction_id, customer_id, occurred_at, {"nature": "grievance"} | values)


def _interaction(interaction_id: str, customer_id: str, occurred_at: str, values: Row) -> Row:
    names = {"interaction_id": interaction_id, "customer_id": customer_id, "occurred_at": occurred_at}
    return raw_row("interactions", **names | values)


def _trimmed(value: str | None) -> str:
    return (value or "").strip(" \t\r\n")


# Times as text


def time_text(rng: Random, local: datetime, offset: str = "") -> str:
    """`local`, which is a time at `offset`, in one of the ways that ISO 8601 leaves open."""
    fraction = "." + "".join(rng.choices("0123456789", k=rng.randint(1, 9)))
    clock = rng.choice(("%H:%M", "%H:%M:%S", "%H:%M:%S" + fraction))
    return local.isoformat()[:10] + rng.choice("T ") + local.strftime(clock) + offset


def at_offset(local: datetime, zone: ZoneInfo, offset: str) -> datetime:
    """The time on the clocks at `offset` when it is `local` in `zone`."""
    return local.replace(tzinfo=zone).astimezone(OFFSETS[offset]).replace(tzinfo=None)


@cache
def local_gaps(zone: ZoneInfo, as_of: date) -> tuple[datetime, ...]:
    """The half hours of the 400 days up to `as_of` that the clocks of `zone` skip."""
    midnights = [datetime.combine(as_of, time()) - timedelta(days=age) for age in range(400)]
    turns = (day for day in midnights if _offset(day, zone) != _offset(day + timedelta(days=1), zone))
    halves = (day + timedelta(minutes=30 * n) for day in turns for n in range(48))
    return tuple(half for half in halves if _is_skipped(half, zone))


def _offset(local: datetime, zone: ZoneInfo, fold: int = 0) -> timedelta | None:
    return local.replace(tzinfo=zone, fold=fold).utcoffset()


def _is_skipped(local: datetime, zone: ZoneInfo) -> bool:
    return local.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local


def is_plain(local: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks of `zone` show `local` exactly once."""
    return _offset(local, zone, fold=0) == _offset(local, zone, fold=1)


# Drawing one history


@dataclass
class Draft:
    """A history in the making. `tables` and `peers`, the drafts before this one, are shared by those of a portfolio."""

    rng: Random
    customer_id: str
    number: int
    as_of: date
    first_day: date
    zone: ZoneInfo
    tables: Tables
    peers: list["Draft"]
    in_segments: bool = True
    edges: set[str] = field(default_factory=set)
    starts: set[date] = field(default_factory=set)
    issue_ids: list[str] = field(default_factory=list)
    ids: int = 0

    def new_id(self, prefix: str) -> str:
        self.ids += 1
        mark = self.rng.choice(STRANGE_IDS) if "strange_ids" in self.edges else ""
        return f"{prefix}{self.number}-{self.ids}{mark}"

    def day(self, back: int = USUAL_PAST, ahead: int = 0) -> date:
        """From `back` days before the first scored day to `ahead` days before as_of."""
        first, last = self.first_day - timedelta(days=back), self.as_of - timedelta(days=ahead)
        return first + timedelta(days=self.rng.randint(0, (last - first).days))

    def some_days(self, *choices: int) -> timedelta:
        return timedelta(days=self.rng.choice(choices))

    def add(self, table: str, row: Row, **changes: str | None) -> Row:
        """Adds a copy of the row, with changes. Rows of one key arrive in the order of being added."""
        row = raw_row(table, **{**row, **changes})
        self.tables[table].append(row)
        return row

    def time_on(self, on: date) -> str:
        """A time on that local day, with or without an offset; in hours that no clock skips or repeats."""
        local = datetime.combine(on, time(self.rng.randint(4, 21), self.rng.randint(0, 59), self.rng.randint(0, 59)))
        if on.year < 1970 or self.rng.random() < 0.7:
            return time_text(self.rng, local)
        offset = self.rng.choice(list(OFFSETS))
        return time_text(self.rng, at_offset(local, self.zone, offset), offset)

    def new_contact(self, on: date, **values: str | None) -> Row:
        """An inbound interaction on that day, drawn where no value is given; not added yet."""
        drawn = {
            "channel": self.rng.choice(CHANNELS),
            "direction": self.rng.choice(("inbound", "Inbound", None)),
            "issue_id": self.rng.choice(self.issue_ids or [None]) if self.rng.random() < 0.4 else None,
            "issue_category": self.rng.choice((*CATEGORIES, None, None)),
            "nature": self.rng.choice(NATURES),
            "sentiment": self.rng.choice((None, f"{self.rng.uniform(-1, 1):.3g}")),
            "body": self.rng.choice((None, 'Flat 7, "north" side;\nsee plan.')),
        }
        interaction_id, at = self.new_id("m"), self.time_on(on)
        # Drawn by itself, so that texts change nothing else of a history.
        words = Random(interaction_id)
        if words.random() < 0.5:
            drawn |= {"body": words.choice(MESSAGES), "nature": words.choice((drawn["nature"], None))}
        return _interaction(interaction_id, self.customer_id, at, drawn | values)

    def contact(self, on: date, **values: str | None) -> Row:
        return self.add("interactions", self.new_contact(on, **values))

    def new_issue(self, opened_on: date, resolved_on: date | None = None) -> Row:
        return raw_row(
            "issues",
            issue_id=self.new_id("i"),
            customer_id=self.customer_id,
            issue_category=self.rng.choice((*CATEGORIES, None)),
            opened_at=self.time_on(opened_on),
            resolved_at=resolved_on and self.time_on(resolved_on),
        )

    def issue(self, opened_on: date, resolved_on: date | None = None) -> str:
        issue_id = self.add("issues", self.new_issue(opened_on, resolved_on))["issue_id"]
        self.issue_ids.append(issue_id)
        return issue_id

    def start(self, wanted: date) -> date:
        """The first day from `wanted` on which no other segment starts."""
        while wanted in self.starts:
            wanted += timedelta(days=1)
        self.starts.add(wanted)
        return wanted

    def new_stay(self, start: date, end: date | None, **values: str | None) -> Row:
        drawn = {
            "customer_id": self.customer_id,
            "started_on": start.isoformat() if self.rng.random() < 0.8 else self.time_on(start),
            "ended_on": end and end.isoformat(),
            "segment": self.rng.choice(("resident", "prospect", "Resident")),
            "property_id": self.rng.choice(PROPERTIES),
        }
        return raw_row("customer_segments", **drawn | values)

    def stay(self, start: date, end: date | None, **values: str | None) -> Row:
        return self.add("customer_segments", self.new_stay(start, end, **values))

    def any_table(self) -> str:
        return self.rng.choice(("interactions", "interactions", "issues", *["customer_segments"] * self.in_segments))

    def new_row(self, table: str) -> Row:
        if table == "interactions":
            return self.new_contact(self.day())
        return self.new_issue(self.day()) if table == "issues" else self.new_stay(self.start(self.day(back=20)), None)

    def subject(self) -> tuple[str, Row, Row]:
        """A table, a new row of it and the same row with other content, for edges about copies; neither is added."""
        table = self.any_table()
        changes = {
            "interactions": {"nature": self.rng.choice(NATURES), "sentiment": "0.25", "issue_category": "keys"},
            "issues": {"resolved_at": self.time_on(self.day())},
            "customer_segments": {"segment": self.rng.choice(("resident", "prospect")), "property_id": "P9"},
        }
        row = self.new_row(table)
        return table, row, row | changes[table]

    def updates(self, count: int) -> list[str]:
        """That many rising values of updated_at, some of them after as_of. Their instants rise; their texts may not."""
        moment = datetime.combine(self.day(), time(12))
        texts = []
        for _ in range(count):
            moment += timedelta(minutes=self.rng.randint(1, 6000))
            while not is_plain(moment, self.zone):
                moment += timedelta(hours=1)
            offset = self.rng.choice(["", *OFFSETS])
            local = at_offset(moment, self.zone, offset) if offset else moment
            texts.append(local.isoformat(timespec="seconds") + offset)
        return texts


Edge = Callable[[Draft], object]
EDGES: dict[str, Edge] = {}
SEGMENT_EDGES: dict[str, Edge] = {}  # those that need customer_segments


def edge(make: Edge) -> Edge:
    EDGES[make.__name__] = make
    return make


def segment_edge(make: Edge) -> Edge:
    SEGMENT_EDGES[make.__name__] = make
    return make


# Edges of one contact: when it is, or what it says (one of the choices)


CONTACT_DAYS: dict[str, Callable[[Draft], date]] = {
    "before_the_first_scored_day": lambda d: d.first_day - d.some_days(1, 1, 30, 400),
    "on_the_first_scored_day": lambda d: d.first_day,
    "on_as_of": lambda d: d.as_of,
    "waiting_interaction": lambda d: d.as_of + d.some_days(1, 2, 40),
    "ancient_interaction": lambda d: ANCIENT,
}
CONTACT_VALUES: dict[str, list[Row]] = {
    "outbound_row": [{"direction": text} for text in ("outbound", "OUTBOUND", " Outbound ")],
    "unknown_direction_and_channel": [{"direction": "sideways", "channel": "telepathy"}],
    "blank_nature_with_category": [{"nature": " ", "issue_id": None, "issue_category": "heating"}],
    "blank_nature_with_neither": [{"nature": None, "issue_id": "", "issue_category": "\t"}],
    "padded_words": [{"nature": " GRIEVANCE\r\n", "sentiment": " -0.4 ", "issue_id": " "}],
    "problem_without_category": [{"nature": text, "issue_category": None} for text in ("request", "grievance")],
    "sentiment_missing": [{"sentiment": None}],
    "sentiment_zero": [{"sentiment": text} for text in ("0", "-0", "0.000", ".0", "0e0")],
    "sentiment_least": [{"sentiment": text} for text in ("-1", "-1.0", "-1e0")],
    "sentiment_greatest": [{"sentiment": text} for text in ("1", "+1.", "1.000", "10e-1")],
    "sentiment_contradicts_nature": [
        {"nature": "grievance", "sentiment": "0.5"},
        {"nature": "commendation", "sentiment": "-0.5"},
    ],
    "flag_says_not_deleted": [{"_deleted": text} for text in ("false", "F", "no", "N", "0", " ")],
}


def _contact_on(day: Callable[[Draft], date]) -> Edge:
    return lambda d: d.contact(day(d))


def _contact_with(choices: list[Row]) -> Edge:
    return lambda d: d.contact(d.day(), **d.rng.choice(choices))


EDGES |= {name: _contact_on(day) for name, day in CONTACT_DAYS.items()}
EDGES |= {name: _contact_with(choices) for name, choices in CONTACT_VALUES.items()}


@edge
def padded_customer_id(d: Draft) -> None:
    d.contact(d.day(), customer_id=f"\t{d.customer_id} ")


@edge
def blank_nature_with_issue(d: Draft) -> None:
    d.contact(d.day(), nature=" ", issue_id=d.issue(d.day()), issue_category=None)


@edge
def equal_timestamps(d: Draft) -> None:
    on = d.day()
    for _ in range(2):
        d.contact(on, occurred_at=f"{on} 10:00")


@edge
def date_without_time(d: Draft) -> None:
    d.contact(on := d.day(), occurred_at=on.isoformat())


@edge
def offset_missing_near_midnight(d: Draft) -> None:
    d.contact(on := d.day(), occurred_at=f"{on}{d.rng.choice(('T00:00', ' 00:00:00.000001', 'T23:59:59.999999999'))}")


@edge
def offset_given(d: Draft) -> None:
    offset = d.rng.choice(list(OFFSETS))
    local = datetime.combine(d.day(), time(12))
    d.contact(local.date(), occurred_at=time_text(d.rng, at_offset(local, d.zone, offset), offset))


@edge
def offset_moves_the_date(d: Draft) -> None:
    """The written date is not the local one."""
    while True:
        local = datetime.combine(d.day(), time(d.rng.choice((0, 23)), 30))
        offset = d.rng.choice(list(OFFSETS))
        written = at_offset(local, d.zone, offset)
        if written.date() != local.date() and is_plain(local, d.zone):
            break
    d.contact(local.date(), occurred_at=time_text(d.rng, written, offset))


def local_time_in_a_gap(d: Draft) -> None:
    """An edge only where the zone has summer time."""
    skipped = d.rng.choice(local_gaps(d.zone, d.as_of))
    d.contact(skipped.date(), occurred_at=skipped.isoformat())


# Edges of several contacts: matters, repeats and categories


@edge
def six_messages_on_one_day(d: Draft) -> None:
    on, issue_id = d.day(), d.issue(d.day())
    for _ in range(6):
        d.contact(on, issue_id=issue_id)


@edge
def commendation_beside_grievance(d: Draft) -> None:
    on, issue_id = d.day(), d.issue(d.day())
    for nature in ("grievance", "commendation"):
        d.contact(on, nature=nature, issue_id=issue_id)


@edge
def two_categories_in_one_contact(d: Draft) -> None:
    on, issue_id = d.day(), d.new_id("i")
    for category in ("noise", "heating"):
        d.contact(on, nature="request", issue_id=issue_id, issue_category=category)


@edge
def matter_named_like_another(d: Draft) -> None:
    """An issue, a category and a nature of one name are three matters."""
    on = d.day()
    for issue_id, category in (("request", None), (None, "request"), (None, None)):
        d.contact(on, nature="request", issue_id=issue_id, issue_category=category)


@edge
def contact_about_anothers_issue(d: Draft) -> None:
    """Twice, so that the second repeats this customer's own first."""
    issue_id = d.rng.choice([i for peer in d.peers for i in peer.issue_ids] or ["nobody's"])
    for _ in range(2):
        d.contact(d.day(), issue_id=issue_id)


def _two_contacts(d: Draft, days_apart: int, *both: Row) -> None:
    on = d.day(back=0)
    for day, values in zip((on - timedelta(days=days_apart), on), both, strict=True):
        d.contact(day, **values)


@edge
def same_category_twice(d: Draft) -> None:
    problem = {"nature": "request", "issue_id": None, "issue_category": "plumbing"}
    _two_contacts(d, d.rng.randint(0, 60), problem, problem)


@edge
def repeat_by_issue(d: Draft) -> None:
    """However far back the earlier contact lies."""
    inquiry = {"nature": "inquiry", "issue_id": d.issue(d.day()), "issue_category": None}
    _two_contacts(d, d.rng.choice((1, 7, 46, 200)), inquiry, inquiry)


@edge
def repeat_by_category_just_inside_quiet_days(d: Draft) -> None:
    problem = {"nature": "request", "issue_id": None, "issue_category": d.new_id("category ")}
    _two_contacts(d, 45, problem, problem)


@edge
def repeat_by_category_just_outside_quiet_days(d: Draft) -> None:
    problem = {"nature": "request", "issue_id": None, "issue_category": d.new_id("category ")}
    _two_contacts(d, 46, problem, problem)


@edge
def repeat_by_category_across_issues(d: Draft) -> None:
    problem = {"nature": "grievance", "issue_category": d.new_id("category ")}
    _two_contacts(d, 3, problem | {"issue_id": d.new_id("i")}, problem | {"issue_id": d.new_id("i")})


@edge
def repeat_by_issue_and_category(d: Draft) -> None:
    problem = {"nature": "request", "issue_id": d.issue(d.day()), "issue_category": d.new_id("category ")}
    _two_contacts(d, 10, problem, problem)


@edge
def no_repeat_after_commendation(d: Draft) -> None:
    about = {"issue_id": d.new_id("i")}
    _two_contacts(d, 2, about | {"nature": "commendation"}, about | {"nature": "inquiry"})


# Edges of one issue: when it opens and is resolved


ISSUE_DAYS: dict[str, Callable[[Draft], tuple[date, date | None]]] = {
    "issue_resolved_the_day_it_opened": lambda d: (on := d.day(back=5), on),
    "issue_resolved_before_it_opened": lambda d: (on := d.day(back=5), on - d.some_days(*range(1, 20))),
    "issue_resolved_in_the_window": lambda d: ((on := d.day(back=-1)) - d.some_days(*range(1, 40)), on),
    "issue_resolved_after_as_of": lambda d: (d.day(), d.as_of + d.some_days(1, 30)),
    "issue_never_resolved": lambda d: (d.day(), None),
    "ancient_issue": lambda d: (ANCIENT, None),
    "waiting_issue": lambda d: (d.as_of + d.some_days(1, 2, 40), None),
}


def _issue_on(days: Callable[[Draft], tuple[date, date | None]]) -> Edge:
    return lambda d: d.issue(*days(d))


EDGES |= {name: _issue_on(days) for name, days in ISSUE_DAYS.items()}


@edge
def several_issues_open_at_once(d: Draft) -> None:
    on = d.day(back=20, ahead=3)
    for _ in range(3):
        d.issue(on - d.some_days(*range(10)), on + d.some_days(*range(2, 30)))


# Edges of copies


@edge
def deleted_row(d: Draft) -> None:
    table, row, _ = d.subject()
    d.add(table, row)
    d.add(table, row, _deleted=d.rng.choice(("true", "T", "YES", "y", "1")))


@edge
def deletion_names_only_the_key(d: Draft) -> None:
    """All else is blank or worthless, which does not matter to a deletion."""
    row = d.contact(d.day())
    d.add("interactions", raw_row("interactions", interaction_id=row["interaction_id"], sentiment="x", _deleted="true"))


@edge
def deleted_then_created_again(d: Draft) -> None:
    table, row, changed = d.subject()
    created, deleted, again = d.updates(3)
    d.add(table, row, updated_at=created)
    d.add(table, row, updated_at=deleted, _deleted="true")
    d.add(table, changed, updated_at=again)


@edge
def corrected_copy(d: Draft) -> None:
    table, row, changed = d.subject()
    for copy, updated_at in zip((row, changed), d.updates(2), strict=True):
        d.add(table, copy, updated_at=updated_at)


@edge
def older_copy_arrives_later(d: Draft) -> None:
    table, row, changed = d.subject()
    older, newer = d.updates(2)
    d.add(table, changed, updated_at=newer)
    d.add(table, row, updated_at=d.rng.choice((older, None)))


@edge
def copies_without_update_times(d: Draft) -> None:
    table, row, changed = d.subject()
    d.add(table, row)
    d.add(table, changed)


@edge
def copies_updated_at_one_instant(d: Draft) -> None:
    """Equal once they are in UTC and cut to microseconds: the later arrival counts."""
    table, row, changed = d.subject()
    d.add(table, row, updated_at=f"{d.as_of}T12:00:00.1234569Z")
    d.add(table, changed, updated_at=f"{d.as_of} 17:30:00.123456+05:30")


@edge
def update_times_in_another_order_than_their_text(d: Draft) -> None:
    table, row, changed = d.subject()
    d.add(table, changed, updated_at=f"{d.as_of}T12:00:00Z")
    d.add(table, row, updated_at=f"{d.as_of}T17:00:00+05:30")


@edge
def same_row_twice(d: Draft) -> None:
    table, row, _ = d.subject()
    for _ in range(2):
        d.add(table, row)


@edge
def unreadable_newer_copy(d: Draft) -> None:
    """It must not displace the good one."""
    table, row, changed = d.subject()
    good, bad = d.updates(2)
    faults = [fault for fault in _faults(table) if KEYS[table] not in fault and "started_on" not in fault]
    d.add(table, row, updated_at=good)
    d.add(table, changed, **{"updated_at": bad} | d.rng.choice(faults))


@edge
def correction_to_another_customer(d: Draft) -> None:
    table, row = d.rng.choice((("interactions", d.new_contact(d.day())), ("issues", d.new_issue(d.day()))))
    other = d.rng.choice(d.peers).customer_id if d.peers else "somebody else"
    d.add(table, row)
    d.add(table, row, customer_id=other)


@edge
def correction_to_after_as_of(d: Draft) -> None:
    """The newest copy waits, and the older one does not count in its place."""
    row = d.contact(d.day())
    d.add("interactions", row, occurred_at=d.time_on(d.as_of + timedelta(days=3)))


@edge
def correction_of_the_date(d: Draft) -> None:
    row = d.contact(d.day())
    d.add("interactions", row, occurred_at=d.time_on(d.day()))


# Edges of rejected rows: by table and reason, what is wrong with an otherwise good row (one of the choices)


BAD_TIMES = (
    *(
        "soon",
        "1704103200",
        "20240101",
        "01/02/2024",
        "2024-1-1",
        "2024-01",
        "2024-13-01",
        "2024-02-30",
        "\u0662024-01-01",
    ),
    *("2023-02-29T10:00", "2024-01-01Z", "2024-01-01T10", "2024-01-01t10:00", "2024-01-01  10:00", "2024-01-01T24:00"),
    *(
        "2024-01-01T10:60",
        "2024-01-01T10:00:60",
        "2024-01-01T10:00:00.",
        "2024-01-01T10:00:00,5",
        "2024-01-01T10:00 UTC",
    ),
    *("2024-01-01T10:00:00.1234567890", "2024-01-01T10:00  Z", "2024-01-01T10:00+15:00", "2024-01-01T10:00+01:60"),
    *("2024-01-01T10:00+1:00", "2024-01-01T10:00+010"),
)
BAD_UPDATES = [{"updated_at": text} for text in BAD_TIMES]
BAD_FLAGS = [{"_deleted": text} for text in ("maybe", "2", "-1", "tru", "deleted")]
BLANKS = (None, "", " \t\r\n")
NO_CUSTOMER = [{"customer_id": text} for text in BLANKS]

FAULTS: dict[tuple[str, str], list[Row]] = {
    ("interactions", "missing_key"): [{"interaction_id": text} for text in BLANKS],
    ("interactions", "missing_customer"): NO_CUSTOMER,
    ("interactions", "unreadable_timestamp"): [{"occurred_at": text} for text in (*BLANKS, *BAD_TIMES)] + BAD_UPDATES,
    ("interactions", "unreadable_flag"): BAD_FLAGS,
    ("interactions", "unknown_nature"): [{"nature": text} for text in ("complaint", "grievances", "null", "0")],
    ("interactions", "unreadable_number"): [
        {"sentiment": text} for text in ("good", "0,5", "50%", "0x1", "--1", ".", "1e")
    ],
    ("interactions", "sentiment_out_of_range"): [
        {"sentiment": text} for text in ("1.0001", "-1.0001", "7", "nan", "NaN", "inf", "-Infinity", "1e400")
    ],
    ("issues", "missing_key"): [{"issue_id": text} for text in BLANKS],
    ("issues", "missing_customer"): NO_CUSTOMER,
    ("issues", "unreadable_timestamp"): [{"opened_at": text} for text in (*BLANKS, *BAD_TIMES)]
    + [{"resolved_at": text} for text in BAD_TIMES]
    + BAD_UPDATES,
    ("issues", "unreadable_flag"): BAD_FLAGS,
    ("customer_segments", "missing_customer"): NO_CUSTOMER,
    ("customer_segments", "unreadable_timestamp"): [{"started_on": text} for text in (*BLANKS, *BAD_TIMES)]
    + [{"ended_on": text} for text in BAD_TIMES]
    + BAD_UPDATES,
    ("customer_segments", "unreadable_flag"): BAD_FLAGS,
    ("customer_segments", "unknown_segment"): [{"segment": text} for text in (*BLANKS, "owner", "residents")],
    ("customer_segments", "ends_before_it_starts"): [{"ended_on": text} for text in ("1899-12-31", "0001-01-01T00:00")],
}


def _faults(table: str) -> list[Row]:
    return [fault for (name, _), faults in FAULTS.items() if name == table for fault in faults]


def _rejected(table: str, reason: str) -> Edge:
    return lambda d: d.add(table, d.new_row(table), **d.rng.choice(FAULTS[table, reason]))


for _table, _reason in FAULTS:
    _group = SEGMENT_EDGES if _table == "customer_segments" else EDGES
    _group[f"rejected_{_table}_{_reason}"] = _rejected(_table, _reason)


@edge
def rejected_for_several_reasons(d: Draft) -> None:
    """The first in the order of precedence is given."""
    table = d.any_table()
    faults = {column: text for fault in d.rng.sample(_faults(table), 3) for column, text in fault.items()}
    d.add(table, d.new_row(table), **faults)


# Edges of segments


@segment_edge
def empty_segment(d: Draft) -> None:
    """It still ends whatever it lies in."""
    on = d.start(d.day(back=0))
    d.stay(on, on)


@segment_edge
def future_segment(d: Draft) -> None:
    d.stay(d.start(d.as_of + d.some_days(1, 20)), None)


@segment_edge
def segment_without_property(d: Draft) -> None:
    d.stay(d.start(d.day(back=20)), None, property_id=" ")


@segment_edge
def segment_of_all_time(d: Draft) -> None:
    d.stay(d.start(date(1, 1, 1)), date(9999, 12, 31))


@segment_edge
def segment_start_by_offset(d: Draft) -> None:
    """Given as a time of which the local date counts."""
    offset = d.rng.choice(("+14", "-11:00"))
    on = d.start(d.day(back=0))
    local = datetime.combine(on, time(12))
    d.stay(on, None, started_on=time_text(d.rng, at_offset(local, d.zone, offset), offset))


@segment_edge
def outside_any_segment(d: Draft) -> None:
    """A contact and an issue before the first segment of those drawn so far."""
    on = min(d.starts - {date.min}, default=d.first_day) - d.some_days(*range(1, 10))
    d.contact(on)
    d.issue(on)


JUNCTIONS: dict[str, Callable[[date, timedelta], date | None]] = {  # a segment's end, by the start of the next
    "gap_between_segments": lambda following, extra: following - extra,
    "adjacent_segments": lambda following, _: following,
    "overlapping_segments": lambda following, extra: following + extra,
    "open_segment_followed_by_another": lambda *_: None,
}
PLAN_EDGES = {*JUNCTIONS, "prospect_becomes_resident", "resident_becomes_prospect", "move_between_properties"}


def _plan_segments(d: Draft) -> None:
    """A chain of one to four segments, and the edges of how each leads to the next."""
    started_on = d.first_day + d.some_days(*range(-40, 10))
    stay = {"segment": d.rng.choice(("resident", "prospect")), "property_id": d.rng.choice(PROPERTIES)}
    for _ in range(d.rng.randint(0, 3)):
        junction, following_on = d.rng.choice(list(JUNCTIONS)), started_on + d.some_days(*range(11, 30))
        d.stay(d.start(started_on), JUNCTIONS[junction](following_on, d.some_days(*range(1, 11))), **stay)
        following = {"segment": d.rng.choice(("resident", "prospect")), "property_id": d.rng.choice(PROPERTIES)}
        d.edges |= {junction} | _moves(stay, following)
        started_on, stay = following_on, following
    ended_on = d.rng.choice((None, None, started_on + d.some_days(*range(1, 90))))
    d.stay(d.start(started_on), ended_on, **stay)


def _moves(before: Row, after: Row) -> set[str]:
    edges = set()
    if before["segment"] != after["segment"]:
        edges.add(f"{before['segment']}_becomes_{after['segment']}")
    if before["property_id"] != after["property_id"]:
        edges.add("move_between_properties")
    return edges


# Whole histories


SHAPES = {"whole": 73, "no_history": 9, "issues_without_contacts": 9, "never_in_a_segment": 9}  # per cent
EDGE_SHARES = (0.05, 0.15, 0.25)  # some histories have few edges, others many


def edge_names(portfolio: Portfolio) -> set[str]:
    """All the edges that a portfolio of this kind can have; a large one has them all."""
    with_segments = "customer_segments" in portfolio.tables
    made = _available(with_segments, ZoneInfo(portfolio.time_zone), portfolio.as_of)
    planned = PLAN_EDGES | {"never_in_a_segment"} if with_segments else set()
    return {*made, *planned, "no_history", "issues_without_contacts", "strange_ids"}


def _available(in_segments: bool, zone: ZoneInfo, as_of: date) -> dict[str, Edge]:
    gap_edges = {"local_time_in_a_gap": local_time_in_a_gap} if local_gaps(zone, as_of) else {}
    return EDGES | gap_edges | (SEGMENT_EDGES if in_segments else {})


def _draw(d: Draft, with_segments: bool) -> None:
    shape = d.rng.choices(list(SHAPES), list(SHAPES.values()))[0]
    if shape == "never_in_a_segment" and not with_segments:
        shape = "whole"
    d.in_segments = with_segments and shape != "never_in_a_segment"
    if shape != "whole":
        d.edges.add(shape)
    if d.in_segments:
        _plan_segments(d)
    if shape == "issues_without_contacts":
        for _ in range(d.rng.randint(1, 3)):
            d.issue(opened_on := d.day(), d.rng.choice((None, opened_on + d.some_days(*range(40)))))
    elif shape != "no_history":
        for _ in range(d.rng.randint(0, 6)):
            d.contact(d.day())
        _draw_edges(d)


def _draw_edges(d: Draft) -> None:
    available, share = _available(d.in_segments, d.zone, d.as_of), d.rng.choice(EDGE_SHARES)
    chosen = [name for name in available if d.rng.random() < share]
    d.rng.shuffle(chosen)
    for name in chosen:
        available[name](d)
        d.edges.add(name)


def random_portfolio(
    seed: int,
    customers: int,
    *,
    days: int = 45,
    time_zone: str = "UTC",
    loads: int = 3,
    with_segments: bool = True,
) -> Portfolio:
    """That many histories, to be scored on the `days` days up to as_of. Equal arguments give equal portfolios."""
    rng = Random(seed)
    as_of = date(2023, 6, 1) + timedelta(days=rng.randint(0, 800))
    first_day = as_of - timedelta(days=days - 1)
    tables: Tables = {"interactions": [], "issues": []} | ({"customer_segments": []} if with_segments else {})
    drafts: list[Draft] = []
    taken: set[str] = set()
    for number in range(customers):
        customer_id, edges = _customer_id(rng, number, taken)
        draft = Draft(rng, customer_id, number, as_of, first_day, ZoneInfo(time_zone), tables, [*drafts], edges=edges)
        _draw(draft, with_segments)
        drafts.append(draft)
    histories = [History(draft.customer_id, draft.edges) for draft in drafts]
    return Portfolio(_arrive(tables, rng, loads), as_of, first_day, time_zone, histories)


def _customer_id(rng: Random, number: int, taken: set[str]) -> tuple[str, set[str]]:
    """The id and its edges. Some ids differ from that of the customer before by the case of a letter only."""
    if number == LONG_ID_AT:
        return f"C{number}".ljust(10_000, "x"), {"strange_ids"}
    if rng.random() > 0.15:
        return f"C{number}", set()
    strange = rng.choice((*STRANGE_IDS, f"c{number - 1}"))
    customer_id = f"{strange} {number}" if strange in taken else strange
    taken.add(customer_id)
    return customer_id, {"strange_ids"}


# Arrival: which row comes in which load, file and place


def _arrive(tables: Tables, rng: Random, loads: int, shares: Sequence[float] | None = None) -> Tables:
    """The rows in a random order of arrival, in which those of one key keep the order that they have here."""
    return {table: _placed(table, rows, rng, loads, shares) for table, rows in tables.items()}


def _placed(table: str, rows: list[Row], rng: Random, loads: int, shares: Sequence[float] | None) -> list[Row]:
    keys = [_trimmed(row[KEYS[table]]) for row in rows]
    drawn = defaultdict(list)
    for key in keys:
        load_id = rng.choices(range(1, loads + 1), shares)[0] if shares else rng.randint(1, loads)
        drawn[key].append((load_id, rng.random()))
    slots = {key: iter(sorted(places)) for key, places in drawn.items()}
    arrivals = sorted(((next(slots[key]), row) for key, row in zip(keys, rows, strict=True)), key=lambda pair: pair[0])
    return [
        row | {"_load_id": load_id, "_file": file, "_row": number}
        for load_id, group in groupby(arrivals, key=lambda pair: pair[0][0])
        for file, members in _in_files(table, [row for _, row in group], rng).items()
        for number, row in enumerate(members, 1)
    ]


def _in_files(table: str, rows: list[Row], rng: Random) -> dict[str, list[Row]]:
    """The rows of a load as one file or as a folder of two."""
    if rng.random() < 0.5:
        return {f"{table}.csv": rows}
    cut = rng.randint(1, len(rows))
    return {f"{table}/part-1.csv": rows[:cut], f"{table}/part-2.csv": rows[cut:]}


def _arrival(row: Row) -> tuple[int, str, int]:
    return row["_load_id"], row["_file"], row["_row"]


def load_count(portfolio: Portfolio) -> int:
    return max((row["_load_id"] for rows in portfolio.tables.values() for row in rows), default=1)


# Variations of a portfolio


def rebatched(portfolio: Portfolio, seed: int, loads: int, shares: Sequence[float] | None = None) -> Portfolio:
    """The same rows in other loads. The copies of one key stay in their order, so no score may change.

    `shares`: how large each load is beside the others; all the same where not given.
    """
    ordered = {table: sorted(rows, key=_arrival) for table, rows in portfolio.tables.items()}
    return replace(portfolio, tables=_arrive(ordered, Random(seed), loads, shares))


def with_rows(portfolio: Portfolio, more: Tables) -> Portfolio:
    """The portfolio with more rows, each at the end of its load and file, or of the last load where it names none."""
    last = load_count(portfolio)
    tables = {}
    for table in {**portfolio.tables, **more}:
        rows = portfolio.tables.get(table, [])
        file = max((row["_file"] for row in rows if row["_load_id"] == last), default=f"{table}.csv")
        late = [{"_load_id": last, "_file": file} | row for row in more.get(table, [])]
        tables[table] = _numbered([*sorted(rows, key=_arrival), *late])
    return replace(portfolio, tables=tables)


def _numbered(rows: Iterable[Row]) -> list[Row]:
    """The rows by load and file, counted anew within each, in the order given."""
    counts: dict[tuple[int, str], int] = defaultdict(int)
    numbered = []
    for row in sorted(rows, key=lambda row: (row["_load_id"], row["_file"])):
        counts[row["_load_id"], row["_file"]] += 1
        numbered.append(row | {"_row": counts[row["_load_id"], row["_file"]]})
    return numbered


def resent(portfolio: Portfolio, load_id: int) -> Portfolio:
    """The portfolio with the rows of a load again, as a load after all others."""
    last = load_count(portfolio) + 1
    return with_rows(
        portfolio,
        {
            table: [row | {"_load_id": last, SAYS: "the load again"} for row in rows if row["_load_id"] == load_id]
            for table, rows in portfolio.tables.items()
        },
    )


def held_back(portfolio: Portfolio, table: str, load_id: int) -> Portfolio:
    """The portfolio with a table that arrives no earlier than in that load."""
    rows = [row | {"_load_id": max(row["_load_id"], load_id)} for row in portfolio.tables[table]]
    return replace(portfolio, tables=portfolio.tables | {table: _numbered(rows)})


def with_descriptions(portfolio: Portfolio, seed: int) -> Portfolio:
    """The portfolio with tables that no score depends on: names, properties, ratings."""
    rng = Random(seed)
    people = [history.customer_id for history in portfolio.histories]
    names = [raw_row("customers", customer_id=i, customer_name=f"N. {n}", email=None) for n, i in enumerate(people)]
    homes = [raw_row("properties", property_id=i, property_name=f"At {i}", region="north") for i in PROPERTIES]
    ratings = [
        raw_row(
            "survey_answers", response_id=f"r{n}", touchpoint="move_in", driver=rng.choice((None, "d1")), rating="4"
        )
        for n in range(len(people))
    ]
    return with_rows(portfolio, {"customers": names, "properties": homes, "survey_answers": ratings})


TOUCHPOINTS = ("maintenance", "front_office", " tour\n", "somewhere", " ", None)
BODIES = (
    *(None, "", " \t\r\n ", "Thanks!", "  Two\t\tlines,\r\n\r\n one   excerpt. \n", "\u00a0no-break\u00a0"),
    *("x" * 140, "x" * 141, "🏠👪" * 70, "🏠👪" * 71, "word\n" * 28, "word\n" * 29),
    *("y" * 138 + " \n z", "y" * 138 + " z and more", " " + "z" * 140 + " "),
)


def with_conversations(portfolio: Portfolio, seed: int) -> Portfolio:
    """The portfolio with touchpoints and bodies of every kind, and with more that happens at one time.

    Some tones are equal but for their sign, some issues are resolved at the very time of a contact. Some customers tell
    of one problem in two contacts, of which the one that begins first comes to it last.
    """
    rng = Random(seed)
    times = defaultdict(list)
    for row in portfolio.tables["interactions"]:
        times[_trimmed(row["customer_id"])].append(row["occurred_at"])

    def said(row: Row) -> Row:
        tone = rng.choice((None, None, "0.5", "-0.5")) if row["sentiment"] is None else row["sentiment"]
        touchpoint, body, words = rng.choice(TOUCHPOINTS), rng.choice(BODIES), Random(str(row["interaction_id"]))
        if words.random() < 0.3:
            body = words.choice(MESSAGES)
        return row | {"touchpoint": touchpoint, "body": body, "sentiment": tone}

    def resolved(row: Row) -> Row:
        known = times[_trimmed(row["customer_id"])]
        if not known or not row["resolved_at"] or rng.random() < 0.6:
            return row
        return row | {"resolved_at": rng.choice(known)}

    tables = {
        "interactions": [said(row) for row in portfolio.tables["interactions"]],
        "issues": [resolved(row) for row in portfolio.tables["issues"]],
    }
    talks = [
        row
        for number, history in enumerate(portfolio.histories)
        if rng.random() < 0.2
        for row in _talk(rng, f"talk {number}", history.customer_id, portfolio)
    ]
    return with_rows(replace(portfolio, tables=portfolio.tables | tables), {"interactions": talks})


def _talk(rng: Random, name: str, customer_id: str, portfolio: Portfolio) -> list[Row]:
    on = portfolio.as_of - timedelta(days=rng.randint(0, (portfolio.as_of - portfolio.first_day).days))
    category = rng.choice((*CATEGORIES, None))
    said = (
        ("09:00", {"nature": "inquiry", "issue_id": name}),
        ("11:00", {"nature": "grievance", "issue_id": name, "issue_category": category}),
        (rng.choice(("10:00", "11:00")), {"nature": "request", "issue_category": category}),
    )
    return [
        _interaction(f"{name}, {number}", customer_id, f"{on} {at}", values) for number, (at, values) in enumerate(said)
    ]


def changed_later(portfolio: Portfolio, seed: int, share: float) -> Portfolio:
    """The portfolio with a newer copy of that share of its rows, or two: for `rebatched`, which keeps their order.

    A copy's SAYS names its kind of change.
    """
    draft = _Changes(Random(seed), portfolio)
    return with_rows(
        portfolio,
        {
            table: [copy for row in rows if draft.rng.random() < share for copy in draft.newer_copies(table, row)]
            for table, rows in portfolio.tables.items()
        },
    )


SAYS = "says"  # of a row that changes an earlier one: how


@dataclass
class _Changes:
    rng: Random
    portfolio: Portfolio
    updates: int = 0

    def newer_copies(self, table: str, row: Row) -> list[Row]:
        kind, make = self.rng.choice([*CHANGES[table].items(), *FATES.items()])
        copies = [row | change | {"updated_at": self.updated_at(row), SAYS: kind} for change in make(self)]
        return [{column: copy[column] for column in (*COLUMNS[table], SAYS)} for copy in copies]

    def updated_at(self, row: Row) -> str | None:
        """After every time that an edge draws; blank, perhaps, if the row's is."""
        if row["updated_at"] is None and self.rng.random() < 0.5:
            return None
        self.updates += 1
        moment = datetime.combine(self.portfolio.as_of, time()) + timedelta(days=60, minutes=self.updates)
        return moment.isoformat()

    def day(self, ahead: int = 0) -> str:
        """From some weeks before the first scored day to `ahead` days after as_of."""
        first = self.portfolio.first_day - timedelta(days=20)
        return str(first + timedelta(days=self.rng.randint(0, (self.portfolio.as_of - first).days + ahead)))

    def somebody(self) -> str:
        return self.rng.choice(self.portfolio.histories).customer_id


CHANGES: dict[str, dict[str, Callable[[_Changes], list[Row]]]] = {
    "interactions": {
        "of another customer": lambda c: [{"customer_id": c.somebody()}],
        "on another day": lambda c: [{"occurred_at": c.day(ahead=2)}],
        "about another category": lambda c: [{"issue_category": c.rng.choice((*CATEGORIES, None))}],
        "of another nature": lambda c: [{"nature": nature} for nature in c.rng.sample(NATURES, 2)],
        "outbound": lambda c: [{"direction": "outbound"}],
    },
    "issues": {
        "of another customer": lambda c: [{"customer_id": c.somebody()}],
        "opened on another day": lambda c: [{"opened_at": c.day(ahead=2)}],
        "resolved on another day": lambda c: [{"resolved_at": c.day()}],
        "to be resolved": lambda c: [{"resolved_at": c.day(ahead=20)}],
        "not resolved": lambda c: [{"resolved_at": None}],
    },
    "customer_segments": {
        "of another segment": lambda c: [{"segment": segment} for segment in c.rng.sample(("resident", "prospect"), 2)],
        "of another property": lambda c: [{"property_id": c.rng.choice((*PROPERTIES, None))}],
        "ended on another day": lambda c: [{"ended_on": c.day(ahead=20)}],
        "not ended": lambda c: [{"ended_on": None}],
    },
    "customers": {"of another name": lambda c: [{"customer_name": f"N. {c.rng.random()}"}]},
    "properties": {"of another name": lambda c: [{"property_name": f"At {c.rng.random()}"}]},
    "survey_answers": {"of another rating": lambda c: [{"rating": str(c.rng.randint(1, 5))}]},
}
FATES: dict[str, Callable[[_Changes], list[Row]]] = {
    "withdrawn": lambda c: [{"_deleted": "true"}],
    "withdrawn and back": lambda c: [{"_deleted": "true"}, {"_deleted": None}],
    "the same again": lambda c: [{}],
}


def twin(tables: Tables, customer_id: str, twin_id: str) -> Tables:
    """The rows of a second customer, to whom the same happened: for `with_rows`, which keeps their order.

    The twin has interactions and issues of its own (every copy of their keys, also copies that name somebody else);
    what the customer said about the issues of others, the twin says about the same ones.
    """
    own = {table: _keys_of(customer_id, table, rows) for table, rows in tables.items()}
    renamed = {"interaction_id": own["interactions"], "issue_id": own["issues"]}

    def twin_row(row: Row) -> Row:
        ids = {c: f"{_trimmed(row[c])} of {twin_id}" for c, keys in renamed.items() if _trimmed(row.get(c)) in keys}
        return row | ids | ({"customer_id": twin_id} if _trimmed(row["customer_id"]) == customer_id else {})

    return {
        table: [twin_row(row) for row in sorted(rows, key=_arrival) if _trimmed(row[KEYS[table]]) in own[table]]
        for table, rows in tables.items()
    }


def _keys_of(customer_id: str, table: str, rows: list[Row]) -> set[str]:
    return {_trimmed(row[KEYS[table]]) for row in rows if _trimmed(row["customer_id"]) == customer_id} - {""}


# Files


def write_csv(portfolio: Portfolio, directory: Path) -> list[Path]:
    """Writes each load into a directory of its own; returns these in the order of loading.

    Within a load, rows stand in the file and at the record number (from 1, the header apart) that they carry. A table
    without rows in a load is a file with its header alone.
    """
    folders = [Path(directory) / f"load-{load_id:03}" for load_id in range(1, load_count(portfolio) + 1)]
    for table, rows in portfolio.tables.items():
        files = {(load_id, f"{table}.csv"): [] for load_id in range(1, len(folders) + 1)}
        for row in sorted(rows, key=_arrival):
            files.setdefault((row["_load_id"], row["_file"]), []).append(row)
        loaded_in_parts = {load_id for load_id, file in files if file != f"{table}.csv"}
        for (load_id, file), members in files.items():
            if members or load_id not in loaded_in_parts:
                _write_file(folders[load_id - 1] / file, COLUMNS[table], members)
    return folders


def _write_file(path: Path, columns: tuple[str, ...], rows: list[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
