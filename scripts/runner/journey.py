"""The journey's four answers, as a person reads them (docs/journey.md)."""

import duckdb
from rich.markup import escape

from runner.display import console, titled_table
from runner.warehouse import nothing_scored_error, table_exists

FIXES_SHOWN, MONTHS_SHOWN = 8, 6

NEEDS = """
    select touchpoint, core_need, segment, pooled_responses, pooled_share, pooled_lower, pooled_upper, target, verdict
    from marts.touchpoint_needs_monthly
    where month = (select max(month) from marts.touchpoint_needs_monthly)
    order by stage_order, stage, touchpoint, segment
"""
# Of touchpoints that exceed their need already nothing is to be done.
FIXES = """
    select touchpoint, driver, satisfied_share, gain, gain_lower, gain_upper, responses_moved, responses
    from marts.touchpoint_fixes
    where verdict = 'worth fixing' and touchpoint not in (
        select touchpoint from marts.touchpoint_needs_monthly
        where month = (select max(month) from marts.touchpoint_needs_monthly)
        group by touchpoint
        having bool_and(verdict = 'exceeding')
    )
    order by responses_moved desc, touchpoint, fix_rank
    limit ?
"""
FACTORS = """
    select want_rank, want_rank_lower, want_rank_upper, outcome, touchpoint, core_need, importance, lowest_log_odds,
        highest_log_odds
    from marts.advocacy_factors
    order by outcome, want_rank, touchpoint
"""
ADVOCATES = """
    select month, segment, respondents, nps, nps_lower, nps_upper, nps_finding, first_measured, converted, kept, lost,
        created_per_100, created_per_100_lower, created_per_100_upper, created_finding
    from marts.advocates_monthly
    qualify dense_rank() over (order by month desc) <= ?
    order by segment desc, month
"""
EFFECTS = """
    select outcome, touchpoint, exceeded, exceeded_event_share, missed, missed_event_share, effect, effect_lower,
        effect_upper, verdict
    from marts.journey_effects
    where verdict <> 'too few'
    order by outcome, touchpoint
"""


def print_journey(connection: duckdb.DuckDBPyConnection) -> None:
    """The four answers, each a table; one that nothing is known for says why. Effects, where some were estimated.

    Raises InputError where nothing is scored yet.
    """
    if not table_exists(connection, "marts.touchpoint_needs_monthly"):
        raise nothing_scored_error()
    _print_needs(connection.execute(NEEDS).fetchall())
    _print_fixes(connection)
    _print_factors(connection.execute(FACTORS).fetchall())
    _print_advocates(connection.execute(ADVOCATES, [MONTHS_SHOWN]).fetchall())
    _print_effects(connection.execute(EFFECTS).fetchall())


def _print_needs(rows: list[tuple]) -> None:
    title = "Are we consistently exceeding the need? The last three calendar months"
    if not rows:
        _print_nothing(title, "no surveys and no issues that closed")
        return
    table = titled_table(title)
    for name in ("touchpoint", "need", "segment"):
        table.add_column(name)
    for name in ("responses", "exceeded", "95 % interval", "target"):
        table.add_column(name, justify="right")
    table.add_column("verdict")
    for touchpoint, need, segment, responses, share, lower, upper, target, verdict in rows:
        shares = (_percent(share), _interval(lower, upper, _percent), _percent(target))
        table.add_row(escape(touchpoint), escape(need or ""), segment, f"{responses:,}", *shares, verdict)
    console.print(table)


def _print_fixes(connection: duckdb.DuckDBPyConnection) -> None:
    title = "If not, what precisely is to be done?"
    rows = connection.execute(FIXES, [FIXES_SHOWN]).fetchall()
    if not rows:
        (trained,) = connection.execute("select count(*) from marts.touchpoint_fixes").fetchone()
        _print_nothing(title, "no driver is sure to help" if trained else "no drivers were trained yet")
        return
    table = titled_table(title)
    for name in ("touchpoint", "what to fix"):
        table.add_column(name)
    for name in ("satisfied now", "gain, points", "95 % interval", "responses moved"):
        table.add_column(name, justify="right")
    for touchpoint, driver, satisfied, gain, lower, upper, moved, responses in rows:
        points = (_points(gain), _interval(lower, upper, _points))
        table.add_row(
            escape(touchpoint), escape(driver), _percent(satisfied), *points, f"{moved:,.0f} of {responses:,}"
        )
    console.print(table)


def _print_factors(rows: list[tuple]) -> None:
    title = "What makes advocates?"
    if not rows:
        _print_nothing(title, "no scorecard was trained yet")
        return
    table = titled_table(title)
    for name in ("rank", "95 % interval", "importance"):
        table.add_column(name, justify="right")
    for name in ("touchpoint", "need", "outcome"):
        table.add_column(name)
    for name in ("can cost", "can bring"):
        table.add_column(name, justify="right")
    for rank, best, worst, outcome, touchpoint, need, importance, lowest, highest in rows:
        log_odds = ("–" if each is None else f"{each:+.2f}" for each in (lowest, highest))
        ranks = (str(rank), _interval(best, worst, str))
        table.add_row(*ranks, _percent(importance), escape(touchpoint), escape(need or ""), escape(outcome), *log_odds)
    console.print(table)


def _print_advocates(rows: list[tuple]) -> None:
    title = "How often do we create advocates? Of 100 who were asked before"
    if not rows:
        _print_nothing(title, "no relationship survey")
        return
    table = titled_table(title)
    for name in ("month", "segment"):
        table.add_column(name)
    for name in ("asked", "NPS", "95 % interval", "first met", "created", "kept", "lost", "per 100", "95 % interval"):
        table.add_column(name, justify="right")
    for (
        month,
        segment,
        asked,
        nps,
        nps_lower,
        nps_upper,
        nps_finding,
        *transitions,
        rate,
        lower,
        upper,
        finding,
    ) in rows:
        score = (
            ("–", nps_finding) if nps_finding == "too few" else (_whole(nps), _interval(nps_lower, nps_upper, _whole))
        )
        created = ("–", finding) if finding == "too few" else (_whole(rate), _interval(lower, upper, _whole))
        table.add_row(f"{month:%Y-%m}", segment, f"{asked:,}", *score, *map(str, transitions), *created)
    console.print(table)


def _print_effects(rows: list[tuple]) -> None:
    if not rows:
        return
    table = titled_table("Does an exceeded need, rather than a missed one, cause the outcome?")
    for name in ("outcome", "touchpoint"):
        table.add_column(name)
    for name in ("exceeded: came", "missed: came", "effect, points", "95 % interval"):
        table.add_column(name, justify="right")
    table.add_column("verdict")
    for outcome, touchpoint, exceeded, exceeded_share, missed, missed_share, effect, lower, upper, verdict in rows:
        shares = (f"{_percent(exceeded_share)} of {exceeded:,}", f"{_percent(missed_share)} of {missed:,}")
        effects = (_points(effect), _interval(lower, upper, _points))
        table.add_row(escape(outcome), escape(touchpoint), *shares, *effects, verdict)
    console.print(table)


def _print_nothing(title: str, why: str) -> None:
    console.print(f"[bold]{title}[/]\n[dim]nothing to tell: {why}[/]")


def _interval(lower: float | None, upper: float | None, shown) -> str:
    return "–" if lower is None or upper is None else f"{shown(lower)} to {shown(upper)}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"


def _points(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:+.1f}"


def _whole(number: float) -> str:
    return f"{number:.0f}"
