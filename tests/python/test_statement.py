"""The statement: the oracle's against figures worked out by hand, and the marts against the oracle, line by line."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import histories
import incidents
import oracle
import pytest
import statement_oracle
from oracle import FACTORS
from runner.project import ROOT
from statement_oracle import Line, days_between, excerpt, statements, trends
from test_oracle_itself import DAY, ago, contact, issue, portfolio, stay

RULES = oracle.load_rules(ROOT / "seeds" / "rules")
COLUMNS = (
    "customer_id",
    "line_number",
    "statement_on",
    "occurred_at",
    "line_kind",
    "issue_id",
    "messages",
    "channel",
    "touchpoint",
    "nature",
    "issue_category",
    "tone",
    "excerpt",
    "tone_words",
    *(f"{factor}_change" for factor in FACTORS),
    "score_change",
    "score_after",
)
KINDS = {"opening", "fading", "waiting", "segment", "property", "contact", "resolution"}
LOG_DAYS = date(2016, 3, 1), date(2016, 6, 30)


def random_portfolio(seed: int, **options) -> histories.Portfolio:
    return histories.with_conversations(histories.random_portfolio(seed, 400, **options), seed)


def known(portfolio: histories.Portfolio) -> tuple:
    return portfolio.tables, portfolio.as_of, portfolio.first_day, portfolio.time_zone, RULES


# The oracle: one customer, by hand


RESIDENT = stay()  # since long ago


def lines(contacts=(), issues=(), stays=(RESIDENT,), since: int = 1) -> list[Line]:
    """The statement of the customer C from that many days before DAY on."""
    return statements(portfolio(contacts, issues, stays), DAY, DAY - timedelta(days=since))


def told(lines: list[Line]) -> list[str]:
    """Age in days, kind, change and score after of each line."""
    return [f"{(DAY - n.statement_on).days} {n.line_kind} {n.score_change:+} {n.score_after}" for n in lines]


def changes(line: Line) -> list[str]:
    """By factor: frequency, tone, variety, persistence, recency."""
    return [f"{getattr(line, f'{factor}_change'):+}" for factor in FACTORS]


def moved(property_id: str) -> tuple[dict, dict]:
    """Residents since long ago who move on DAY, which changes no points."""
    return stay(property_id="P1"), stay(property_id=property_id, started_on=ago(0))


def test_an_account_opens_with_what_nothing_is_worth():
    (opening,) = lines()
    assert told([opening]) == ["1 opening +70.00 70.00"]
    assert changes(opening) == ["+7.50", "+15.00", "+15.00", "+25.00", "+7.50"]
    assert (opening.line_number, opening.occurred_at, opening.event_id) == (1, None, None)


def test_an_account_opens_before_the_events_of_its_day():
    grievance, commendation = contact(8, "grievance"), contact(1, "commendation")
    opening, thanks = lines((grievance, commendation))
    # Seven days after a grievance: L = 2^(-7/30) = 0.850667: (1 - 0.850667/3.850667) / 2 = 0.389543;
    # N = 0.6 x 2^(-7/60) = 0.553390: (1 - 0.553390/2.553390) / 2 = 0.391636; N = 0.3: (1 - 0.3/0.8) / 2 = 0.3125
    assert changes(opening) == ["+5.84", "+11.75", "+15.00", "+25.00", "+4.69"]
    # E = 1: (1 + 0.149333/4.850667) / 2 = 0.515393; P = 0.8: (1 + 0.246610/3.353390) / 2 = 0.536770; (1 + 0.5/1.6) / 2
    assert changes(thanks) == ["+1.89", "+4.35", "+0.00", "+0.00", "+5.15"]
    assert told([opening, thanks]) == ["1 opening +62.28 62.28", "1 contact +11.39 73.67"]


def test_a_line_is_the_contact_and_time_without_effect_is_none():
    opening, grievance = lines((contact(0, "grievance"),))
    assert changes(grievance) == ["-1.87", "-3.46", "+0.00", "+0.00", "-4.09"]
    assert told([opening, grievance]) == ["1 opening +70.00 70.00", "0 contact -9.42 60.58"]


def test_a_grievance_fades():
    posted = lines((contact(7, "grievance"),), stays=moved("P2"), since=7)
    assert told(posted) == [
        "7 opening +70.00 70.00",
        "7 contact -9.42 60.58",
        "0 fading +1.70 62.28",
        "0 property +0.00 62.28",
    ]
    assert changes(posted[2]) == ["+0.21", "+0.21", "+0.00", "+0.00", "+1.28"]


def test_an_open_issue_waits_until_it_is_resolved():
    posted = lines(issues=(issue(14, 0, issue_category="noise"),), since=14)
    # The opening of an issue weighs nothing and is no line; after 14 days B = 0.5: 1.5 / 2
    assert told(posted) == ["14 opening +70.00 70.00", "0 waiting -6.25 63.75", "0 resolution +6.25 70.00"]
    assert changes(posted[1]) == ["+0.00", "+0.00", "+0.00", "-6.25", "+0.00"]
    assert [(n.issue_id, n.issue_category, n.event_id) for n in posted[1:]] == [
        (None, None, None),
        ("k1", "noise", "k1"),
    ]


def test_what_fades_is_told_apart_from_what_waits():
    """A repeat contact fades by half, while an issue of 14 days becomes one of 28 and another one opens."""
    inquiries = (contact(20, issue_id="k1"), contact(14, issue_id="k1"))
    posted = lines(inquiries, (issue(28, 0), issue(7)), since=14)
    assert told(posted) == [
        "14 opening +63.75 63.75",  # B = 0.5
        "14 contact -6.25 57.50",  # B = 0.5 + 1
        "0 fading +2.50 60.00",  # B = 0.5 + 0.5: 1.5 / 2.5
        "0 waiting -2.68 57.32",  # B = 0.75 + 0.5 + 0.292893: 1.5 / 3.042893 = 0.492952
        "0 resolution +4.03 61.35",  # B = 0.5 + 0.292893: 1.5 / 2.292893 = 0.654196
    ]


def test_issues_that_are_closed_already_wait_no_more():
    posted = lines((contact(0),), (issue(40, 20), issue(30, 14)), since=14)
    # On the opening day the second one is still open: B = 1 - 2^(-16/14) = 0.547137: 1.5 / 2.047137 = 0.732731
    assert told(posted) == ["14 opening +63.32 63.32", "14 resolution +6.68 70.00", "0 contact +0.00 70.00"]


def test_resolved_before_opened_closes_when_it_opened():
    (_, resolution) = lines(issues=(issue(0, 5, opened_at=f"{ago(0)}T10:30"),))
    assert (resolution.line_kind, str(resolution.occurred_at)) == ("resolution", f"{DAY} 10:30:00")


def test_a_prospect_becomes_a_resident():
    stays = (stay(started_on=ago(1), segment="prospect"), stay(started_on=ago(0)))
    posted = lines((contact(1, "inquiry"),), stays=stays)
    # (1 + 1/4) / 2 x 30; a day later E = 0.977160: (1 + 0.977160/3.977160) / 2 = 0.622847
    assert told(posted) == [
        "1 opening +60.00 60.00",
        "1 contact +3.75 63.75",
        "0 fading -0.06 63.69",
        "0 segment +6.31 70.00",
    ]
    assert changes(posted[3]) == ["-11.19", "+0.00", "+5.00", "+15.00", "-2.50"]


def test_a_move_with_the_segment_is_a_line_after_it():
    stays = (stay(property_id="P1", segment="prospect"), stay(property_id="P2", started_on=ago(0)))
    assert told(lines(stays=stays)) == ["1 opening +60.00 60.00", "0 segment +10.00 70.00", "0 property +0.00 70.00"]


@pytest.mark.parametrize(
    ("before", "after", "is_move"),
    [("P1", "P2", True), ("P1", None, True), (None, "P1", True), ("P1", " P1 ", False), (None, " ", False)],
)
def test_no_property_is_one_to_move_to(before, after, is_move):
    stays = (stay(property_id=before), stay(property_id=after, started_on=ago(0)))
    assert [line.line_kind for line in lines(stays=stays)] == ["opening", *["property"] * is_move]


def test_leaving_and_coming_back():
    """A contact between is a line without points, and counts on return."""
    stays = (stay(ended_on=ago(5), property_id="P1"), stay(started_on=ago(2), property_id="P2"))
    posted = lines((contact(6, "grievance"), contact(3, "inquiry"), contact(2, "inquiry")), stays=stays, since=6)
    # After a day L = 0.977160: (1 - 0.977160/3.977160) / 2 = 0.377153; N = 0.593108: (1 - 0.228725) / 2 = 0.385638;
    # N = 0.543434: (1 - 0.520813) / 2 = 0.239593.
    # After four days L = 0.911722: 0.383463; N = 0.572905: 0.388665; N = 0.403770: 0.276619.
    assert told(posted) == [
        "6 opening +70.00 70.00",
        "6 contact -9.42 60.58",
        "5 fading +0.24 60.82",
        "5 segment -60.82 0.00",
        "3 contact +0.00 0.00",
        "2 segment +61.56 61.56",
        "2 contact +0.00 61.56",
    ]
    assert changes(posted[2]) == ["+0.03", "+0.03", "+0.00", "+0.00", "+0.18"]
    assert changes(posted[5]) == ["+5.75", "+11.66", "+15.00", "+25.00", "+4.15"]


def test_an_empty_segment_ends_the_one_it_lies_in():
    stays = (stay(), stay(started_on=ago(1), ended_on=ago(1)))
    assert told(lines(stays=stays, since=3)) == ["3 opening +70.00 70.00", "1 segment -70.00 0.00"]


def test_leaving_is_known_on_the_day_and_not_before():
    assert told(lines(stays=(stay(ended_on=ago(0)),))) == ["1 opening +70.00 70.00", "0 segment -70.00 0.00"]
    assert told(lines(stays=(stay(ended_on=ago(-1)),))) == ["1 opening +70.00 70.00"]


def test_nobody_who_is_not_scored_has_lines():
    assert lines((contact(),), stays=(stay(ended_on=ago(1)), stay("D", started_on=ago(-1)))) == []


def test_an_account_opens_later_for_who_comes_later():
    posted = lines((contact(3, "grievance"), contact(2)), stays=(stay(started_on=ago(2)),), since=9)
    # as after a day in test_leaving_and_coming_back
    assert told(posted) == ["2 opening +60.82 60.82", "2 contact +0.00 60.82"]


def test_a_change_on_the_day_of_the_opening_is_in_the_opening():
    stays = (stay(segment="prospect", property_id="P1"), stay(started_on=ago(1), property_id="P2"))
    assert told(lines(stays=stays)) == ["1 opening +70.00 70.00", "1 property +0.00 70.00"]


# The order of a day


def at(time: str, **values: str) -> dict:
    return contact(0, **{"occurred_at": f"{ago(0)}T{time}"} | values)


def test_a_day_goes_by_the_clock():
    contacts = (at("12:00", nature="grievance"), at("09:00"), at("15:00", nature="commendation"))
    issues = (issue(5, resolved_at=f"{ago(0)}T12:00"), issue(6, resolved_at=f"{ago(0)}T11:59:59.999999"))
    posted = [n for n in lines(contacts, issues) if n.event_id]
    assert [(n.line_kind, n.nature or n.issue_id, str(n.occurred_at.time())) for n in posted] == [
        ("contact", "inquiry", "09:00:00"),
        ("resolution", "k2", "11:59:59.999999"),
        ("contact", "grievance", "12:00:00"),
        ("resolution", "k1", "12:00:00"),
        ("contact", "commendation", "15:00:00"),
    ]


def test_at_one_time_the_id_decides():
    contacts = [at("10:00", issue_id=f"about {n}", nature="inquiry") for n in range(6)]
    issues = [issue(3, issue_id=n, resolved_at=f"{ago(0)}T10:00") for n in "cab"]
    ids = [(n.line_kind, n.event_id) for n in lines(contacts, issues) if n.event_id]
    assert ids == sorted(ids)
    assert len(ids) == 9


def test_a_contact_is_when_it_began():
    morning, evening = at("08:00", issue_id="leak", channel="chat"), at("20:00", issue_id="leak", channel="chat")
    posted = lines((evening, at("12:00", nature="commendation"), morning))
    assert [(n.issue_id, n.messages) for n in posted[1:]] == [("leak", 2), (None, 1)]


def test_of_one_category_and_day_the_first_who_tells_of_it_posts():
    """Another category is there already: V rises from 1 to 2, and variety falls by 15 - 15 x 2/3."""
    contacts = (
        at("08:00", nature="request", issue_category="heating"),
        at("09:00", nature="inquiry", issue_id="leak"),
        at("11:00", nature="request", issue_id="leak", issue_category="plumbing"),
        at("10:00", nature="request", issue_category="plumbing"),
    )
    posted = [(n.issue_category, n.messages, f"{n.variety_change:+}") for n in lines(contacts)[1:]]
    assert posted == [("heating", 1, "+0.00"), (None, 2, "+0.00"), ("plumbing", 1, "-5.00")]


# What was said


def test_the_words_of_a_contact_are_those_that_were_felt_most():
    about = {"issue_id": "leak", "nature": "inquiry"}
    contacts = (
        at("08:00", **about, sentiment="0.5", channel="phone", body="mild"),
        at("09:00", **about | {"nature": "grievance"}, sentiment="0.9", body="no tone that counts"),
        at(
            "10:00", **about, sentiment="-0.7", channel=" Email ", touchpoint=" tour ", issue_category="x", body="cross"
        ),
        at("11:00", **about, sentiment="0.7", body="pleased"),
    )
    (line,) = lines(contacts)[1:]
    assert (line.messages, line.tone, line.channel, line.touchpoint) == (4, -0.7, "email", "tour")
    assert (line.nature, line.issue_category, line.excerpt) == ("inquiry", "x", "cross")


def test_of_equal_tones_the_earliest_leads_and_then_the_id():
    messages = [at(time, issue_id="leak", interaction_id=key) for time, key in (("10:00", "b"), ("10:00", "a"))]
    later = at("10:01", issue_id="leak", interaction_id="0")
    assert lines([row | {"body": row["interaction_id"]} for row in (later, *messages)])[1].excerpt == "a"


def test_what_is_not_said_is_none():
    line = lines((at("10:00", nature=None),))[1]
    assert (line.nature, line.tone, line.channel) == ("inquiry", 0, "other")
    assert (line.touchpoint, line.issue_category, line.issue_id, line.excerpt) == (None,) * 4


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (None, None),
        ("", None),
        (" \t\r\n", None),
        (" one\n\n two\t ", "one two"),
        ("x" * 140, "x" * 140),
        ("x" * 141, "x" * 139 + "…"),
        (" " + "x" * 140 + "\n", "x" * 140),
        ("x" * 138 + " \n y", "x" * 138 + " y"),
        ("x" * 138 + " yz", "x" * 138 + " …"),
        ("🏠" * 141, "🏠" * 139 + "…"),
    ],
)
def test_excerpt(body, expected):
    assert excerpt(body) == expected


# Trend


@pytest.mark.parametrize(
    ("contacts", "issues", "stays", "since", "expected"),
    [
        ((), (), (stay(),), 7, "steady"),
        ((), (), (stay(),), 6, "new"),
        ((), (), (stay(started_on=ago(6)),), 30, "new"),
        ((contact(6, "commendation"),), (), (stay(),), 30, "rising"),
        ((contact(7, "commendation"),), (), (stay(),), 30, "steady"),
        ((contact(0, "grievance"),), (), (stay(),), 30, "falling"),
        # The grievance fades by 1.70, which is not to rise.
        ((contact(7, "grievance"), contact(0, "inquiry")), (), (stay(),), 30, "steady"),
        # To wait is to fall, where a line says so; then the issue is resolved, which makes up for it.
        ((contact(0, "inquiry"),), (issue(20),), (stay(),), 30, "falling"),
        ((), (issue(20),), (stay(),), 30, "steady"),
        ((), (issue(20, 0),), (stay(),), 30, "steady"),
        ((contact(0, "grievance"),), (), (stay(segment="prospect"), stay(started_on=ago(6))), 30, "new"),
        ((contact(0, "grievance"),), (), (stay(segment="prospect"), stay(started_on=ago(7))), 30, "falling"),
        ((), (), (stay(ended_on=ago(5)), stay(started_on=ago(3))), 30, "new"),
        ((), (), (stay(ended_on=ago(20)), stay(started_on=ago(8))), 30, "steady"),
        ((), (), (stay(ended_on=ago(8)), stay(started_on=ago(6))), 30, "new"),
    ],
)
def test_trend(contacts, issues, stays, since, expected):
    tables, first_day = portfolio(contacts, issues, stays), DAY - timedelta(days=since)
    assert trends(statements(tables, DAY, first_day), tables, DAY, first_day) == {"C": expected}


@pytest.mark.parametrize(
    ("change", "expected"), [("1.00", "rising"), ("0.99", "steady"), ("-0.99", "steady"), ("-1.00", "falling")]
)
def test_a_whole_point_is_a_trend(change, expected):
    nothing = dict.fromkeys((f"{factor}_change" for factor in FACTORS), Decimal(0))
    line = Line("C", 2, DAY, "contact", **nothing, score_change=Decimal(change), score_after=Decimal(70))
    assert statement_oracle.trend([line], DAY, had_score=True) == expected


def test_the_trend_is_that_of_the_last_day_on_which_anybody_is_scored():
    tables, first_day = portfolio((contact(6, "grievance"),), (), (stay(ended_on=ago(5)),)), DAY - timedelta(days=30)
    assert trends(statements(tables, DAY, first_day), tables, DAY, first_day) == {"C": "falling"}


# What must always hold (methodology, section 8): the statement adds up


def assert_adds_up(tables, as_of, first_day, time_zone="UTC", rules=RULES):
    accounts = oracle.accounts(tables, as_of, time_zone, rules)
    scores: dict[str, dict] = defaultdict(dict)
    for daily in oracle.score_portfolio(tables, as_of, first_day, time_zone, rules):
        scores[daily.customer_id][daily.score_date] = daily
    posted = defaultdict(list)
    for line in statements(tables, as_of, first_day, time_zone, rules):
        posted[line.customer_id].append(line)
    assert posted.keys() == scores.keys()
    for customer_id, account_lines in posted.items():
        assert_account_adds_up(accounts[customer_id], account_lines, scores[customer_id], as_of, rules)


def assert_account_adds_up(account, account_lines, scores, as_of, rules):
    assert [line.line_number for line in account_lines] == list(range(1, len(account_lines) + 1))
    assert [line.line_kind == "opening" for line in account_lines] == [True] + [False] * (len(account_lines) - 1)
    assert account_lines[0].statement_on == min(scores)
    posted = dict.fromkeys(FACTORS, Decimal(0))
    by_day = defaultdict(list)
    for line in account_lines:
        by_day[line.statement_on].append(line)
    last_day = None
    for day in days_between(min(scores), as_of):
        for line in by_day.get(day, []):
            posted = {factor: posted[factor] + getattr(line, f"{factor}_change") for factor in FACTORS}
            assert line.score_change == sum(getattr(line, f"{factor}_change") for factor in FACTORS)
            assert line.score_after == sum(posted.values())
            last_day = day
        if day not in scores:
            assert not any(posted.values())
            continue
        now = posted
        if last_day != day:
            passed = statement_oracle.time_passed(account, last_day, day, scores[day].segment, rules)
            now = passed["waiting"]
        assert now == {factor: getattr(scores[day], f"{factor}_points") for factor in FACTORS}


PORTFOLIOS = [
    pytest.param(1, {}, id="with segments"),
    pytest.param(2, {"days": 120}, id="four months"),
    pytest.param(3, {"with_segments": False}, id="everybody a resident"),
]


@pytest.mark.parametrize(
    ("seed", "options"), [*PORTFOLIOS, pytest.param(4, {"time_zone": "America/Los_Angeles"}, id="far from UTC")]
)
def test_random_statements_add_up(seed, options):
    assert_adds_up(*known(random_portfolio(seed, **options)))


def test_statements_of_the_incident_log_add_up(incident_log):
    """Those of one caller in thirty; the rest is like them."""
    first_day, as_of = LOG_DAYS
    rows = incidents.contract_rows(incident_log, as_of)
    callers = sorted({row["customer_id"] for row in rows["interactions"]})[::30]
    tables = {table: [row for row in kept if row["customer_id"] in set(callers)] for table, kept in rows.items()}
    assert_adds_up(tables, as_of, first_day)


def test_random_portfolios_have_all_that_a_statement_can_show():
    portfolio = random_portfolio(1)
    posted = statements(*known(portfolio))
    assert {line.line_kind for line in posted} == KINDS
    assert set(trends(posted, *known(portfolio)).values()) == {"new", "rising", "falling", "steady"}
    by_day = defaultdict(list)
    for line in posted:
        by_day[line.customer_id, line.statement_on].append(line)
    kinds = [tuple(line.line_kind for line in day) for day in by_day.values()]
    for together in (("fading", "waiting", "segment"), ("segment", "property"), ("contact", "resolution")):
        assert any(kinds_of_day[n : n + len(together)] == together for kinds_of_day in kinds for n in range(4)), (
            together
        )
    cases = {
        "a contact and a resolution at one time": lambda a, b: (
            a.occurred_at == b.occurred_at and (a.line_kind, b.line_kind) == ("contact", "resolution")
        ),
        "two contacts at one time": lambda a, b: a.occurred_at == b.occurred_at and a.tone is not None is not b.tone,
        "a contact in no segment": lambda a, b: b.line_kind == "contact" and a.score_after == b.score_after == 0,
    }
    pairs = [(a, b) for day in by_day.values() for a, b in pairwise(day)]
    for name, is_case in cases.items():
        assert any(is_case(a, b) for a, b in pairs), name
    assert any(line.line_kind == "fading" and line.score_change == 0 for line in posted)
    assert any(line.excerpt and line.excerpt.endswith("…") for line in posted)


# The random portfolios tell right from wrong: each of these errors shows in them


def _replaced(name: str, make):
    """An error: `make(right)` in place of what the oracle has under that name."""

    def change(monkeypatch):
        monkeypatch.setattr(statement_oracle, name, make(getattr(statement_oracle, name)))

    return change


def _ordered(order):
    return lambda monkeypatch: monkeypatch.setattr(statement_oracle.Event, "order", property(order))


def _knows(events_too):
    """What was known at a moment includes some of the day's events that had not happened yet."""

    def make(right):
        def so_far(account, day, happened):
            return right(account, day, [*happened, *events_too(statement_oracle.events_on(account, day), happened)])

        return so_far

    return _replaced("so_far", make)


def _tellers(order):
    def tellers(account, day):
        told = [
            (order(contact, message), message.category, contact.contact_id)
            for contact in account.contacts
            for message in contact.messages
            if contact.on == day and message in account.problems
        ]
        return {category: contact_id for _, category, contact_id in sorted(told, key=lambda each: each[0])}

    return _replaced("first_tellers", lambda _: tellers)


def _leading(order):
    return _replaced("leading_message", lambda _: lambda messages: min(messages, key=order))


def _held(opened_on):
    def held(account, last_day, day):
        issues = [replace(i, opened_on=opened_on(i.opened_on, last_day, day)) for i in account.issues]
        return replace(account, issues=issues)

    return _replaced("held", lambda _: held)


def _moves_also(is_move):
    def make(right):
        def moves(account, day):
            before, now = (oracle.stay_on(account, on) for on in (day - timedelta(days=1), day))
            others = [move for move in right(account, day) if move != "property"]
            return [*others, *["property"] * bool(is_move(before, now))]

        return moves

    return _replaced("moves_on", make)


def back(at: datetime) -> timedelta:
    """What sorts the later time first."""
    return datetime(9999, 1, 1) - at  # noqa: DTZ001 - local


ERRORS = {
    "open issues grow older while it fades": _held(lambda opened_on, last_day, day: opened_on),
    "issues that opened since the last line fade": _held(
        lambda opened_on, last_day, day: opened_on + (day - last_day) if opened_on <= last_day else opened_on
    ),
    "time passes under the new segment": _replaced(
        "time_passed",
        lambda right: (
            lambda account, last_day, day, segment, rules: right(
                account,
                last_day,
                day,
                (oracle.stay_on(account, day) or oracle.stay_on(account, last_day)).segment,
                rules,
            )
        ),
    ),
    "resolutions are known in the morning": _knows(
        lambda events, happened: [event for event in events if event.kind == "resolution"]
    ),
    "the opening and the segment know the day": _knows(lambda events, happened: [] if happened else events),
    "contacts are posted a day at a time": _knows(lambda events, happened: events if happened else []),
    "resolutions before contacts": _ordered(lambda e: (e.at, e.kind == "contact", e.event_id)),
    "events by their ids": _ordered(lambda e: (e.kind, e.event_id)),
    "contacts by their last message": _ordered(
        lambda e: (max(m.at for m in e.subject.messages) if e.kind == "contact" else e.at, e.kind, e.event_id)
    ),
    "the last contact in a category posts": _tellers(lambda contact, message: (message.at, contact.contact_id)),
    "the contact that began first posts": _tellers(
        lambda contact, message: [back(min(m.at for m in contact.messages)), contact.contact_id]
    ),
    "the earliest message leads": _leading(lambda m: (m.at, m.interaction_id)),
    "the most pleasant message leads": _leading(lambda m: (-m.tone, m.at, m.interaction_id)),
    "of equal messages the latest leads": _leading(lambda m: (-abs(m.tone), back(m.at), m.interaction_id)),
    "of equal messages the last id leads": _leading(
        lambda m: (-abs(m.tone), m.at, [-ord(character) for character in m.interaction_id])
    ),
    "no property is none to move to": _moves_also(
        lambda before, now: (
            before and now and None not in (pair := {before.property_id, now.property_id}) and len(pair) > 1
        )
    ),
    "coming back elsewhere is a move": _moves_also(
        lambda before, now: now and (before is None or before.property_id != now.property_id)
    ),
    "an excerpt of 140 and an ellipsis": _replaced(
        "excerpt", lambda right: lambda body: body and right(body) and right(body[:140]) + "…" * (len(body) > 140)
    ),
    "an excerpt as it was written": _replaced("excerpt", lambda _: lambda body: (body or "").strip()[:140] or None),
}


@pytest.fixture(scope="module")
def right() -> tuple[histories.Portfolio, list[Line]]:
    portfolio = random_portfolio(1)
    return portfolio, statements(*known(portfolio))


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_shows(error, right, monkeypatch):
    portfolio, lines = right
    ERRORS[error](monkeypatch)
    assert statements(*known(portfolio)) != lines


TREND_ERRORS = {
    "fading counts": lambda lines, day, had_score, right: right(
        [replace(n, line_kind="contact") if n.line_kind == "fading" else n for n in lines], day, had_score
    ),
    "waiting does not count": lambda lines, day, had_score, right: right(
        [n for n in lines if n.line_kind != "waiting"], day, had_score
    ),
    "a change of segment is no reason": lambda lines, day, had_score, right: right(
        [n for n in lines if n.line_kind != "segment"], day, had_score
    ),
    "nobody is new": lambda lines, day, had_score, right: right(lines, day, True),
    "eight days": lambda lines, day, had_score, right: right(
        [replace(n, statement_on=day) if (day - n.statement_on).days == 7 else n for n in lines], day, had_score
    ),
    "six days": lambda lines, day, had_score, right: right(
        [n for n in lines if (day - n.statement_on).days != 6], day, had_score
    ),
}


@pytest.mark.parametrize("error", TREND_ERRORS)
def test_an_error_of_the_trend_shows(error, right, monkeypatch):
    portfolio, lines = right
    before, of_one = trends(lines, *known(portfolio)), statement_oracle.trend
    monkeypatch.setattr(statement_oracle, "trend", lambda *given: TREND_ERRORS[error](*given, of_one))
    assert trends(lines, *known(portfolio)) != before


# The marts against the oracle


def comparable(values) -> list:
    """A tone from a text has the last digits of the powers of e that either has."""
    return [round(value, 9) if isinstance(value, float) else value for value in values]


def assert_statements_equal(connection, tables, as_of, first_day, time_zone="UTC", rules=RULES):
    posted = statements(tables, as_of, first_day, time_zone, rules)
    expected = {
        (line.customer_id, line.line_number): comparable(getattr(line, name) for name in COLUMNS) for line in posted
    }
    rows = connection.execute(f"select {', '.join(COLUMNS)} from marts.score_statement").fetchall()
    stored = {row[:2]: comparable(row) for row in rows}
    assert expected
    assert len(stored) == len(rows)
    # Customers first, and few of what differs: a line too many moves all lines after it.
    differing = sorted(key for key in stored | expected if stored.get(key) != expected.get(key))
    assert not differing, [shown(stored.get(key), expected.get(key)) for key in first_of_each(differing)[:3]]
    trend = dict(connection.execute("select customer_id, trend from marts.customer_scores_current").fetchall())
    expected_trend = trends(posted, tables, as_of, first_day, time_zone, rules)
    assert len(trend.keys() ^ expected_trend.keys()) == 0
    differing = [(c, trend[c], expected_trend[c]) for c in trend if trend[c] != expected_trend[c]]
    assert not differing, differing[:3]


def first_of_each(keys: list[tuple[str, int]]) -> list[tuple[str, int]]:
    return [key for number, key in enumerate(keys) if key[0] != keys[number - 1][0] or number == 0]


def shown(stored, expected) -> dict:
    """What differs between two lines, or the one that has no other."""
    if stored is None or expected is None:
        return {"only stored": stored, "only expected": expected}
    both = {name: (a, b) for name, a, b in zip(COLUMNS, stored, expected, strict=True)}
    return {name: pair for name, pair in both.items() if name in COLUMNS[:5] or pair[0] != pair[1]}


@pytest.mark.parametrize(("seed", "options"), PORTFOLIOS)
def test_random_statements(project, tmp_path, seed, options):
    compare(project, tmp_path, random_portfolio(seed, **options))


def test_random_statements_far_from_utc(pacific_project, tmp_path):
    compare(pacific_project, tmp_path, random_portfolio(4, time_zone="America/Los_Angeles"))


def compare(project, folder, portfolio):
    folders = histories.write_csv(portfolio, folder / "raw")
    with project.score(folder / "warehouse", folders, portfolio.as_of, portfolio.first_day) as connection:
        assert_statements_equal(connection, *known(portfolio))


def test_statements_of_the_incident_log(project, incident_log, tmp_path):
    first_day, as_of = LOG_DAYS
    with project.score(tmp_path / "warehouse", [incident_log], as_of, first_day, source="servicenow") as connection:
        assert_statements_equal(connection, incidents.contract_rows(incident_log, as_of), as_of, first_day)
