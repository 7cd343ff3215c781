"""The benchmarks: each takes the lab and returns what it measured, a line for everything it is compared with."""

import math
import shutil
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from suite import comparing, journey, publishing, tone
from suite.lab import Lab
from suite.measuring import (
    MEMORY_LIMIT,
    Run,
    ask,
    connect,
    dbt_parse,
    dbt_run,
    folder_bytes,
    median_seconds,
    rapport,
    rapport_on_spark,
    remove_warehouse,
    score_seconds,
)

FINISHES = "finishes"


@dataclass(frozen=True)
class Result:
    """A line of the table.

    figures: what was measured, by name; the ending of a name tells its unit.
    ratio: what the goal is about.
    goal: "<= 5" or ">= 8"; FINISHES, which every result meets; blank where there is none.
    different_rows: rows that are not what they must be, which fails the command; None where there is nothing to check.
    """

    bench: str
    against: str
    figures: dict[str, float] = field(default_factory=dict)
    ratio: float | None = None
    goal: str = ""
    different_rows: int | None = None

    @property
    def met(self) -> bool | None:
        if self.goal == FINISHES:
            return True
        if self.ratio is None or not self.goal:
            return None
        sign, bound = self.goal.split()
        return self.ratio <= float(bound) if sign == "<=" else self.ratio >= float(bound)


def day(lab: Lab) -> list[Result]:
    """One more day, late rows and all, against writing one day's rows, and against re-reading history for one day.

    Late rows move several days, which are scored again: the goals are about one of them.
    """
    run, repeats, on = lab.day, lab.size.repeats, lab.size.world.day(lab.size.repeats)
    with comparing.beside(lab.backfilled.path) as connection:
        rescored_days = comparing.days_scored_again(connection, on)
        write = comparing.write_seconds(connection, on, on, lab.folder / "written.duckdb", repeats)
        scan = comparing.scan_seconds(connection, repeats)
        scratch = comparing.from_scratch_seconds(connection, on, on, repeats)
        different = comparing.different_rows(connection)
        polars = comparing.polars_seconds(connection, on, lab.folder / "polars", repeats)
        polars_different = comparing.different_rows(connection)
        with_contacts = comparing.from_messages_seconds(connection, on)
        different += comparing.different_rows(connection)
    scoring = score_seconds(lab.backfilled.path, run)
    seconds = scoring / rescored_days
    figures = _run_figures(run) | {
        "score_seconds": scoring,
        "rescored_days": rescored_days,
        "per_day_seconds": seconds,
    }
    limit = {"write_seconds": write, "scan_seconds": scan}
    return [
        Result("day", "limit", figures | limit, seconds / (write + scan), "<= 5"),
        Result("day", "SQL from messages", {"seconds": with_contacts}, with_contacts / seconds, ">= 8", different),
        Result("day", "Polars from contacts", {"seconds": polars}, polars / seconds, ">= 1", polars_different),
        Result("day", "SQL from contacts", {"seconds": scratch}, scratch / seconds),
        Result("day, all days moved", "limit of one", limit, scoring / (write + scan)),
        Result("day, all days moved", "SQL from messages, one day", {}, with_contacts / scoring),
        Result("day, all models", "limit", limit, run.model_seconds / rescored_days / (write + scan)),
    ]


def late(lab: Lab) -> list[Result]:
    """One more day with two corrections of long ago, against a day without."""
    day_seconds = lab.day.model_seconds
    run = lab.late_day
    arrived = lab.size.repeats + 1
    late = arrived - lab.size.late_days
    checked = [lab.size.world.day(number) for number in (late - 1, late, (late + arrived) // 2, arrived - 1, arrived)]
    different = comparing.different_rows_on(lab.backfilled.path, checked)
    figures = _run_figures(run) | {"day_seconds": day_seconds}
    return [Result("late", "day", figures, run.model_seconds / day_seconds, "<= 3", different)]


def flat(lab: Lab) -> list[Result]:
    """One more day on a long history, against one on a short history."""
    runs, scores, different = [], [], 0
    for years in lab.size.flat_years:
        world = lab.size.world_of(lab.size.flat_customers, years)
        warehouse = lab.built(world).path
        runs.append(lab.new_days(warehouse, world))
        scores.append(score_seconds(warehouse, runs[-1]))
        different += comparing.different_rows_on(warehouse, [world.day(lab.size.repeats)])
        lab.drop(world)
    against = "{} x {} years".format(*lab.size.flat_years)
    figures = {"customers": lab.size.flat_customers, "short_seconds": scores[0], "long_seconds": scores[1]}
    short, long = (run.model_seconds for run in runs)
    return [
        Result("flat", against, figures, scores[1] / scores[0], "<= 1.25", different),
        Result("flat, all models", against, {"short_seconds": short, "long_seconds": long}, long / short),
    ]


def backfill(lab: Lab) -> list[Result]:
    """The days before the first scored one, against writing their rows, and against joining history with them."""
    size, world = lab.size, lab.size.world
    filled = lab.backfilled
    scored_before = world.day(1 - size.first_scored_days)
    with comparing.beside(filled.path) as connection:
        (rows,) = connection.execute(
            "select count(*) from w.marts.customer_scores_daily where score_date < ?", [scored_before]
        ).fetchone()
        last_written = world.day(size.write_days - size.days)
        write = comparing.write_seconds(
            connection, world.first_day, last_written, lab.folder / "written.duckdb", size.repeats
        )
        (rows_written,) = connection.execute(
            "select count(*) from w.marts.customer_scores_daily where score_date <= ?", [last_written]
        ).fetchone()
        # The last days have the year behind them, as a portfolio has before its first scored day; those in the middle
        # have the mean of this world, which begins with nothing.
        joined = comparing.joined(connection, world.day(1 - size.joined_days), size.joined_days, size.joined_at_once)
        middle = world.day(-(size.days + size.first_scored_days) // 2)
        mid_year = comparing.joined(connection, middle, size.joined_at_once, size.joined_at_once)
    different = joined.different_rows + mid_year.different_rows
    different += comparing.different_rows_on(filled.path, [world.first_day])
    scoring = score_seconds(filled.path, filled.run)
    per_million = 1e6 * scoring / rows
    limit_per_million = 1e6 * write / rows_written
    figures = _run_figures(filled.run) | {
        "score_seconds": scoring,
        "rows": rows,
        "per_million_seconds": per_million,
    }
    limit = {"rows_written": rows_written, "limit_per_million_seconds": limit_per_million}
    all_models = 1e6 * filled.run.model_seconds / rows
    return [
        Result("backfill", "limit", figures | limit, per_million / limit_per_million, "<= 2.2", different),
        Result("backfill", "windowed join", joined.figures, joined.per_million_seconds / per_million, ">= 12"),
        Result("backfill", "windowed join, mid-year", mid_year.figures, mid_year.per_million_seconds / per_million),
        Result("backfill, all models", "limit", {}, all_models / limit_per_million),
    ]


def publish(lab: Lab) -> list[Result]:
    """The release of one more day, against a plain copy of its database; and the first one, which copies every row."""
    # As they come in the other benches: all days are there, some of them late.
    assert lab.late_day
    path, world, number = lab.backfilled.path, lab.size.world, lab.size.repeats + 2
    folder = lab.folder / "published"
    first = publishing.publish(path, folder)
    rapport(path, "run", "--raw", lab.raw(world, "new_day", number), "--as-of", world.day(number), "--no-publish")
    release = publishing.publish(path, folder)
    days = [world.day(day) for day in (1 - lab.size.days, -1, number - 2, number)]
    different = publishing.different_rows(path, release, days)
    copied = publishing.copy_seconds(release, lab.folder / "copied.duckdb", lab.size.repeats)
    figures = {
        "wall_seconds": release.run.wall_seconds,
        "copy_seconds": copied,
        "database_bytes": release.database_bytes,
        "release_bytes": release.all_bytes,
        "peak_bytes": release.run.peak_bytes,
    }
    first_figures = {"wall_seconds": first.run.wall_seconds, "peak_bytes": first.run.peak_bytes}
    shutil.rmtree(folder)
    return [
        Result("publish", "copy of its database", figures, release.run.wall_seconds / copied, "<= 5", different),
        Result("publish, the first", "copy of its database", first_figures, first.run.wall_seconds / copied),
    ]


def statement(lab: Lab) -> list[Result]:
    """The statement of all customers and days from nothing, against writing its rows.

    It has to be what the increments left.
    """
    path = lab.backfilled.path
    # As the increments left it, late rows and all.
    assert lab.late_day
    with connect(path) as connection:
        rows, left = comparing.fingerprint(connection, "marts.score_statement")
        connection.execute("drop table marts.score_statement")
    run = dbt_run(path, "statement_changes", "score_statement")
    with connect(path) as connection:
        _, made = comparing.fingerprint(connection, "marts.score_statement")
    with comparing.beside(path) as connection:
        write = comparing.copy_seconds(connection, "w.marts.score_statement", lab.folder / "written.duckdb")
    figures = _run_figures(run) | {"rows": rows, "write_seconds": write}
    return [Result("statement", "limit", figures, run.model_seconds / write, "<= 5", int(left != made))]


def memory(lab: Lab) -> list[Result]:
    """The day and the backfill under the memory limit: what they took. A run that died has no result."""
    runs = {"day": lab.day, "backfill": lab.backfilled.run}
    return [
        Result(
            "memory",
            f"{name}, {MEMORY_LIMIT}",
            {"peak_bytes": run.peak_bytes, "spilled_bytes": run.spilled_bytes},
            goal=FINISHES,
        )
        for name, run in runs.items()
    ]


def growth(lab: Lab) -> list[Result]:
    """Full builds of ever more customers: the exponent with which seconds grow with rows."""
    worlds = [lab.size.world_of(customers) for customers in lab.size.growth_customers]
    figures, points, different = {}, [], 0
    for world in worlds:
        built = lab.built(world)
        different += comparing.different_rows_on(built.path, [world.last_day])
        points.append((world.rows, built.run.model_seconds))
        figures[f"{world.customers:,}_customers_seconds"] = built.run.model_seconds
        figures[f"{world.customers:,}_customers_bytes"] = built.path.stat().st_size
        figures["peak_bytes"] = built.run.peak_bytes
        if world != lab.size.world:
            lab.drop(world)
    return [_grown("growth", figures, points, "<= 1.05", different)]


def growth_on_spark(lab: Lab) -> list[Result]:
    """The same on Spark, whose scores have to be DuckDB's."""
    figures, points, different = {}, [], 0
    for world in [lab.size.world_of(customers) for customers in lab.size.spark_customers]:
        duckdb_path, path = lab.built(world).path, lab.folder / f"spark_{world.name}.warehouse"
        run = rapport_on_spark(path, *lab.build_arguments(world))
        different += comparing.different_points(duckdb_path, path)
        points.append((world.rows, run.model_seconds))
        figures[f"{world.customers:,}_customers_seconds"] = run.model_seconds
        figures[f"{world.customers:,}_customers_wall_seconds"] = run.wall_seconds
        figures[f"{world.customers:,}_customers_bytes"] = folder_bytes(path / "tables")
        remove_warehouse(path)
        lab.drop(world)
    return [_grown("growth_on_spark", figures, points, "", different)] if points else []


def _grown(bench: str, figures: dict[str, float], points: list[tuple[int, float]], goal: str, different: int) -> Result:
    """points: rows and seconds of every size."""
    logarithms = [(math.log(rows), math.log(seconds)) for rows, seconds in points]
    slope = statistics.linear_regression(*zip(*logarithms, strict=True)).slope
    last_step = statistics.linear_regression(*zip(*logarithms[-2:], strict=True)).slope
    return Result(bench, "exponent", figures | {"last_step_exponent": last_step}, slope, goal, different)


def start(lab: Lab) -> list[Result]:
    """A day on which nothing arrives, with the demo's data, against `dbt parse` alone."""
    path = lab.folder / "demonstration.duckdb"
    remove_warehouse(path)
    customers = lab.size.demo_customers
    rapport(path, "demo", "--customers", customers, "--directory", lab.folder / "raw-demo", "--no-publish")
    last = ask(path, "select as_of from control.score_window")
    days = [last + timedelta(days=number) for number in range(1, lab.size.repeats + 1)]
    wall = statistics.median(rapport(path, "run", "--as-of", day, "--no-publish").wall_seconds for day in days)
    parse = statistics.median(dbt_parse(path).wall_seconds for _ in days)
    remove_warehouse(path)
    return [Result("start", "dbt parse", {"wall_seconds": wall, "parse_seconds": parse}, wall / parse, "<= 2.5")]


def tone_of_texts(lab: Lab) -> list[Result]:
    """Tone, nature and category of many messages in SQL, against the tone that VADER finds in some of them."""
    size = lab.size
    warehouse, sql = tone.prepare(lab.folder / "tone")
    seconds = tone.sql_seconds(warehouse, sql, size.messages, size.repeats)
    read = tone.sample(warehouse, size.vader_messages)
    different = tone.different_from_twin(read)
    vader = tone.vader_seconds([body for body, _ in read])
    per_second, vader_per_second = size.messages / seconds, len(read) / vader
    remove_warehouse(warehouse)
    figures = {"seconds": seconds, "messages_per_second": per_second, "vader_per_second": vader_per_second}
    return [Result("tone", "VADER", figures, per_second / vader_per_second, ">= 20", different)]


def journey_score(lab: Lab) -> list[Result]:
    """The journey scores of all customers in SQL, against scikit-learn's predict_proba of the same rows in memory."""
    path = lab.folder / "journeys.duckdb"
    remove_warehouse(path)
    rapport(
        path, "demo", "--customers", lab.size.demo_customers, "--directory", lab.folder / "raw-demo", "--no-publish"
    )
    scorecard = journey.make_scorecard()
    ratings, segments = journey.make_answers(lab.size.journey_customers)
    model, rows = journey.scikit_learn(scorecard), journey.coded(ratings, segments, scorecard)
    with connect(path) as connection:
        journey.install(connection, scorecard, ratings, segments)
        made = "create or replace table made_scores as from marts.customer_journey_scores"
        found = median_seconds(lambda: connection.execute(made), lab.size.repeats)
        journey.keep_latest_answers(connection)
        scored = median_seconds(lambda: connection.execute(made), lab.size.repeats)
        # Scores alone: without who they are, what helps and what costs.
        columns = "outcome, customer_id, probability"
        alone = f"create or replace table alone as select {columns} from marts.customer_journey_scores"
        scored_alone = median_seconds(lambda: connection.execute(alone), lab.size.repeats)
        in_sql = connection.execute("select probability from made_scores order by customer_id").fetchnumpy()[
            "probability"
        ]
    predicted = median_seconds(lambda: model.predict_proba(rows), lab.size.repeats)
    expected = model.predict_proba(rows)[:, 1]
    different = int((abs(in_sql - expected) > journey.EXACT).sum()) + abs(len(in_sql) - len(expected))
    remove_warehouse(path)
    figures = {"seconds": scored, "scores_alone_seconds": scored_alone, "predict_seconds": predicted}
    return [
        Result("journey", "scikit-learn", figures, scored / predicted, "<= 3", different),
        Result("journey, latest answers found", "scikit-learn", {"seconds": found}, found / predicted),
    ]


def _run_figures(run: Run) -> dict[str, float]:
    return {"model_seconds": run.model_seconds, "wall_seconds": run.wall_seconds, "peak_bytes": run.peak_bytes}


# In this order they need the least room on disk, and none sees what a later one lets arrive.
BENCHES: dict[str, Callable[[Lab], list[Result]]] = {
    "start": start,
    "tone": tone_of_texts,
    "journey": journey_score,
    "growth": growth,
    "growth_on_spark": growth_on_spark,
    "flat": flat,
    "backfill": backfill,
    "day": day,
    "memory": memory,
    "late": late,
    "publish": publish,
    "statement": statement,
}
