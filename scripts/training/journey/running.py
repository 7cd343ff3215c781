"""`train-journey`: from raw files to the tables that the daily run applies."""

import csv
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from runner import building, loading, on_spark, warehouse
from runner.errors import InputError
from runner.project import raw_tables
from scipy.special import expit
from threadpoolctl import threadpool_limits

from training.journey.additive import Additive, row_losses
from training.journey.drivers import Driver, driver_effects
from training.journey.frame import Frame, make_frame
from training.journey.quality import measure
from training.journey.reporting import Findings, write_report
from training.journey.scorecard import Training, scorecard_rows, version_of, write_csv
from training.journey.selecting import Options, Selection, base_rate, fit_mean, options_for, paired, select
from training.journey.wants import Want, hierarchy

FEWEST_CASES, FEWEST_OF_EITHER = 200, 20
DRAWS = 400
# Standard errors below which a difference lies by chance one time in twenty.
CERTAIN = 1.6448536269514722

# What a training reads, of whichever engine.
READ = (
    "intermediate.journey_cases",
    "intermediate.journey_case_answers",
    "intermediate.journey_effect_cases",
    "intermediate.touchpoint_ratings",
    "intermediate.touchpoint_drivers",
    "rules.touchpoints",
    "rules.measures",
    "rules.journey_settings",
)

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Order:
    """What is to be trained. raw: a folder of raw files of a kind of source; accept: also what beats no plain mean.

    name: what the version begins with; target: the engine that builds what is learned from.
    """

    raw: Path
    source: str
    outcome: str
    until: date
    as_of: date
    out: Path
    name: str = ""
    encoding: str = "utf-8"
    accept: bool = False
    verbose: bool = False
    target: str = "duckdb"


@dataclass(frozen=True)
class Rows:
    """What the warehouse knows: cases and answers of the outcome, scales of touchpoints, and responses with drivers."""

    cases: pd.DataFrame
    answers: pd.DataFrame
    scales: dict[str, tuple[float, float]]
    responses: pd.DataFrame
    drivers: pd.DataFrame


def train(order: Order, progress: Progress, options: Options | None = None) -> Training:
    """Learns a scorecard and writes its tables and a report into a folder.

    Raises InputError where there are too few cases, or where the scorecard is not better than the mean rating alone on
    later outcomes and nobody accepted that: then only the report is written.
    """
    rows = read_rows(order, progress)
    # One thread adds up in one order: the same data give the same digits.
    with threadpool_limits(1):
        findings = learn(rows, order.outcome, order.until, progress, options, order.name or order.source)
    order.out.mkdir(parents=True, exist_ok=True)
    write_report(findings, order.out)
    training = findings.training
    if not training.is_better_than_mean and not order.accept:
        raise InputError(
            f"--outcome {order.outcome}: the scorecard is not better than the mean rating alone on outcomes after "
            f"{order.until} ({order.out / 'report.md'}). Nothing else was written; --accept writes it, and the marts "
            "say so."
        )
    _write_tables(findings, order.out)
    return training


def read_rows(order: Order, progress: Progress) -> Rows:
    """What a training reads of the files."""
    with built(order, progress) as connection:
        return query_rows(connection, order.outcome, order.until)


@contextmanager
def built(order: Order, progress: Progress) -> Iterator[duckdb.DuckDBPyConnection]:
    """Loads the files into a warehouse that is thrown away, and builds what a training reads."""
    window = warehouse.ScoreWindow(order.as_of, order.as_of)
    with tempfile.TemporaryDirectory() as folder:
        if order.target == "spark":
            with on_spark.session(Path(folder) / "training") as spark:
                on_spark.load(spark, raw_tables(order.source), order.source, order.raw, order.encoding, progress)
                on_spark.record_window(spark, window)
                on_spark.build(["build", "--selector", "training"], order.verbose)
                with on_spark.marts(spark, READ) as connection:
                    yield connection
            return
        path = Path(folder) / "training.duckdb"
        with warehouse.connect(path) as connection:
            loading.load(connection, raw_tables(order.source), order.source, order.raw, order.encoding)
            warehouse.create_raw_tables(connection)
            warehouse.record_window(connection, window)
        building.build(path, "training", verbose=order.verbose, progress=progress)
        with warehouse.connect(path, read_only=True) as connection:
            yield connection


def query_rows(connection: duckdb.DuckDBPyConnection, outcome: str, until: date) -> Rows:
    """The rows of a training, from a warehouse that is built.

    Raises InputError where it knows of no such outcome.
    """
    cases = connection.execute(
        "select case_id, customer_id, segment, is_event, happened_on from intermediate.journey_cases where outcome = ?",
        [outcome],
    ).df()
    if cases.empty:
        known = connection.execute("select distinct outcome from intermediate.journey_cases order by 1").fetchall()
        listed = ", ".join(name for (name,) in known) or "none"
        raise InputError(f"--outcome {outcome}: of no customer is it known. Known are {listed}.")
    answers = connection.execute(
        "select case_id, touchpoint, answer, rating from intermediate.journey_case_answers where outcome = ? "
        "order by case_id, touchpoint",
        [outcome],
    ).df()
    scales = connection.execute(
        "select touchpoint, lowest, highest from rules.touchpoints inner join rules.measures using (measure)"
    ).fetchall()
    responses = connection.execute(
        "select source_kind || ':' || response_id as response_id, touchpoint, customer_id, segment, "
        "need_met = 'exceeded' as is_exceeded from intermediate.touchpoint_ratings "
        "where need_met is not null and rated_on <= ? order by 1, 2",
        [until],
    ).df()
    drivers = connection.execute(
        "select source_kind || ':' || response_id as response_id, touchpoint, driver, is_satisfied "
        "from intermediate.touchpoint_drivers where is_satisfied is not null and rated_on <= ? order by 1, 2, 3",
        [until],
    ).df()
    return Rows(cases, answers, {name: (low, high) for name, low, high in scales}, responses, drivers)


def learn(
    rows: Rows, outcome: str, until: date, progress: Progress, options: Options | None = None, name: str = "files"
) -> Findings:
    """Picks a candidate on the cases up to a day, and measures it on those after it.

    Raises InputError where there are too few cases to learn from.
    """
    every = make_frame(rows.cases, rows.answers, rows.scales, until)
    is_training = np.array([day <= until for day in every.day], dtype=bool)
    frame, later = every.rows(is_training), every.rows(~is_training)
    _check(frame, outcome, until)
    options = options or options_for(len(frame))
    selection = select(frame, options, progress)
    progress("fitting the scorecard", 0, 3)
    table = selection.winner.fit(frame, options.last_bags, options).centred(frame)
    progress("sharing out the wants", 1, 3)
    wants = hierarchy(frame, DRAWS, options.seed) if any(term.kind == "rating" for term in frame.terms) else []
    progress("weighing what to fix", 2, 3)
    drivers = driver_effects(rows.responses, rows.drivers, DRAWS, options.seed)
    return _findings(name, outcome, until, frame, later, selection, table, wants, drivers)


def _check(frame: Frame, outcome: str, until: date) -> None:
    events = int(frame.outcome.sum())
    if len(frame) < FEWEST_CASES or min(events, len(frame) - events) < FEWEST_OF_EITHER:
        raise InputError(
            f"--until {until}: up to then there are {len(frame):,} cases of {outcome}, {events:,} with it. "
            f"A scorecard needs {FEWEST_CASES}, and {FEWEST_OF_EITHER} of either kind."
        )


def _findings(
    name: str,
    outcome: str,
    until: date,
    frame: Frame,
    later: Frame,
    selection: Selection,
    table: Additive,
    wants: list[Want],
    drivers: list[Driver],
) -> Findings:
    mean, rate = fit_mean(frame), base_rate(frame)
    difference = error = None
    quality, is_better = {}, False
    if len(np.unique(later.outcome)) == 2:
        flat = np.full(len(later), np.log(rate / (1 - rate)))
        models = {"scorecard": table.log_odds(later), "mean rating": mean.log_odds(later), "base rate": flat}
        losses = {name: row_losses(later.outcome, expit(log_odds)) for name, log_odds in models.items()}
        beaten = [paired(losses["scorecard"] - losses[name], later.customer) for name in ("mean rating", "base rate")]
        difference, error = beaten[0]
        # Where the ratings tell nothing, what says little beats a mean that says something, and is no better for it.
        is_better = all(each + CERTAIN * its_error < 0 for each, its_error in beaten)
        quality = {name: measure(later.outcome, log_odds, rate) for name, log_odds in models.items()}
    rows = scorecard_rows(table, outcome, "")
    training = Training(
        outcome=outcome,
        trained_until=until,
        cases=len(frame),
        customers=len(np.unique(frame.customer)),
        base_rate=rate,
        model=selection.winner.name,
        pairs=len(table.pairs),
        mean_intercept=mean.intercept,
        mean_slope=mean.slope,
        mean_absent=mean.absent,
        held_out_log_loss=float(selection.losses[selection.winner.name].mean()),
        held_out_mean_log_loss=float(selection.losses["mean rating"].mean()),
        later_cases=len(later),
        later_difference=difference,
        later_difference_standard_error=error,
        is_better_than_mean=is_better,
        scorecard_version=version_of(name, until, rows),
    )
    return Findings(training, selection, table, frame, later if quality else None, quality, wants, drivers)


def _write_tables(findings: Findings, folder: Path) -> None:
    """Writes the seeds; rows of other outcomes that are in the folder already stay."""
    training = findings.training
    until, version = training.trained_until, training.scorecard_version
    wants = [row for want in findings.wants for row in want.as_rows(training.outcome, until, version)]
    for name, rows in {
        "journey_scorecard": scorecard_rows(findings.table, training.outcome, version),
        "journey_trainings": [training.as_row()],
        "advocacy_factor_effects": wants,
    }.items():
        path = folder / f"{name}.csv"
        if rows:
            write_csv(path, [*of_other_outcomes(path, training.outcome), *rows])
    if findings.drivers:
        rows = [driver.as_row(until, version) for driver in findings.drivers]
        write_csv(folder / "touchpoint_driver_effects.csv", rows)


def of_other_outcomes(path: Path, outcome: str) -> list[dict[str, str]]:
    """The rows of a table that is there already, without one outcome's."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["outcome"] != outcome]
