#!/usr/bin/env python
"""Rapport on the command line. Thin: the models decide, dbt builds, DuckDB computes.

Exit codes: 0 done, 1 unforeseen, 2 wrong options, 3 input that cannot be loaded or scored, 4 a model or test failed,
5 another process holds the warehouse, 6 the stored scores are of other rules.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

import duckdb
import typer
from rich.markup import escape
from runner import (
    alerting,
    backfilling,
    building,
    demo_data,
    explaining,
    forgetting,
    loading,
    on_spark,
    past,
    publishing,
    runs,
    scorecards,
    summary,
    toning,
    warehouse,
    what_if,
)
from runner.display import console, count, progress_bar
from runner.errors import InputError, RapportError
from runner.journey import print_journey
from runner.project import raw_tables, source_kinds
from runner.what_if_summary import print_comparison

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Every customer's experience, scored every day.")

Source = Annotated[str, typer.Option(help="The kind of source, a folder of models/staging.")]
Encoding = Annotated[str, typer.Option(help="The encoding of CSV files: utf-8, utf-16 or latin-1.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Show dbt's log.")]
Warehouse = Annotated[Path, typer.Option("--warehouse", help="The warehouse file.", envvar="RAPPORT_WAREHOUSE")]
DEFAULT_WAREHOUSE = Path("warehouse.duckdb")
DEMO_WAREHOUSE = Path("demo.duckdb")
LastRead = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="The last day that is read. Default: today in the portfolio's time zone."),
]
VersionName = Annotated[str, typer.Option(help="What the version is to begin with. Default: the kind of source.")]
Published = Annotated[
    Path | None,
    typer.Option(
        "--published",
        help="The folder of releases. Default: published/ beside warehouse.duckdb, demo_published/ beside demo.duckdb.",
        envvar="RAPPORT_PUBLISHED",
    ),
]
Target = Annotated[Literal["duckdb", "spark"], typer.Option(help="The engine (docs/engines.md).")]
NoPublish = Annotated[
    bool, typer.Option("--no-publish", help="Leave what is published as it is: `publish` can follow.")
]
Keep = Annotated[int, typer.Option("--keep", help="How many releases stay, at least 2.")]
WithoutPii = Annotated[bool, typer.Option("--without-pii", help="Leave out names, excerpts and rows as they came.")]
DEFAULT_KEEP = publishing.Options(Path()).keep


def _check_source(source: str, encoding: str) -> None:
    if source not in source_kinds():
        raise InputError(f"--source {source}: no such kind of source. There are {', '.join(source_kinds())}.")
    if encoding not in loading.ENCODINGS:
        raise InputError(f"--encoding {encoding}: not known. There are {', '.join(loading.ENCODINGS)}.")


def _load(path: Path, directory: Path, source: str, encoding: str) -> None:
    _check_source(source, encoding)
    # Before the warehouse is opened: a wrong folder leaves no file behind.
    loading.find_files(raw_tables(source), directory)
    with warehouse.connect(path) as connection, progress_bar("loading ") as progress:
        report = loading.load(connection, raw_tables(source), source, directory, encoding, progress)
    summary.print_load(report)


@app.command()
def load(
    directory: Annotated[Path, typer.Argument(help="The folder of raw files.")],
    source: Source = "files",
    encoding: Encoding = "utf-8",
    warehouse_path: Warehouse = DEFAULT_WAREHOUSE,
) -> None:
    """Append a folder of raw files to the warehouse, without scoring."""
    _load(warehouse.check_path(warehouse_path), directory, source, encoding)


def _run(
    path: Path,
    directory: Path | None,
    source: str,
    encoding: str,
    as_of: date | None,
    first: date | None,
    rebuild: bool,
    all_tests: bool,
    verbose: bool,
    alerts_to: Path | None = None,
    scorecard: Path | None = None,
    release: publishing.Options | None = None,
) -> None:
    if scorecard:
        scorecards.check(scorecard)
    if release:
        publishing.check(path, release)
    alerts_to = alerting.check_file(alerts_to) if alerts_to else None
    recorded, built = _known(path, rebuild)
    window = warehouse.plan_window(recorded, as_of or warehouse.today(), first)
    seconds = Counter()
    if directory:
        with _timed(seconds, "load"):
            _load(path, directory, source, encoding)
    rebuild = rebuild or built is None
    begun = _start(path, "run", window, built)
    usual = "daily" if scorecard else begun.usual_selector
    selector = "everything" if rebuild or all_tests else usual
    with scorecards.project(scorecard) as project:
        with progress_bar("building") as progress:
            seconds += building.build(path, selector, rebuild, verbose, progress, project)
        with warehouse.connect(path) as connection:
            runs.finish(connection, begun.run_id, built, seconds, project)
    with warehouse.connect(path) as connection:
        summary.print_run(connection)
        # Without news it is as good as it was.
        if begun.has_news or rebuild or scorecard:
            summary.print_journey_warnings(connection)
        summary.print_alerts(alerting.tell(connection, alerts_to, summary.ALERTS))
    if release:
        _publish(path, release)


def _publish(path: Path, options: publishing.Options) -> None:
    with progress_bar("publishing ") as progress:
        release = publishing.publish(path, options, progress)
    personal = "" if release.has_pii else ", without personal data"
    console.print(
        f"Published {release.release_id}{personal}: {escape(str(options.folder / 'current'))}", soft_wrap=True
    )


def _release_options(
    path: Path, published: Path | None, keep: int = DEFAULT_KEEP, without_pii: bool = False, anew: bool = False
) -> publishing.Options:
    folder = published.expanduser().absolute() if published else publishing.default_folder(path)
    return publishing.Options(folder, keep, without_pii, anew)


def _known(path: Path, rebuild: bool) -> tuple[warehouse.ScoreWindow | None, warehouse.Built | None]:
    """The days that were asked for before, and what the tables hold."""
    if not path.exists():
        return None, None
    with warehouse.connect(path, read_only=True) as connection:
        if not rebuild:
            warehouse.check_rules(connection)
        return warehouse.recorded_window(connection), None if rebuild else warehouse.last_build(connection)


def _start(path: Path, command: str, window: warehouse.ScoreWindow, built: warehouse.Built | None) -> runs.Begun:
    with warehouse.connect(path) as connection:
        warehouse.create_raw_tables(connection)
        warehouse.record_window(connection, window)
        return runs.start(connection, command, window, built)


@contextmanager
def _timed(seconds: Counter, stage: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    seconds[stage] += time.monotonic() - began


@app.command()
def run(
    raw: Annotated[Path | None, typer.Option(help="A folder of raw files to load first.")] = None,
    source: Source = "files",
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The last day to score. Default: today in the portfolio's time zone."),
    ] = None,
    first: Annotated[
        datetime | None,
        typer.Option(
            "--from",
            formats=["%Y-%m-%d"],
            help="The first day to score, decided on a warehouse's first run. Default: 89 days before.",
        ),
    ] = None,
    encoding: Encoding = "utf-8",
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Score every day anew, by rules of another version.")
    ] = False,
    alerts_to: Annotated[
        Path | None,
        typer.Option(help="A file of JSON lines to which alerts are added that were not written to one before."),
    ] = None,
    all_tests: Annotated[
        bool, typer.Option("--all-tests", help="Also run the tests that read all of history, as a first run does.")
    ] = False,
    scorecard: Annotated[
        Path | None,
        typer.Option(
            help="A folder that train-journey wrote: its tables in place of those of seeds/trained, in this run."
        ),
    ] = None,
    no_publish: NoPublish = False,
    published: Published = None,
    keep: Keep = DEFAULT_KEEP,
    without_pii: WithoutPii = False,
    target: Target = "duckdb",
    verbose: Verbose = False,
    warehouse_path: Warehouse = DEFAULT_WAREHOUSE,
) -> None:
    """Load, take in what is new, score every customer on every new day, test, publish, and show the result."""
    days = [day.date() if day else None for day in (as_of, first)]
    if target == "spark":
        _check_source(source, encoding)
        _refuse(
            {
                "--alerts-to": alerts_to,
                "--scorecard": scorecard,
                "--published": published,
                "--keep": keep != DEFAULT_KEEP,
                "--without-pii": without_pii,
            }
        )
        on_spark.run(on_spark.Order(_spark_folder(warehouse_path), raw, source, encoding, *days, rebuild, verbose))
        return
    path = warehouse.check_path(warehouse_path)
    _run(
        path,
        raw,
        source,
        encoding,
        *days,
        rebuild,
        all_tests,
        verbose,
        alerts_to,
        scorecard,
        None if no_publish else _release_options(path, published, keep, without_pii),
    )


def _refuse(on_duckdb_alone: dict[str, object]) -> None:
    """Of options that Spark does not know, those that are given."""
    if given := [name for name, value in on_duckdb_alone.items() if value]:
        raise InputError(f"{', '.join(given)}: with --target spark there is no such thing (docs/engines.md).")


def _spark_folder(warehouse_path: Path) -> Path:
    """A warehouse of Spark's is a folder."""
    path = on_spark.DEFAULT_WAREHOUSE if warehouse_path in (DEFAULT_WAREHOUSE, DEMO_WAREHOUSE) else warehouse_path
    if path.is_file():
        raise InputError(f"{path}: is a file. A warehouse of Spark's is a folder: choose another --warehouse.")
    return path.expanduser().resolve()


@app.command()
def publish(
    published: Published = None,
    keep: Keep = DEFAULT_KEEP,
    without_pii: WithoutPii = False,
    anew: Annotated[
        bool, typer.Option("--anew", help="Copy every row, also of days on which no run changed anything.")
    ] = False,
    warehouse_path: Warehouse = DEFAULT_WAREHOUSE,
) -> None:
    """Copy the marts of the last run to where others read them, and let `current` lead there."""
    path = warehouse.check_path(warehouse_path)
    if not path.exists():
        raise _no_warehouse_error(path)
    _publish(path, _release_options(path, published, keep, without_pii, anew))


@app.command()
def forget(
    customers: Annotated[list[str], typer.Argument(help="The ids of those to forget.")],
    published: Annotated[
        list[Path] | None,
        typer.Option("--published", help="A folder of releases, or several. Default: published/ beside the warehouse."),
    ] = None,
    verbose: Verbose = False,
    warehouse_path: Warehouse = DEFAULT_WAREHOUSE,
) -> None:
    """Remove people from raw rows, every table and all releases, and score the days as if they had never been there."""
    path = warehouse.check_path(warehouse_path)
    if not path.exists():
        raise _no_warehouse_error(path)
    folders = [_release_options(path, folder).folder for folder in published or [None]]
    for folder in folders:
        publishing.check_warehouse(path, folder)
    with progress_bar("building") as progress:
        gone = forgetting.forget(path, customers, verbose, progress)
    tables = ", ".join(f"{rows:,} of {table}" for table, rows in gone.rows.items())
    if tables:
        went = f"{count(gone.rows.total(), 'raw row')} removed ({tables})"
        console.print(f"{went}, all tables made anew: {gone.seconds:.1f} s", soft_wrap=True)
    for folder in folders:
        with progress_bar("publishing ") as progress:
            release = publishing.replace_all(path, folder, progress)
        if release:
            console.print(
                f"{escape(str(folder))}: {release.release_id} in place of all former releases", soft_wrap=True
            )
    console.print(
        "Raw files, copies of the warehouse, files of alerts and what others took from releases are not touched.",
        soft_wrap=True,
    )


@app.command()
def backfill(
    first: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day to score from now on.")
    ],
    last: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], help="The last of these days. Default: up to the first scored one."),
    ] = None,
    verbose: Verbose = False,
    warehouse_path: Warehouse = DEFAULT_WAREHOUSE,
) -> None:
    """Score days before the first scored one, as daily runs would have done. Called again, it goes on where it was."""
    path = warehouse.check_path(warehouse_path)
    with _opened(path) as connection:
        warehouse.check_rules(connection)
        built = warehouse.last_build(connection)
        customers = warehouse.customers_per_day(connection)
    chunks = backfilling.plan_chunks(built, first.date(), last.date() if last else None, customers)
    with progress_bar("scoring", with_time_left=True) as progress:
        for number, window in enumerate(chunks):
            begun = _start(path, "backfill", window, built)
            selector = backfilling.selector(chunks, number, begun)
            report = backfilling.chunk_progress(progress, chunks, number)
            seconds = building.build(path, selector, False, verbose, report)
            with warehouse.connect(path) as connection:
                runs.finish(connection, begun.run_id, built, seconds)
                built = warehouse.last_build(connection)
    console.print(f"Scored from {built.first_scored_on} to {built.as_of}.")


@app.command()
def demo(
    directory: Annotated[Path, typer.Option(help="Where the raw files go.")] = Path("demo_data"),
    customers: Annotated[int, typer.Option(min=10, help="How many customers.")] = 3000,
    properties: Annotated[int, typer.Option(min=3, help="How many properties.")] = 12,
    seed: Annotated[int, typer.Option(help="Another seed is another world; give it another --warehouse.")] = 7,
    file_format: Annotated[str, typer.Option("--format", help="csv or parquet.")] = "csv",
    data_only: Annotated[bool, typer.Option("--data-only", help="Write the files and do no more.")] = False,
    no_publish: NoPublish = False,
    published: Published = None,
    target: Target = "duckdb",
    verbose: Verbose = False,
    warehouse_path: Annotated[Path, typer.Option("--warehouse")] = DEMO_WAREHOUSE,
) -> None:
    """Make up a portfolio with known stories (docs/demo-data.md), score it, and say where to look."""
    if target == "spark":
        _refuse({"--published": published})
    options = demo_data.DemoOptions(customers=customers, properties=properties, seed=seed, file_format=file_format)
    rows = demo_data.write_demo(directory, options)
    console.print(f"{sum(rows.values()):,} rows of made-up data in {escape(str(directory))}/")
    if data_only:
        return
    if target == "spark":
        days = options.last_day, options.first_day
        on_spark.run(on_spark.Order(_spark_folder(warehouse_path), directory, "files", "utf-8", *days, verbose=verbose))
        return
    path = warehouse.check_path(warehouse_path)
    release = None if no_publish else _release_options(path, published)
    _run(path, directory, "files", "utf-8", options.last_day, options.first_day, False, False, verbose, release=release)
    summary.print_where_to_look(warehouse_path)


def _opened(warehouse_path: Path) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    path = warehouse.check_path(warehouse_path)
    if not path.exists():
        raise _no_warehouse_error(path)
    return warehouse.connect(path, read_only=True)


def _no_warehouse_error(path: Path) -> InputError:
    return InputError(f"{path}: no such warehouse. Run `rapport.py run --raw DIR` first, or name another --warehouse.")


@app.command()
def explain(
    customer: Annotated[str, typer.Argument(help="The customer's id.")],
    days: Annotated[int, typer.Option(min=1, help="How many days to show.")] = 90,
    as_known_on: Annotated[
        datetime | None,
        typer.Option(
            "--as-known-on",
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"],
            help="By the loads up to the end of that day, or to that moment, in UTC.",
        ),
    ] = None,
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="Say what moved the score most from the end of this day on."),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], help="Up to the end of this day. Default: the last scored one."),
    ] = None,
    warehouse_path: Warehouse = DEFAULT_WAREHOUSE,
) -> None:
    """Show one customer's score, where its points come from, and their statement: what happened, and what it did."""
    if last and not first:
        raise InputError("--to: is the end of the days that --from begins. Give both, or --days.")
    if first and as_known_on:
        raise InputError("--from and --as-known-on: one at a time.")
    with _opened(warehouse_path) as connection:
        if first:
            explaining.explain_difference(connection, customer, first.date(), last.date() if last else None)
            return
        if not as_known_on:
            explaining.explain(connection, customer, days)
            return
        knowledge = past.knowledge(connection, past.end_of(as_known_on))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "as_known.duckdb"
        past.write(warehouse.check_path(warehouse_path), copy, knowledge, customer)
        with progress_bar("building") as progress:
            building.build(copy, "tables", progress=progress)
        with _opened(copy) as connection:
            explaining.explain(connection, customer, days, knowledge)


@app.command()
def journey(warehouse_path: Warehouse = DEFAULT_WAREHOUSE) -> None:
    """Show the journey's four answers: needs, what to fix, what makes advocates, how often; and whether it causes."""
    with _opened(warehouse_path) as connection:
        print_journey(connection)


@app.command()
def rewind(
    moment: Annotated[
        datetime,
        typer.Argument(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="The end of that day, or that moment, in UTC."),
    ],
    out: Annotated[Path, typer.Option(help="The file to write.")],
    verbose: Verbose = False,
    warehouse_path: Warehouse = DEFAULT_WAREHOUSE,
) -> None:
    """Write a warehouse as it was known on a day: the same SQL over the loads up to then, for the whole portfolio."""
    out = warehouse.check_path(out)
    if out.exists():
        raise InputError(f"{out}: is there already. Remove it, or name another file.")
    with _opened(warehouse_path) as connection:
        knowledge = past.knowledge(connection, past.end_of(moment))
    past.write(warehouse.check_path(warehouse_path), out, knowledge)
    with progress_bar("building") as progress:
        building.build(out, "tables", verbose=verbose, progress=progress)
    console.print(f"{escape(str(out))}: {knowledge.in_words()}.")


@app.command("what-if")
def compare_rules(
    rules: Annotated[Path, typer.Option(help="A folder with edited copies of files of seeds/rules.")],
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day to compare. Default: the last scored one.")
    ] = None,
    top: Annotated[int, typer.Option(min=0, help="How many of those who move most to show.")] = 5,
    verbose: Verbose = False,
    warehouse_path: Warehouse = DEFAULT_WAREHOUSE,
) -> None:
    """Score a day by candidate rules beside the rules in force, before anyone adopts them. Changes nothing."""
    with _opened(warehouse_path) as connection:
        warehouse.check_rules(connection)
    path, day = warehouse.check_path(warehouse_path), on.date() if on else None
    with progress_bar("building") as progress, what_if.compare(path, rules, day, verbose, progress) as comparison:
        print_comparison(comparison, rules, top)


@app.command("train-tone")
def train_tone(
    files: Annotated[list[Path], typer.Argument(help="CSV files of labelled texts, in UTF-8.")],
    out: Annotated[Path, typer.Option(help="The folder to write the tables and the report into.")],
    text_column: Annotated[str, typer.Option(help="The column of texts.")] = "text",
    label_column: Annotated[
        str, typer.Option(help="The column of labels: negative, neutral, positive; 0 and 1; or ratings.")
    ] = "label",
    source_column: Annotated[
        str | None, typer.Option(help="The column of sources, judged one by one. Default: each file is a source.")
    ] = None,
    negative_to: Annotated[float | None, typer.Option(help="Ratings up to this one are negative.")] = None,
    positive_from: Annotated[float | None, typer.Option(help="Ratings from this one on are positive.")] = None,
    from_scratch: Annotated[
        bool, typer.Option("--from-scratch", help="Learn from these texts alone, not from the weights in force.")
    ] = False,
    version: Annotated[str, typer.Option(help="The rule_version to write.")] = "trained",
    rules: Annotated[Path, typer.Option(help="The folder of the tables to begin with.")] = warehouse.RULES,
) -> None:
    """Learn the weights of words from texts of known tone, and say how well that works. Needs the extra `train`."""
    try:
        from training import labelled, tone
    except ModuleNotFoundError as error:
        raise InputError(f"{error.name}: not installed. Training needs the extra: pip install -e '.[train]'.") from None
    if (negative_to is None) != (positive_from is None):
        raise InputError("--negative-to and --positive-from: give both.")
    cuts = None if negative_to is None else labelled.Cuts(negative_to, positive_from)
    if cuts and cuts.negative_to >= cuts.positive_from:
        raise InputError("--negative-to: has to be less than --positive-from.")
    for table in ("tone_terms.csv", "text_settings.csv", "issue_categories.csv"):
        if not (rules / table).is_file():
            raise InputError(f"--rules {rules}: no {table} there.")
    texts = labelled.read(files, labelled.Columns(text_column, label_column, source_column), cuts)
    report = tone.train(texts, tone.Options(out, rules, from_scratch, version))
    console.print(escape(report), soft_wrap=True)
    console.print(f"Written: tone_terms.csv, text_settings.csv and report.md in {escape(str(out))}/")


@app.command()
def tone(
    file: Annotated[Path, typer.Argument(help="A CSV file with a header, in UTF-8.")],
    column: Annotated[str, typer.Option(help="The column with the texts.")],
    out: Annotated[Path, typer.Option(help="The CSV file to write: the same rows, and what their texts say.")],
    rules: Annotated[
        Path | None, typer.Option(help="A folder with edited copies of files of seeds/rules, such as tone_terms.csv.")
    ] = None,
    verbose: Verbose = False,
) -> None:
    """Say what the words of each text of a file tell: tone, nature, category, and which words decided."""
    texts = toning.read_texts(file, column)
    with console.status("reading"):
        answers = toning.classify(texts.bodies, rules, verbose)
    toning.write(out, texts, answers)
    console.print(f"{count(len(answers), 'text')} read, {escape(str(out))} written.")


def _last_day(until: date, as_of: datetime | None) -> date:
    """The last day that a training reads, which learns from outcomes up to another."""
    last_day = as_of.date() if as_of else warehouse.today()
    if until > last_day:
        raise InputError(f"--until {until}: lies after the last day that is read, {last_day}.")
    return last_day


@app.command("train-journey")
def train_journey(
    raw: Annotated[Path, typer.Option(help="The folder of raw files.")],
    until: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="The last day to learn from. What came later is the test.")
    ],
    outcome: Annotated[str, typer.Option(help="advocacy, or a name of outcomes that has an opposite.")] = "advocacy",
    source: Source = "files",
    as_of: LastRead = None,
    out: Annotated[Path, typer.Option(help="The folder for the tables and the report.")] = Path("scorecard"),
    name: VersionName = "",
    accept: Annotated[
        bool, typer.Option("--accept", help="Write the scorecard even if it is not better than the mean rating alone.")
    ] = False,
    encoding: Encoding = "utf-8",
    target: Target = "duckdb",
    verbose: Verbose = False,
) -> None:
    """Learn a journey score from the outcomes up to a day, measure it on later ones, and write it as tables."""
    try:
        from training.journey import running
    except ModuleNotFoundError as error:
        raise InputError(f"{error.name} is not installed. Training needs the extra `train`: make setup.") from error
    _check_source(source, encoding)
    last_day = _last_day(until.date(), as_of)
    order = running.Order(raw, source, outcome, until.date(), last_day, out, name, encoding, accept, verbose, target)
    with progress_bar("training") as progress:
        training = running.train(order, progress)
    better = "better" if training.is_better_than_mean else "not better"
    console.print(
        f"{training.model} on {training.cases:,} cases of {training.outcome}, {better} than the mean rating alone on "
        f"{training.later_cases:,} later ones. Read {escape(str(out))}/report.md; "
        f"`rapport.py run --scorecard {escape(str(out))}` applies it.",
        soft_wrap=True,
    )


@app.command("journey-effects")
def journey_effects(
    raw: Annotated[Path, typer.Option(help="The folder of raw files.")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The last day whose outcomes are counted.")],
    outcome: Annotated[str, typer.Option(help="A name of outcomes that has an opposite.")] = "renewal",
    source: Source = "files",
    as_of: LastRead = None,
    out: Annotated[Path, typer.Option(help="The folder for the table.")] = Path("scorecard"),
    name: VersionName = "",
    encoding: Encoding = "utf-8",
    target: Target = "duckdb",
    verbose: Verbose = False,
) -> None:
    """Estimate what an exceeded need does to an outcome, against a missed one, and write it as a table."""
    try:
        from training.journey import effect_running
        from training.journey.running import Order
    except ModuleNotFoundError as error:
        raise InputError(f"{error.name} is not installed. Training needs the extra `train`: make setup.") from error
    _check_source(source, encoding)
    last_day = _last_day(until.date(), as_of)
    order = Order(raw, source, outcome, until.date(), last_day, out, name, encoding, verbose=verbose, target=target)
    with progress_bar("estimating") as progress:
        estimates = effect_running.run(order, progress)
    measured = sum(each.found is not None for each in estimates)
    console.print(
        f"Effects on {escape(outcome)}: {measured} of {len(estimates)} touchpoints have cases enough. "
        f"`rapport.py run --scorecard {escape(str(out))}` applies {escape(str(out))}/{effect_running.TABLE}.csv; then "
        "marts.journey_effects has the verdicts.",
        soft_wrap=True,
    )


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="A select, such as: from marts.customer_scores_current limit 5")],
    warehouse_path: Warehouse = DEFAULT_WAREHOUSE,
) -> None:
    """Ask the marts a question in SQL, without changing anything."""
    with _opened(warehouse_path) as connection:
        try:
            answer = connection.sql(sql)
        except duckdb.Error as error:
            reason = str(error).splitlines()[0].rstrip(".!")
            raise InputError(f"{reason}. The tables are described in docs/contracts.md.") from error
        if answer:
            answer.show(max_width=console.width, max_rows=1000)


def main() -> None:
    """Runs a command; an error is one line and an exit code."""
    try:
        app(standalone_mode=True)
    except RapportError as error:
        console.print(f"[red]error:[/] {escape(str(error))}", soft_wrap=True)
        raise SystemExit(error.exit_code) from None


if __name__ == "__main__":
    main()
