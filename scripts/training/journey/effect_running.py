"""`journey-effects`: from raw files to the table of what exceeded needs do to an outcome."""

from dataclasses import replace
from datetime import date

import duckdb
import pandas as pd
from runner.errors import InputError
from threadpoolctl import threadpool_limits

from training.journey.effects import Estimate, Options, estimate
from training.journey.running import Order, Progress, built, of_other_outcomes
from training.journey.scorecard import version_of, write_csv

TABLE = "journey_effect_estimates"


def run(order: Order, progress: Progress) -> list[Estimate]:
    """Estimates the effects on an outcome and writes their table into a folder; rows of other outcomes in it stay.

    Raises InputError where nobody had rated anything before the outcome.
    """
    with built(order, progress) as connection:
        cases = query_cases(connection, order.outcome, order.until)
        options = query_options(connection)
    progress("estimating effects", 0, 1)
    # One thread adds up in one order: the same data give the same digits.
    with threadpool_limits(1):
        estimates = estimate(cases, options)
    order.out.mkdir(parents=True, exist_ok=True)
    path = order.out / f"{TABLE}.csv"
    rows = as_rows(estimates, order.outcome, order.until, order.name or order.source)
    write_csv(path, [*of_other_outcomes(path, order.outcome), *rows])
    return estimates


def query_cases(connection: duckdb.DuckDBPyConnection, outcome: str, until: date) -> pd.DataFrame:
    """The rows to estimate from, of a warehouse that is built: of every customer the last case up to a day.

    Raises InputError where there are none.
    """
    cases = connection.execute(
        "select * exclude (last_case_id) from (select *, last_value(case_id) over (partition by customer_id "
        "order by happened_at, case_id rows between unbounded preceding and unbounded following) as last_case_id "
        "from intermediate.journey_effect_cases where outcome = ? and happened_on <= ?) "
        "where case_id = last_case_id order by case_id, touchpoint",
        [outcome, until],
    ).df()
    if cases.empty:
        known = connection.execute("select distinct outcome from intermediate.journey_effect_cases order by 1")
        listed = ", ".join(name for (name,) in known.fetchall()) or "none"
        raise InputError(
            f"--outcome {outcome}: up to {until} nobody had it, or its opposite, after rating something. "
            f"Known are {listed}."
        )
    return cases


def query_options(connection: duckdb.DuckDBPyConnection) -> Options:
    """What is needed of either arm, by seed journey_settings."""
    settings = dict(connection.execute("select setting, value from rules.journey_settings").fetchall())
    return replace(
        Options(),
        cases=int(settings["effect_cases"]),
        events=int(settings["effect_events"]),
        propensity=settings["effect_propensity"],
    )


def as_rows(estimates: list[Estimate], outcome: str, until: date, name: str) -> list[dict[str, str]]:
    """The rows of the table, in a version that tells the name, the last day and the rows."""
    version = version_of(name, until, [each.as_row(outcome, "", "") for each in estimates])
    return [each.as_row(outcome, str(until), version) for each in estimates]
