"""`explain`: one customer's score, where its points come from, and what happened."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import duckdb
from rich.markup import escape
from rich.table import Table

from runner.display import bar, console, count, print_columns, signed, sparkline
from runner.errors import InputError
from runner.past import Knowledge
from runner.warehouse import nothing_scored_error, rows_of, table_exists

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
    """Prints a customer's score, its course over `days`, the five factors, and the statement of those days.

    known: what the warehouse was written from, if it holds one customer of a past one: they have no rank there.
    Raises InputError where nothing is scored yet, or never this customer.
    """
    _check_scored(connection)
    score = _last_score(connection, customer)
    first_day = score.score_date - timedelta(days=days - 1)
    _print_score(connection, customer, score, known)
    _print_course(connection, customer, first_day, score.score_date)
    _print_factors(score)
    _print_open_issues(connection, customer, score.score_date)
    _print_statement(connection, customer, first_day, score.score_date)


def _check_scored(connection) -> None:
    if not table_exists(connection, "marts.score_statement"):
        raise nothing_scored_error()


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


def _print_statement(connection, customer: str, first_day: date, last_day: date) -> None:
    lines = _history(connection, customer, first_day, last_day)
    console.print()
    console.print(f"[bold]{count(len(lines), 'line')}[/] from {first_day} to {last_day}, the latest first")
    print_columns([_line_cells(line) for line in lines])


def _line_cells(line: dict) -> list[str]:
    is_told = line["line_kind"] in ("contact", "outbound", "resolution")
    at = f"{line['occurred_at']:%Y-%m-%d %H:%M}" if is_told else f"{line['line_on']}"
    matter = " · ".join(part for part in (line["issue_id"], line["issue_category"]) if part)
    how = _how(line["channel"], line["messages"] or 1)
    words = line["excerpt"] or WORDS.get(line["line_kind"], "").format(**line)
    # In front, because a narrow terminal cuts the end off.
    words = f"({line['tone_words']}) {words}" if line["tone_words"] else words
    moved = "" if line["score_change"] is None else f"{line['score_change']:+.2f}"
    after = "" if line["score_after"] is None else f"{line['score_after']:.2f}"
    return [at, moved, after, line["nature"] or line["line_kind"], matter, how, words]


def _history(connection, customer: str, first_day: date, last_day: date) -> list[dict]:
    """The lines of some days, outbound messages among them, and what time did since the last one; the latest first."""
    days = {"customer": customer, "first_day": first_day, "last_day": last_day}
    return rows_of(connection.execute(HISTORY, days))


def explain_difference(connection: duckdb.DuckDBPyConnection, customer: str, first: date, last: date | None) -> None:
    """Prints in one sentence what moved a customer's score between two days, and the lines of the days between.

    last: the last day on which they are scored, if left out.
    Raises InputError where there is no score on one of the days, or they are in the wrong order.
    """
    _check_scored(connection)
    last = last or _last_score(connection, customer).score_date
    if first >= last:
        raise InputError(f"--from {first}: does not lie before {last}. Name an earlier day.")
    console.print(tell_difference(connection, customer, first, last), soft_wrap=True)
    _print_statement(connection, customer, first + timedelta(days=1), last)


def tell_difference(connection: duckdb.DuckDBPyConnection, customer: str, first: date, last: date) -> str:
    """One sentence: what moved a customer's score most from the end of one day to the end of another.

    Raises InputError where there is no score on one of the days.
    """
    scores = dict(
        connection.execute(
            "select score_date, score from marts.customer_scores_daily where customer_id = ? and score_date in (?, ?)",
            [customer, first, last],
        ).fetchall()
    )
    for day in (first, last):
        if day not in scores:
            raise _no_score(connection, customer, day)
    moves = _moves(connection, customer, first, last)
    change = scores[last] - scores[first]
    verb = "rose" if change > 0 else "fell"
    course = f"{verb} by {abs(change):.2f}" if change else "is the same"
    sentence = f"From {first} ({scores[first]:.2f}) to {last} ({scores[last]:.2f}) the score {course}"
    if not any(moves.values()):
        return f"{sentence}; nothing moved it."
    what, points = max(moves.items(), key=lambda move: abs(move[1]))
    return f"{sentence}; what moved it most is {what}: {points:+.2f}."


def _no_score(connection, customer: str, day: date) -> InputError:
    first, last = connection.execute(
        "select min(score_date), max(score_date) from marts.customer_scores_daily where customer_id = ?", [customer]
    ).fetchone()
    if first is None:
        return _unknown_customer(connection, customer)
    return InputError(f"{day}: {customer} has no score on that day. There are scores from {first} to {last}.")


def _moves(connection, customer: str, first: date, last: date) -> dict[str, Decimal]:
    """What happened between two days, and the points that it moved; they add up to the change of the score."""
    moves: dict[str, Decimal] = {}
    values = {"customer": customer, "first": first, "last": last}
    for kind, line_on, nature, category, channel, issue_id, points in connection.execute(EVENTS, values).fetchall():
        about = f" about {category}" if category else ""
        how = f" by {channel}" if channel else ""
        issue = f" of issue {issue_id}" if issue_id else ""
        what = {
            "contact": f"the {nature}{about}{how} on {line_on}",
            "resolution": f"the resolution{issue} on {line_on}",
            "segment": f"the change of segment on {line_on}",
            "opening": f"the first score on {line_on}",
        }.get(kind, f"the move on {line_on}")
        moves[what] = moves.get(what, Decimal(0)) + points
    fading, waiting = connection.execute(TIME, values).fetchone()
    moves["time, by which all that happened counts less"] = fading
    moves["time, by which open issues grow older"] = waiting
    return moves


def _how(channel: str | None, messages: int) -> str:
    return " · ".join(part for part in (channel, f"{messages} messages" if messages > 1 else None) if part)


WORDS = {
    "opening": "the score before that day's events",
    "fading": "all that happened counts less",
    "waiting": "open issues grow older",
    "segment": "now in segment {segment}",
    "property": "moved to {property_id}",
    "resolution": "resolved",
}

# What time did since the last line is no line yet: it is shown as if it became one on the last day.
HISTORY = """
with

lines as (

    select
        statement_on as line_on,
        line_number,
        line_kind,
        occurred_at,
        score_change,
        score_after,
        coalesce(segment, 'none') as segment,
        coalesce(property_id, 'no property') as property_id,
        nature,
        issue_id,
        issue_category,
        channel,
        messages,
        excerpt,
        tone_words
    from marts.score_statement
    where
        customer_id = $customer
        and statement_on between $first_day and $last_day

),

since as (

    select *
    from marts.score_statement_daily
    where
        customer_id = $customer
        and score_date = $last_day

),

time_since as (

    select $last_day as line_on, 'fading' as line_kind, fading_change as score_change, score_after + fading_change
        as score_after, 1 as step
    from since
    union all
    select $last_day, 'waiting', waiting_change, score_after + fading_change + waiting_change, 2
    from since

),

outbound as (

    select
        occurred_on as line_on,
        'outbound' as line_kind,
        occurred_at,
        nature,
        issue_id,
        issue_category,
        channel,
        trim(regexp_replace(body, '\\s+', ' ', 'g')) as excerpt,
        interaction_id
    from intermediate.interactions
    where
        customer_id = $customer
        and direction = 'outbound'
        and occurred_on between $first_day and $last_day

),

history as (

    select *, null as interaction_id, 0 as step
    from lines
    union all by name
    select *
    from time_since
    where score_change <> 0
    union all by name
    select * exclude (nature), null as nature, 0 as step
    from outbound

)

select * exclude (interaction_id, step)
from history
order by
    line_on desc,
    step = 0,
    step desc,
    coalesce(occurred_at, line_on) desc,
    line_number desc nulls last,
    interaction_id
"""

EVENTS = """
select line_kind, statement_on, nature, issue_category, channel, issue_id, score_change
from marts.score_statement
where
    customer_id = $customer
    and statement_on > $first
    and statement_on <= $last
    and line_kind not in ('fading', 'waiting')
order by line_number
"""

TIME = """
with

posted as (

    select
        coalesce(sum(score_change) filter (line_kind = 'fading'), 0) as fading,
        coalesce(sum(score_change) filter (line_kind = 'waiting'), 0) as waiting
    from marts.score_statement
    where
        customer_id = $customer
        and statement_on > $first
        and statement_on <= $last

),

since as (

    select
        sum(case score_date when $last then fading_change else -fading_change end) as fading,
        sum(case score_date when $last then waiting_change else -waiting_change end) as waiting
    from marts.score_statement_daily
    where
        customer_id = $customer
        and score_date in ($first, $last)
        and $first <> $last

)

select posted.fading + coalesce(since.fading, 0), posted.waiting + coalesce(since.waiting, 0)
from posted
cross join since
"""
