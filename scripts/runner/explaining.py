"""`explain`: one customer's score, where its points come from, and what happened."""

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
from rich.markup import escape
from rich.table import Table

from runner.display import bar, console, count, print_columns, signed, sparkline
from runner.errors import InputError
from runner.past import Knowledge
from runner.warehouse import table_exists

FACTORS = {
    "frequency": "do they seek us out, or do they have to chase us?",
    "tone": "how did all contacts feel, on balance?",
    "variety": "how many different things went wrong?",
    "persistence": "do problems stay?",
    "recency": "how did it feel lately?",
}
WIDE = 100


@dataclass(frozen=True)
class Score:
    """The last score of a customer, and the points that each factor could have given."""

    score_date: date
    segment: str
    property_id: str | None
    score: float
    points: dict[str, float]
    possible: dict[str, float]
    confidence: float
    band: str
    portfolio_rank: int
    segment_size: int


def explain(
    connection: duckdb.DuckDBPyConnection, customer: str, days: int = 90, known: Knowledge | None = None
) -> None:
    """Prints a customer's score, its course over `days`, the five factors, and every event of those days.

    known: what the warehouse was written from, if it holds one customer of a past one: they have no rank there.
    Raises InputError where nothing is scored yet, or never this customer.
    """
    if not table_exists(connection, "marts.customer_scores_daily"):
        raise InputError("Nothing is scored in this warehouse yet. Run `rapport.py run --raw DIR` first.")
    score = _last_score(connection, customer)
    first_day = score.score_date - timedelta(days=days - 1)
    _print_score(connection, customer, score, known)
    _print_course(connection, customer, first_day, score.score_date)
    _print_factors(score)
    _print_open_issues(connection, customer, score.score_date)
    _print_events(connection, customer, first_day, score.score_date)


def _last_score(connection, customer: str) -> Score:
    points = ", ".join(f"{factor}_points" for factor in FACTORS)
    row = connection.execute(
        f"select score_date, segment, property_id, score, confidence, band, portfolio_rank, segment_size, {points} "
        "from marts.customer_scores_daily where customer_id = ? order by score_date desc limit 1",
        [customer],
    ).fetchone()
    if not row:
        raise _unknown_customer(connection, customer)
    day, segment, property_id, score, confidence, band, rank, size, *factor_points = row
    possible = dict(
        connection.execute(
            "select factor, cast(100 * weight as double) from rules.factor_weights where segment = ?", [segment]
        ).fetchall()
    )
    points = dict(zip(FACTORS, factor_points, strict=True))
    return Score(day, segment, property_id, score, points, possible, confidence, band, rank, size)


def _unknown_customer(connection, customer: str) -> InputError:
    known = connection.execute(
        "select count(*) from intermediate.customers where customer_id = ?", [customer]
    ).fetchone()[0]
    if known:
        return InputError(
            f"Customer {customer} is known, but was in no segment on any scored day. Look at customer_segments."
        )
    near = connection.execute(
        "select customer_id from intermediate.customers "
        "order by jaro_winkler_similarity(customer_id, ?) desc, customer_id limit 3",
        [customer],
    ).fetchall()
    hint = f" Did you mean {', '.join(name for (name,) in near)}?" if near else ""
    return InputError(f"Customer {customer} is not known.{hint}")


def _print_score(connection, customer: str, score: Score, known: Knowledge | None) -> None:
    name, property_name = connection.execute(
        "select max(customer_name), (select max(property_name) from intermediate.properties where property_id = ?) "
        "from intermediate.customers where customer_id = ?",
        [score.property_id, customer],
    ).fetchone()
    who = " · ".join(
        escape(part) for part in (customer, name, score.segment, property_name or score.property_id) if part
    )
    console.print(f"[bold]{who}[/]")
    if known:
        console.print(f"[yellow]{known.in_words()}[/]")
    latest = connection.execute("select max(score_date) from marts.customer_scores_daily").fetchone()[0]
    gone = (
        "" if score.score_date == latest else f" [yellow](in no segment since; the portfolio is scored to {latest})[/]"
    )
    rank = "" if known else f", rank {score.portfolio_rank:,} of {score.segment_size:,} {score.segment}s"
    console.print(
        f"[bold]{score.score}[/] of 100 on {score.score_date}{gone}: {score.band}{rank}, "
        f"confidence {score.confidence:.2f}"
    )


def _print_course(connection, customer: str, first_day: date, last_day: date) -> None:
    scores = dict(
        connection.execute(
            "select score_date, score from marts.customer_scores_daily "
            "where customer_id = ? and score_date between ? and ?",
            [customer, first_day, last_day],
        ).fetchall()
    )
    days = [first_day + timedelta(days=number) for number in range((last_day - first_day).days + 1)]
    console.print(sparkline([scores.get(day) for day in days]), soft_wrap=True)
    console.print(
        f"{min(scores.values())} to {max(scores.values())} in {count(len(days), 'day')}, "
        f"{signed(_change(scores, last_day, 7))} in 7 and {signed(_change(scores, last_day, 30))} in 30"
    )


def _change(scores: dict, day: date, days: int) -> float | None:
    before = scores.get(day - timedelta(days=days))
    return None if before is None else scores[day] - before


def _print_factors(score: Score) -> None:
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 0))
    for factor, question in FACTORS.items():
        points, possible = score.points[factor], score.possible[factor]
        cells = [factor, bar(float(points) / float(possible)), f"{points:>5} of {possible:g}"]
        table.add_row(*cells, *([f"[dim]{question}[/]"] if console.width >= WIDE else []))
    console.print()
    console.print(table)


def _print_open_issues(connection, customer: str, day: date) -> None:
    issues = connection.execute(
        "select concat_ws(' · ', issue_id, issue_category), opened_on, $day - opened_on from intermediate.issues "
        "where customer_id = $customer and opened_on <= $day and (closed_on is null or closed_on > $day) "
        "order by opened_on, issue_id",
        {"customer": customer, "day": day},
    ).fetchall()
    for name, opened_on, age in issues:
        console.print(f"open issue  {escape(name)} since {opened_on} ({count(age, 'day')})")


def _print_events(connection, customer: str, first_day: date, last_day: date) -> None:
    events = connection.execute(EVENTS, {"customer": customer, "first_day": first_day, "last_day": last_day}).fetchall()
    console.print()
    console.print(f"[bold]{count(len(events), 'event')}[/] from {first_day} to {last_day}, the latest first")
    rows = [
        [f"{at:%Y-%m-%d %H:%M}", what, nature, _tone(tone), matter, _how(channel, messages), text]
        for at, what, nature, tone, matter, channel, messages, text in events
    ]
    print_columns(rows)


def _tone(tone: float | None) -> str:
    return "" if tone is None else f"{tone:+.2f}"


def _how(channel: str | None, messages: int) -> str:
    return " · ".join(part for part in (channel, f"{messages} messages" if messages > 1 else None) if part)


# Of several messages of one contact the first tells the channel and what was said; all of them tell the touchpoint.
EVENTS = """
with

messages as (

    select
        *,
        row_number() over (partition by contact_id order by occurred_at, interaction_id) as message_number
    from intermediate.interactions
    where
        customer_id = $customer
        and direction = 'inbound'

),

events as (

    select
        min(occurred_at) as occurred_at,
        coalesce(string_agg(distinct touchpoint, ' + ' order by touchpoint), 'contact') as what,
        string_agg(distinct nature, ' + ' order by nature) as nature,
        min(signed_tone) as tone,
        concat_ws(' · ', min(issue_id), min(case when message_number = 1 then issue_category end)) as matter,
        min(case when message_number = 1 then channel end) as channel,
        count(*) as messages,
        min(case when message_number = 1 then trim(regexp_replace(body, '\\s+', ' ', 'g')) end) as body,
        contact_id as event_id
    from messages
    group by contact_id

    union all

    select
        closed_at,
        'resolution',
        null,
        null,
        concat_ws(' · ', issue_id, issue_category),
        null,
        1,
        null,
        issue_id
    from intermediate.issues
    where
        customer_id = $customer
        and closed_at is not null

)

select * exclude (event_id)
from events
where cast(occurred_at as date) between $first_day and $last_day
order by occurred_at desc, what, event_id
"""
