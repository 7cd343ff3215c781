"""What a run prints at its end, read from the marts."""

import os
import sys
from pathlib import Path

import duckdb
from rich.markup import escape
from rich.table import Table

from runner.alerting import Alerts
from runner.display import console, count, signed, titled_table
from runner.loading import LoadReport

ENDS = 5
ALERTS = 10
# The parts that add up to what was loaded.
FATES = ("used", "waiting", "older_copies", "withdrawn", "rejected")


def print_load(report: LoadReport) -> None:
    """What the loader read and what it passed over."""
    for table, rows in report.rows.items():
        console.print(f"  loaded  {table}: {count(rows, 'row')}")
    for table, rows in report.refused.items():
        console.print(f"  [yellow]refused[/] {table}: {count(rows, 'row')} of people who were forgotten")
    if report.unchanged:
        console.print(f"  skipped {count(len(report.unchanged), 'file')}, unchanged since the last load")
    for name, columns in report.ignored_columns.items():
        console.print(f"  [yellow]ignored[/] {escape(name)}: unknown columns {_first(columns, 12)}")
    if report.ignored_files:
        console.print(f"  [yellow]ignored[/] files of no table: {_first(report.ignored_files, 5)}")


def _first(names: list[str], number: int) -> str:
    more = f" and {len(names) - number} more" if len(names) > number else ""
    return escape(", ".join(names[:number])) + more


def print_run(connection: duckdb.DuckDBPyConnection) -> None:
    """The fate of all rows, who was scored, the best and the worst, the biggest falls."""
    _print_rows(connection)
    if _print_scored(connection):
        _print_ends(connection)
        _print_falls(connection)


def print_alerts(alerts: Alerts) -> None:
    """New alerts, a few of them and the number of all."""
    title = count(alerts.new, "new alert") if alerts.new else "No new alerts"
    title += f", the latest {len(alerts.shown)}" if alerts.new > len(alerts.shown) else ""
    title += f"; {alerts.open:,} open, all in marts.customer_alerts" if alerts.open else ""
    if not alerts.shown:
        console.print(title)
        return
    table = _customer_table(title, "since", "alert")
    for alert in alerts.shown:
        where, what = alert["property_id"] or "", " ".join(alert["what"].split())
        table.add_row(str(alert["raised_on"]), escape(alert["customer_id"]), escape(where), escape(what))
    console.print(table)


def print_journey_warnings(connection: duckdb.DuckDBPyConnection) -> None:
    """Scorecards that later outcomes belie, by seed journey_settings."""
    for outcome, n, intercept, slope, until in connection.execute(
        "select outcome, n, calibration_intercept, calibration_slope, trained_until from marts.journey_quality "
        "where is_stale order by outcome"
    ).fetchall():
        slope_in_words = "" if slope is None else f", slope {slope:.2f}"
        console.print(
            f"  [yellow]stale[/]    the scorecard of {escape(outcome)}, trained until {until}: on {n:,} later outcomes "
            f"its calibration intercept is {intercept:+.2f}{slope_in_words}. Train it anew (docs/journey-score.md)."
        )


def print_where_to_look(warehouse: Path) -> None:
    """What to type next, after the demo."""
    tool, path = f"{_short(sys.executable)} {_short(sys.argv[0])}", escape(str(warehouse))
    console.print()
    console.print("[bold]Where to look[/]")
    for command, meaning in {
        f"{tool} explain c0000001 --warehouse {path}": "a chronic leak",
        f"{tool} explain c0000003 --warehouse {path}": "a resident won back",
        f"{tool} journey --warehouse {path}": "the four answers of the journey: needs, fixes, advocates",
        f"{tool} run --raw YOUR_FOLDER": "your own files (docs/bring-your-own-data.md)",
    }.items():
        console.print(f"  {command}  [dim]{meaning}[/]", soft_wrap=True)
    console.print(f"  The tables are in {path}, schema marts; the stories in docs/demo-data.md.", soft_wrap=True)


def _short(path: str) -> str:
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative


def _print_rows(connection) -> None:
    table = Table(title="Rows", title_justify="left", box=None, pad_edge=False)
    table.add_column("table")
    for name in ("loaded", *FATES):
        table.add_column(name.replace("_", " "), justify="right")
    rows = connection.execute(
        f"select raw_table, loaded, {', '.join(FATES)} from marts.load_summary order by source_kind, loaded desc"
    ).fetchall()
    for name, *numbers in rows:
        table.add_row(name, *(f"{number:,}" for number in numbers))
    console.print(table)
    totals = [sum(row[place] for row in rows) for place in range(1, len(FATES) + 2)]
    parts = " + ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in zip(FATES, totals[1:], strict=True))
    sign = "=" if totals[0] == sum(totals[1:]) else "[red]≠[/]"
    console.print(f"{totals[0]:,} rows loaded {sign} {parts}")
    _print_warnings(connection)


def _print_warnings(connection) -> None:
    reasons = connection.execute(
        "select raw_table, reason_in_words, count(*), min_by(file, (load_id, file, file_row)), "
        "min_by(file_row, (load_id, file, file_row)) from marts.rejected_rows "
        "group by raw_table, reason_in_words order by count(*) desc, raw_table, reason_in_words"
    ).fetchall()
    for table, reason, rows, file, row in reasons:
        console.print(
            f"  [yellow]rejected[/] {table}: {count(rows, 'row')}. {reason} (first: {escape(file)}, row {row})"
        )
    for table, waiting, until, beyond in connection.execute(
        "select raw_table, waiting, waiting_until, waiting_beyond_load from marts.load_summary where waiting > 0"
    ).fetchall():
        doubt = f", {beyond:,} of them dated more than a day after their load" if beyond else ""
        console.print(
            f"  [yellow]waiting[/]  {table}: {count(waiting, 'row')} dated after this run, until {until}{doubt}"
        )
    for repair, meaning in {
        "unknown_channels": "of an unknown channel count as other",
        "unknown_directions": "of an unknown direction count as inbound",
        "resolved_before_opened": "resolved before they opened close on the day they opened",
        "overlapping_intervals": "that overlap the next one end where it starts",
    }.items():
        for table, rows in connection.execute(
            f"select raw_table, {repair} from marts.load_summary where {repair} > 0"
        ).fetchall():
            console.print(f"  [yellow]repaired[/] {table}: {count(rows, 'row')} {meaning}")
    for table, until, days in connection.execute(
        "select raw_table, last_dated_on, days_silent from marts.load_summary where is_silent order by raw_table"
    ).fetchall():
        console.print(f"  [yellow]silent[/]   {table}: nothing dated after {until}, {count(days, 'day')} before as-of")
    (assumed,) = connection.execute("select count(*) from intermediate.customer_segments where is_assumed").fetchone()
    if assumed:
        verb = "counts as a resident" if assumed == 1 else "count as residents"
        console.print(
            f"  [yellow]assumed[/]  {count(assumed, 'customer')} without customer_segments {verb} "
            "from the first interaction on"
        )


def _print_scored(connection) -> int:
    # From the counts: a million customers scored for a year are as quickly told as three.
    scores, first, last, customers = connection.execute(
        "select sum(customers), min(score_date), max(score_date), "
        "sum(customers) filter (where score_date = (select max(score_date) from marts.score_distribution_daily)) "
        "from marts.score_distribution_daily"
    ).fetchone()
    console.print()
    if scores:
        console.print(
            f"[bold]{count(customers, 'customer')} scored[/] on {last}: {count(scores, 'score')} since {first}"
        )
        _print_what_was_new(connection)
    else:
        console.print(
            "[yellow]No customer was scored.[/] Nobody is in a segment on a day to score: look at the waiting and "
            "rejected rows above, at customer_segments, and at --from and --as-of."
        )
    return scores or 0


def _print_what_was_new(connection) -> None:
    row = connection.execute(
        "select days_scored, customers_touched, rows_late, most_days_late, earliest_change, total_seconds "
        "from marts.run_log order by run_id desc limit 1"
    ).fetchone()
    if row:
        days, touched, late, most, earliest, seconds = row
        since = f" (scores changed back to {earliest})" if earliest else ""
        lateness = f", {count(late, 'row')} late by up to {count(most, 'day')}" if late else ""
        console.print(
            f"{count(days, 'new day')}, {count(touched, 'customer')} touched{since}{lateness}; {seconds or 0:.1f} s"
        )


def _print_ends(connection) -> None:
    sizes = connection.execute(
        "select segment, count(*) from marts.customer_scores_current group by segment order by segment desc"
    ).fetchall()
    for segment, size in sizes:
        rows = connection.execute(
            "select row_number() over (order by portfolio_rank, customer_id) as place, portfolio_rank, customer_id, "
            "customer_name, coalesce(property_name, property_id, ''), score, change_7d, band "
            "from marts.customer_scores_current where segment = ? "
            "qualify place <= ? or place > ? order by place",
            [segment, ENDS, size - ENDS],
        ).fetchall()
        title = f"{segment.capitalize()}s, best and worst of {size:,}"
        table = _customer_table(title, "rank", "score", "7 days", "band")
        for place, rank, customer, name, where, score, change, band in rows:
            if place == size - ENDS + 1 > ENDS + 1:
                table.add_row("⋮")
            table.add_row(f"{rank:,}", _who(customer, name), escape(where), f"{score}", signed(change), band)
        console.print(table)


def _print_falls(connection) -> None:
    rows = connection.execute(FALLS, [ENDS]).fetchall()
    if not rows:
        return
    table = _customer_table("Biggest falls of the week", "7 days", "score", "segment", "most of it")
    for customer, name, where, change, score, segment, what, day, points in rows:
        most = f"{points:+.2f} {what} on {day}" if what else "nothing but time"
        table.add_row(signed(change), _who(customer, name), escape(where), f"{score}", segment, escape(most))
    console.print(table)


# Each with the line that did most of it, if one did.
FALLS = """
with

falls as (

    select
        customer_id,
        change_7d,
        score,
        segment,
        case when score_change < 0 then concat_ws(' · ', coalesce(nature, line_kind), issue_category) end as what,
        statement_on,
        score_change
    from marts.score_movers
    where direction = 'fall'
    qualify row_number() over (partition by customer_id order by score_change nulls last, line_number) = 1

)

select
    falls.customer_id,
    customers.customer_name,
    coalesce(customers.property_name, customers.property_id, ''),
    falls.change_7d,
    falls.score,
    falls.segment,
    falls.what,
    falls.statement_on,
    falls.score_change
from falls
inner join marts.customer_scores_current as customers
    on falls.customer_id = customers.customer_id
order by falls.change_7d, falls.customer_id
limit ?
"""


def _customer_table(title: str, first: str, *others: str) -> Table:
    table = titled_table(title)
    table.add_column(first, justify="right")
    table.add_column("customer", max_width=36, no_wrap=True, overflow="ellipsis")
    table.add_column("property", max_width=28, no_wrap=True, overflow="ellipsis")
    for name in others:
        table.add_column(name, justify="left" if name in ("band", "segment", "alert", "most of it") else "right")
    return table


def _who(customer: str, name: str | None) -> str:
    return escape(f"{customer} {name}" if name else customer)
