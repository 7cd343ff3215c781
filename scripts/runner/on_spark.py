"""The second engine: raw files by Spark's own readers, the build in Spark's session, what a run prints.

A folder is the warehouse: its tables in Parquet, and what is known of them. One process holds it at a time
(docs/engines.md).
"""

import codecs
import gzip
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import yaml
from jinja2 import Environment
from rich.markup import escape

from runner import building, loading, summary, warehouse
from runner.display import console
from runner.errors import BusyError, InputError
from runner.project import ROOT, Column, RawTable, all_raw_tables, control_tables, raw_tables
from runner.runs import STAGES
from runner.warehouse import ScoreWindow

DEFAULT_WAREHOUSE = Path("spark_warehouse")
# What a run's summary reads.
SHOWN = (
    "marts.customer_scores_current",
    "marts.load_summary",
    "marts.rejected_rows",
    "marts.run_log",
    "marts.score_distribution_daily",
    "marts.score_movers",
    "intermediate.customer_segments",
)

# The warehouses of this process: its JVM keeps the catalog of the first, whatever a later session asks for.
_opened: set[Path] = set()


@dataclass(frozen=True)
class Order:
    """What a run on Spark is to do; `directory`: the raw files to load first."""

    warehouse: Path
    directory: Path | None
    source: str
    encoding: str
    as_of: date | None
    first: date | None
    rebuild: bool = False
    verbose: bool = False


@contextmanager
def session(folder: Path) -> Iterator:
    """A Spark session over a warehouse folder, with the settings that dbt has of profiles.yml.

    Raises InputError where Spark or Java is missing, BusyError where another process holds the folder, RuntimeError
    where this process has had another one open.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ModuleNotFoundError as error:
        raise InputError(f"{error.name} is not installed. Spark needs the extra: pip install -e '.[spark]'.") from None
    if others := _opened - {folder.resolve()}:
        raise RuntimeError(f"One process opens one warehouse of Spark's: this one has opened {others.pop()}.")
    _opened.add(folder.resolve())
    os.environ["RAPPORT_SPARK_WAREHOUSE"] = str(folder)
    builder = SparkSession.builder.enableHiveSupport()
    for name, value in settings().items():
        builder = builder.config(name, value)
    # Timestamps come to Python in its own zone.
    os.environ["TZ"] = "UTC"
    time.tzset()
    try:
        spark = builder.getOrCreate()
    except PySparkException as error:
        raise InputError(f"Spark does not start ({error}). It needs Java 17 or newer.") from error
    try:
        spark.sql("show databases").collect()
    except PySparkException as error:
        spark.stop()
        raise BusyError(f"{folder}: another process holds it, or it is no warehouse of Spark's. Run again.") from error
    yield spark
    spark.stop()


def settings() -> dict[str, str]:
    """The session's settings: those of the target `spark`, and dbt's own."""
    environment = Environment(autoescape=False)
    environment.filters["as_number"] = int
    profiles = environment.from_string((ROOT / "profiles.yml").read_text(encoding="utf-8"))
    target = yaml.safe_load(profiles.render(env_var=os.environ.get))["rapport"]["outputs"]["spark"]
    # dbt-spark sets it with every statement.
    return {name: str(value) for name, value in target["server_side_parameters"].items()} | {
        "spark.sql.ansi.enabled": "false"
    }


def create_tables(spark) -> None:
    """The raw tables and the runner's own, if they are missing."""
    for table in [*all_raw_tables(), *control_tables()]:
        spark.sql(f"create schema if not exists {table.relation.split('.')[0]}")
        columns = ", ".join(f"{column.name} {_type(column)}" for column in table.columns)
        spark.sql(f"create table if not exists {table.relation} ({columns}) using parquet")


def _type(column: Column) -> str:
    return "string" if column.data_type == "varchar" else column.data_type


def load(
    spark,
    tables: list[RawTable],
    kind: str,
    directory: Path,
    encoding: str = "utf-8",
    progress: Callable[[str, int, int], None] = lambda name, done, total: None,
) -> loading.LoadReport:
    """Appends every new or changed file of a raw folder, after all of them were read: as `loading.load`, by Spark.

    Raises InputError, before anything is written, where a file cannot be read, lacks a needed column, or changes while
    it is read.
    """
    files, ignored = loading.find_files(tables, directory)
    create_tables(spark)
    loading.check_needed_tables(
        tables, files, directory, lambda table: bool(spark.table(table.relation).limit(1).count())
    )
    report = loading.LoadReport(ignored_files=ignored)
    # One task reads a file, so that its records are numbered in their order.
    spark.conf.set("spark.sql.files.maxPartitionBytes", str(1 << 50))
    spark.conf.set("spark.sql.files.minPartitionNum", "1")
    known = _last_hashes(spark)
    load_id, loaded_at = _next_load_id(spark, tables), datetime.now(UTC).replace(tzinfo=None)
    frames, entries = [], []
    for number, file in enumerate(files):
        progress(file.name, number, len(files))
        with loading.standing_still(file, loading.stamp_of(file.path)):
            digest = loading.content_hash(file.path)
            if known.get(str(file.path)) == digest:
                report.unchanged.append(file.name)
                continue
            frame, unknown = _read(spark, file, encoding)
            rows, frame = _numbered(spark, frame, file, load_id, loaded_at)
        if unknown:
            report.ignored_columns[file.name] = unknown
        frames.append((file.table.relation, frame))
        entries.append((load_id, loaded_at, kind, file.table.name, file.name, str(file.path), digest, rows, 0))
        report.load_id = load_id
        report.rows[file.table.name] += rows
    for relation, frame in frames:
        columns = spark.table(relation).columns
        frame.select(columns).write.insertInto(relation)
        frame.unpersist()
    _append(spark, "control.loads", entries)
    return report


def _next_load_id(spark, tables: list[RawTable]) -> int:
    """One more than any there is: a load that was killed has left rows, and no entry."""
    relations = [("load_id", "control.loads"), *(("_load_id", table.relation) for table in tables)]
    ids = " union all ".join(f"select max({column}) as load_id from {relation}" for column, relation in relations)
    return (spark.sql(f"select max(load_id) from ({ids})").first()[0] or 0) + 1


def _last_hashes(spark) -> dict[str, str]:
    """The content of every path when it was last loaded."""
    rows = spark.sql("select path, max_by(content_hash, load_id) from control.loads group by path").collect()
    return dict(map(tuple, rows))


def _read(spark, file: loading.RawFile, encoding: str):
    """The rows of a file, all text, by the contract's names; and the names that the contract does not know."""
    from pyspark.sql import functions
    from pyspark.sql.types import StringType, StructType

    if file.path.stat().st_size == 0:
        raise InputError(f"{file.name}: is empty, without even a header. Export it again, or remove it.")
    reader = spark.read.option("mode", "FAILFAST")
    if file.file_format == loading.CSV:
        _check_encoding(file, encoding)
        delimiter, header = loading.csv_header(file, encoding)
        names = [name or f"column {number}" for number, name in enumerate(header, start=1)]
        loading.match_columns(file, names)
        schema = StructType()
        for name in names:
            schema.add(name, StringType())
        # Line ends within quotes count, so a file is read as one.
        options = {"header": True, "sep": delimiter, "quote": '"', "escape": '"', "multiLine": True}
        frame = reader.schema(schema).options(**options, encoding=encoding, emptyValue="").csv(str(file.path))
    elif file.file_format == loading.JSON_LINES:
        _check_encoding(file, "utf-8")
        frame = _checked(file, lambda: reader.option("primitivesAsString", True).json(str(file.path)))
    else:
        frame = _checked(file, lambda: reader.parquet(str(file.path)))
    columns, unknown = loading.match_columns(file, frame.columns)
    return frame.select(
        *(functions.col(f"`{column}`").cast("string").alias(name) for name, column in columns.items())
    ), unknown


def _numbered(spark, frame, file: loading.RawFile, load_id: int, loaded_at: datetime):
    """How many rows there are, and the rows with what the loader adds, read once and kept."""
    from pyspark import StorageLevel
    from pyspark.sql import functions

    missing = [name for name in file.table.data_columns if name not in frame.columns]
    types = {column.name: _type(column) for column in file.table.columns}
    frame = frame.select(
        "*",
        *(functions.lit(None).cast("string").alias(name) for name in missing),
        functions.lit(load_id).cast(types["_load_id"]).alias("_load_id"),
        functions.lit(loaded_at).cast(types["_loaded_at"]).alias("_loaded_at"),
        functions.lit(file.name).alias("_file"),
        (functions.monotonically_increasing_id() + 1).cast(types["_row"]).alias("_row"),
    ).persist(StorageLevel.DISK_ONLY)
    return _checked(file, frame.count), frame


def _checked(file: loading.RawFile, read: Callable):
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    try:
        return read()
    except (PySparkException, Py4JJavaError) as error:
        reason = _innermost(error).splitlines()[0][:160].strip(" .")
        raise InputError(
            f"{file.name}: cannot be read as {file.file_format} ({reason}). Mend the file; nothing was loaded."
        ) from error


def _innermost(error: Exception) -> str:
    """What the first of the causes says: the others tell of jobs and tasks."""
    exception = getattr(error, "java_exception", None)
    if exception is None:
        return str(error)
    while (cause := exception.getCause()) is not None:
        exception = cause
    return exception.getMessage() or str(error)


def _check_encoding(file: loading.RawFile, encoding: str) -> None:
    """Raises InputError where a text is none: Spark's readers would put a mark in its place and go on."""
    opener = gzip.open if file.path.suffix.lower() == ".gz" else open
    decoder = codecs.getincrementaldecoder(loading.ENCODINGS[encoding])()
    try:
        with opener(file.path, "rb") as stream:
            while block := stream.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise loading.encoding_error(file) from error
    except (gzip.BadGzipFile, EOFError) as error:
        raise InputError(f"{file.name}: is no gzip file. Export it again, or remove it.") from error


def _append(spark, relation: str, rows: list[tuple]) -> None:
    if rows:
        spark.createDataFrame(rows, spark.table(relation).schema).write.insertInto(relation)


def record_window(spark, window: ScoreWindow) -> None:
    """Writes down which days the next build scores. Parquet knows no update: the table is written anew."""
    relation, rows = "control.score_window", [(window.first_scored_on, window.as_of)]
    spark.createDataFrame(rows, spark.table(relation).schema).write.insertInto(relation, overwrite=True)


def run(order: Order) -> None:
    """Loads, scores every day, tests, and prints what came out."""
    with session(order.warehouse) as spark:
        create_tables(spark)
        recorded = _recorded_window(spark)
        window = warehouse.plan_window(recorded, order.as_of or warehouse.today(), order.first)
        seconds = Counter()
        started_at = datetime.now(UTC).replace(tzinfo=None)
        if order.directory:
            begun = time.monotonic()
            report = load(spark, raw_tables(order.source), order.source, order.directory, order.encoding)
            seconds["load"] = time.monotonic() - begun
            summary.print_load(report)
        record_window(spark, window)
        rebuild = ["--full-refresh"] if order.rebuild else []
        seconds += build(["build", "--selector", "everything", *rebuild], order.verbose)
        _record_run(spark, window, started_at, seconds)
        with marts(spark) as connection:
            summary.print_run(connection)
    console.print(f"The tables are in {escape(str(order.warehouse))}, schema marts (docs/engines.md).", soft_wrap=True)


def _recorded_window(spark) -> ScoreWindow | None:
    row = spark.sql("select max(first_scored_on), max(as_of) from control.score_window").first()
    return ScoreWindow(*row) if row[0] else None


def build(arguments: list[str], verbose: bool = False) -> Counter:
    """dbt on the target spark, in this process, whose session it shares; gives and raises as `building.build`."""
    from dbt.cli.main import dbtRunner

    options = ["--target", "spark", "--project-dir", str(ROOT), "--profiles-dir", str(ROOT)]
    done = dbtRunner().invoke([*([] if verbose else ["--quiet"]), *arguments, *options])
    if not done.success:
        failures = [result.node.name for result in done.result or [] if result.status in ("error", "fail")]
        raise building.failure(failures, [str(done.exception or "")])
    seconds = Counter()
    for result in done.result:
        seconds[building.stage_of(result.node.path, result.node.resource_type)] += result.execution_time
    return seconds


def _record_run(spark, window: ScoreWindow, started_at: datetime, seconds: Counter) -> None:
    """Adds the run to control.runs; of what came late Spark's tables say nothing."""
    run_id = (spark.sql("select max(run_id) from control.runs").first()[0] or 0) + 1
    finished_at = datetime.now(UTC).replace(tzinfo=None)
    first_new_day, last_new_day = spark.sql("select min(score_date), max(score_date) from increments.new_days").first()
    known = {
        "run_id": run_id,
        "command": "run",
        "started_at": started_at,
        "finished_at": finished_at,
        "first_scored_on": window.first_scored_on,
        "as_of": window.as_of,
        "first_new_day": first_new_day,
        "last_new_day": last_new_day,
        "customers_touched": spark.table("increments.touched_customers").count(),
        "total_seconds": round((finished_at - started_at).total_seconds(), 3),
        "rule_version": warehouse.rule_version(),
    }
    known |= {f"{stage}_seconds": round(seconds[stage], 3) for stage in STAGES}
    _append(spark, "control.runs", [tuple(known.get(name) for name in spark.table("control.runs").columns)])


@contextmanager
def marts(spark, relations: tuple[str, ...] = SHOWN) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of DuckDB's to copies of some tables, which what a run prints is read from on either engine."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for relation in relations:
            path = Path(folder) / relation
            spark.table(relation).write.parquet(str(path))
            connection.execute(f"create schema if not exists {relation.split('.')[0]}")
            connection.execute(f"create table {relation} as from read_parquet('{path}/*.parquet')")
        yield connection
