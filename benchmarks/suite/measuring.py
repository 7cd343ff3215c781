"""How things are measured: a command in a process of its own, and a query in this one."""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[2]
SQL_FOLDER = Path(__file__).resolve().parents[1] / "sql"
THREADS = os.environ.get("RAPPORT_THREADS", "2")
MEMORY_LIMIT = os.environ.get("RAPPORT_MEMORY_LIMIT", "6GB")
SPARK_PYTHON = ROOT / ".venv-spark" / "bin" / "python"
DBT = [sys.executable, "-c", "from dbt.cli.main import cli; cli()"]
PROJECT = ["--project-dir", ROOT, "--profiles-dir", ROOT]
POLL_SECONDS = 0.25
MODEL_SECONDS = """
select coalesce(sum(staging_seconds + intermediate_seconds + ledger_seconds + marts_seconds), 0)
from {runs}
where run_id > ?
"""
# As dbt's log has it: the name of a model, and its seconds.
MODEL_DONE = re.compile(r"OK created sql \w+ model \w+\.(\w+) .* in ([\d.]+)s")


class CommandError(Exception):
    """A command failed; the message ends with what it said last."""


@dataclass(frozen=True)
class Run:
    """A command that ran.

    model_seconds: the sum of dbt's times of its models, over all runs that the command made: the warehouse time.
    seconds_by_model: dbt's times by model, where the command was to show dbt's log; in hundredths, as that has them.
    peak_bytes: the largest resident memory of any process in it.
    spilled_bytes: the most that lay in DuckDB's temporary files at once, as far as looking four times a second shows.
    """

    wall_seconds: float
    model_seconds: float
    peak_bytes: int
    spilled_bytes: int
    seconds_by_model: Counter[str] = field(default_factory=Counter)


def sql(name: str) -> str:
    """The text of sql/<name>.sql."""
    return (SQL_FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def connect(path: Path | str = ":memory:") -> duckdb.DuckDBPyConnection:
    """A database with the threads and the memory that dbt has."""
    connection = duckdb.connect(str(path), config={"threads": THREADS, "memory_limit": MEMORY_LIMIT})
    connection.execute("set TimeZone = 'UTC'")
    return connection


def ask(warehouse: Path, question: str, *values: object):
    """The one value that answers a question in SQL."""
    with connect(warehouse) as connection:
        return connection.execute(question, values).fetchone()[0]


def literal(value: object) -> str:
    """A text of SQL."""
    return "'" + str(value).replace("'", "''") + "'"


def median_seconds(
    work: Callable[[], object],
    repeats: int,
    before: Callable[[], object] = lambda: None,
    after: Callable[[], object] = lambda: None,
) -> float:
    """The median of the seconds that `work` takes, without what is done before and after it."""
    seconds = []
    for _ in range(repeats):
        before()
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
        after()
    return statistics.median(seconds)


def rapport(warehouse: Path, *arguments: object) -> Run:
    """Run the runner's command line on a warehouse. Raises CommandError where it fails."""
    command = [sys.executable, ROOT / "scripts" / "rapport.py", *arguments, "--warehouse", warehouse]
    earlier_runs = ask(warehouse, "select coalesce(max(run_id), 0) from control.runs") if warehouse.exists() else 0
    run = measure(command, warehouse)
    return replace(run, model_seconds=ask(warehouse, MODEL_SECONDS.format(runs="control.runs"), earlier_runs))


def rapport_on_spark(warehouse: Path, *arguments: object) -> Run:
    """Run the runner's command line on Spark, into a new folder. Raises CommandError where it fails."""
    if not SPARK_PYTHON.exists():
        raise CommandError(f"{SPARK_PYTHON} is missing: `make test-spark` sets it up")
    remove_warehouse(warehouse)
    target = ["--target", "spark", "--warehouse", warehouse]
    run = measure([SPARK_PYTHON, ROOT / "scripts" / "rapport.py", *arguments, *target], warehouse)
    runs = f"read_parquet({literal(spark_table(warehouse, 'control', 'runs'))})"
    with connect() as connection:
        model_seconds = connection.execute(MODEL_SECONDS.format(runs=runs), [0]).fetchone()[0]
    return replace(run, model_seconds=model_seconds)


def spark_table(warehouse: Path, schema: str, table: str) -> Path:
    """The files of a table in a warehouse of Spark's."""
    return warehouse / "tables" / f"{schema}.db" / table / "**" / "*.parquet"


def score_seconds(warehouse: Path, run: Run) -> float:
    """What a run took of the warehouse's time for scores and ranks: for all that `customer_scores_daily` is made of.

    The statement, alerts and properties come on top. Raises CommandError where dbt cannot tell the models.
    """
    listing = ["--quiet", "ls", *PROJECT, "--resource-type", "model", "--output", "name"]
    measure([*DBT, *listing, "--select", "+customer_scores_daily"], warehouse)
    names = warehouse.with_suffix(".log").read_text(encoding="utf-8").split()
    return sum(run.seconds_by_model[name] for name in names)


def dbt_parse(warehouse: Path) -> Run:
    """Run `dbt parse` with what the runner would give it. Raises CommandError where it fails."""
    return measure([*DBT, "parse", *PROJECT], warehouse)


def dbt_run(warehouse: Path, *models: str) -> Run:
    """Run some models as dbt does without the runner. Raises CommandError where it fails."""
    run = measure([*DBT, "run", *PROJECT, "--select", *models], warehouse)
    results = json.loads((warehouse.with_suffix(".target") / "run_results.json").read_text(encoding="utf-8"))
    seconds = sum(result["execution_time"] for result in results["results"] if result["unique_id"].startswith("model."))
    return replace(run, model_seconds=seconds)


def measure(command: list, warehouse: Path) -> Run:
    """Run a command, and watch what it and its children need."""
    # One target per warehouse: dbt parses everything anew where the profile's path is another one than before.
    target = warehouse.with_suffix(".target")
    output = warehouse.with_suffix(".log")
    environment = os.environ | {
        "DBT_LOG_PATH": str(target),
        "DBT_TARGET_PATH": str(target),
        "RAPPORT_MEMORY_LIMIT": MEMORY_LIMIT,
        "RAPPORT_THREADS": THREADS,
        "RAPPORT_WAREHOUSE": str(warehouse),
    }
    spilled = 0
    start = time.perf_counter()
    with output.open("w") as stream:
        process = subprocess.Popen(
            [str(word) for word in command], cwd=ROOT, env=environment, stdout=stream, stderr=subprocess.STDOUT
        )
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            spilled = max(spilled, folder_bytes(warehouse.with_name(f"{warehouse.name}.tmp")))
            time.sleep(POLL_SECONDS)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        tail = output.read_text(errors="replace")[-2000:]
        raise CommandError(f"{' '.join(str(word) for word in command)} ended with {process.returncode}:\n{tail}")
    # Linux counts in KiB, macOS in bytes. The usage of a process includes the children that it waited for.
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Run(wall, 0, peak, spilled, _seconds_by_model(output.read_text(errors="replace")))


def _seconds_by_model(log: str) -> Counter[str]:
    seconds = Counter()
    for name, each in MODEL_DONE.findall(log):
        seconds[name] += float(each)
    return seconds


def folder_bytes(folder: Path) -> int:
    """What the files in a folder take, as long as they are there."""
    total = 0
    # Unlike rglob it minds no folder that vanishes meanwhile.
    for directory, _, files in os.walk(folder):
        for file in files:
            with suppress(FileNotFoundError):
                total += os.path.getsize(os.path.join(directory, file))
    return total


def remove_warehouse(warehouse: Path) -> None:
    """Remove a warehouse with what was written beside it."""
    for path in warehouse.parent.glob(f"{warehouse.stem}.*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
