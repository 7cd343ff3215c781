"""Whatever stops a run, the next one ends in the tables of a warehouse that nothing ever stopped."""

import gzip
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from queue import Queue
from random import Random

import duckdb
import histories
import pytest
from runner import loading
from runner.errors import BuildError, BusyError, InputError, RulesError
from runner.loading import load
from runner.project import ROOT, raw_tables
from runner.warehouse import connect
from test_increments import assert_equal_contents, contents

# Enough for one that waits for a processor; a run that hangs must not hang the tests.
PATIENCE = 300
RUNS = (".runs", ".run_log", ".stg_control__runs")
BEFORE_HEAD = "a28f2c079a3aeeefb3d5ad4ccb59db0b97b04db0"


@dataclass(frozen=True)
class Bench:
    """A place for one run at a time. It keeps its paths: for others dbt parses the project anew."""

    folder: Path

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.duckdb"

    def put(self, warehouse: Path | None) -> None:
        """A copy of that warehouse on the bench, or none."""
        for path in self.folder.glob(f"{self.warehouse.name}*"):
            path.unlink()
        if warehouse:
            shutil.copy(warehouse, self.warehouse)

    def start(self, *arguments: object, root: Path = ROOT, env: dict | None = None, limit: Callable | None = None):
        """The command line in a process group of its own, which a signal reaches as a whole."""
        return subprocess.Popen(
            [sys.executable, str(root / "scripts" / "rapport.py"), *map(str, arguments), "--warehouse", self.warehouse],
            env=os.environ
            | {"DBT_TARGET_PATH": str(self.folder / "target"), "DBT_LOG_LEVEL_FILE": "none", "COLUMNS": "200"}
            | (env or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=limit,
        )

    def call(self, *arguments: object, **options) -> tuple[int, str]:
        """The exit code, and all that was said."""
        process = self.start(*arguments, **options)
        said = process.communicate(timeout=PATIENCE)[0].decode()
        return process.returncode, said

    def succeed(self, *arguments: object, **options) -> None:
        code, said = self.call(*arguments, **options)
        assert code == 0, said

    def contents(self) -> dict[str, list]:
        return contents_of(self.warehouse)


def contents_of(path: Path) -> dict[str, list]:
    """What a warehouse holds, but for what it says about its runs."""
    with connect(path, read_only=True) as connection:
        loads = "select load_id, table_name, file, row_count from control.loads order by all"
        found = contents(connection) | {"loads": connection.execute(loads).fetchall()}
    return {name: rows for name, rows in found.items() if not name.endswith(RUNS)}


@dataclass(frozen=True)
class World:
    """A warehouse before and after an increment, and the runs that made them."""

    portfolio: histories.Portfolio
    raw: list[Path]
    before: Path
    after: Path
    benches: Queue
    # How long a run takes here.
    seconds: float

    @contextmanager
    def bench(self) -> Iterator[Bench]:
        bench = self.benches.get(timeout=PATIENCE)
        try:
            yield bench
        finally:
            self.benches.put(bench)

    @property
    def first_as_of(self) -> date:
        return self.portfolio.as_of - timedelta(days=5)

    def first_run(self) -> tuple:
        return "run", "--raw", self.raw[0], "--as-of", self.first_as_of, "--from", self.portfolio.first_day

    def increment(self) -> tuple:
        return "run", "--raw", self.raw[1], "--as-of", self.portfolio.as_of

    def rebuild(self) -> tuple:
        return "run", "--rebuild", "--as-of", self.portfolio.as_of


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> World:
    folder = tmp_path_factory.mktemp("faults")
    portfolio = histories.random_portfolio(11, 25, days=20, loads=1)
    portfolio = histories.changed_later(histories.with_descriptions(portfolio, 11), 11, share=0.4)
    portfolio = histories.rebatched(portfolio, 11, loads=2)
    benches = Queue()
    for number in range(os.cpu_count() or 1):
        bench = Bench(folder / f"bench {number}")
        bench.folder.mkdir()
        benches.put(bench)
    raw = histories.write_csv(portfolio, folder / "raw")
    write_many_properties(raw[1])
    world = World(portfolio, raw, folder / "before.duckdb", folder / "after.duckdb", benches, 0)
    with world.bench() as bench:
        bench.succeed(*world.first_run())
        shutil.copy(bench.warehouse, world.before)
        began = time.monotonic()
        bench.succeed(*world.increment())
        shutil.copy(bench.warehouse, world.after)
    return replace(world, seconds=time.monotonic() - began)


# Killed runs


MANY, MANY_FILE = 200, "properties/many.csv.gz"


def write_many_properties(folder: Path, padding: str = "") -> None:
    """Properties in which nobody lives, and a column that is not loaded."""
    path = folder / MANY_FILE
    path.parent.mkdir(exist_ok=True)
    with gzip.open(path, "wt", compresslevel=1) as file:
        file.write("property_id,padding\n")
        file.writelines(f"empty {number},{padding}\n" for number in range(MANY))


def slow_to_load(world: World) -> tuple:
    """The increment, with a file that takes a second to read and says no more than before."""
    folder = world.raw[1].parent / "slow"
    shutil.copytree(world.raw[1], folder)
    write_many_properties(folder, "x" * 1_000_000)
    return "run", "--raw", folder, *world.increment()[3:]


# By what a run is, and the words at which it is killed.
POINTS = {
    "while a file is read": ("slow increment", r"loading .*many\.csv\.gz"),
    "after the load": ("increment", r"loaded  issues"),
    "when dbt begins": ("increment", r"Running with dbt"),
    "after touched_customers": ("increment", r"OK created .* increments\.touched_customers"),
    "after contacts": ("increment", r"OK created .* intermediate\.contacts "),
    "in balances": ("increment", r"START .* ledger\.balances"),
    "after daily_points": ("increment", r"OK created .* ledger\.daily_points"),
    "in the distribution": ("increment", r"START .* marts\.score_distribution_daily"),
    "in a test of the scores": ("increment", r"START test assert_new_days_hold_what_all_days_must"),
    "before last_build": ("increment", r"START .* control\.last_build"),
    "after last_build": ("increment", r"OK created .* control\.last_build"),
    "a first run after daily_points": ("first run", r"OK created .* ledger\.daily_points"),
    "a rebuild after contacts": ("rebuild", r"OK created .* intermediate\.contacts "),
    "a rebuild before last_build": ("rebuild", r"START .* control\.last_build"),
}


def prepared(world: World, bench: Bench, kind: str) -> tuple[tuple, Path]:
    """A run of that kind, and the warehouse that it ends in; the one that it begins with is put on the bench."""
    commands = {
        "slow increment": (lambda: slow_to_load(world), world.before, world.after),
        "increment": (world.increment, world.before, world.after),
        "first run": (world.first_run, None, world.before),
        "rebuild": (world.rebuild, world.after, world.after),
    }
    command, begins_with, ends_in = commands[kind]
    bench.put(begins_with)
    return command(), ends_in


def kill(process: subprocess.Popen) -> str:
    """Kills the process and its children; what they had still said, once all of them are gone."""
    os.killpg(process.pid, signal.SIGKILL)
    return process.communicate(timeout=PATIENCE)[0].decode(errors="replace")


def kill_at(process: subprocess.Popen, words: str) -> None:
    """Kills a run as soon as it says these words; fails where it never does."""
    said = ""
    while chunk := os.read(process.stdout.fileno(), 1 << 16):
        said += chunk.decode(errors="replace")
        if re.search(words, said):
            kill(process)
            return
    process.wait(timeout=PATIENCE)
    pytest.fail(f"never said {words!r}: {said}")


def assert_ends_as(undisturbed: Path, bench: Bench, command: tuple) -> None:
    bench.succeed(*command)
    assert_equal_contents(bench.contents(), contents_of(undisturbed))


def kill_and_run_again(world: World, name: str) -> None:
    kind, words = POINTS[name]
    with world.bench() as bench:
        command, ends_in = prepared(world, bench, kind)
        # A terminal, or what is taken for one, is told which file is read.
        env = {"FORCE_COLOR": "1"} if kind == "slow increment" else None
        kill_at(bench.start(*command, "--verbose", env=env), words)
        assert_ends_as(ends_in, bench, command)


@pytest.fixture(scope="module")
def in_the_background(world, request):
    """Runs the cases of the killed runs side by side: `in_the_background(function, case)` waits for one of them."""
    function_of = {test_kill_9_at: kill_and_run_again, test_kill_9_at_a_random_moment: kill_at_random}
    cases = [
        (function_of[item.function], item.callspec.params["case"])
        for item in request.session.items
        if getattr(item, "function", None) in function_of
    ]
    pool = ThreadPoolExecutor(world.benches.qsize())
    futures = {(function, case): pool.submit(function, world, case) for function, case in cases}
    yield lambda function, case: futures[function, case].result()
    pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("case", POINTS)
def test_kill_9_at(in_the_background, case):
    in_the_background(kill_and_run_again, case)


def kill_at_random(world: World, number: int) -> None:
    """Every fifth is a first run, every fifth a rebuild; every third run is killed twice."""
    rng = Random(number)
    kind = {0: "first run", 1: "rebuild"}.get(number % 5, "increment")
    with world.bench() as bench:
        command, ends_in = prepared(world, bench, kind)
        for _ in range(2 if number % 3 == 0 else 1):
            process = bench.start(*command)
            time.sleep(rng.random() * world.seconds)
            kill(process)
        assert_ends_as(ends_in, bench, command)


@pytest.mark.slow
@pytest.mark.parametrize("case", range(50))
def test_kill_9_at_a_random_moment(in_the_background, case):
    in_the_background(kill_at_random, case)


# A full disk


def at_most(size: int) -> Callable:
    """No file may grow beyond `size`: what a write to a full disk says too, and no other process minds."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


# Larger than what dbt writes beside the warehouse, and on the edge of a block of DuckDB's files (3 headers, then
# blocks): a limit tears what is written across it, as a full disk does not.
FULL = 3 * 4096 + 15 * 262_144


@pytest.fixture
def long_letters(world, tmp_path) -> Path:
    """A folder of interactions whose texts are larger than the disk."""
    letters = [
        histories.commendation(
            f"letter {number}", "C1", str(world.portfolio.first_day), body=Random(number).randbytes(40_000).hex()
        )
        for number in range(100)
    ]
    portfolio = replace(
        world.portfolio,
        tables={
            "interactions": [
                row | {"_load_id": 1, "_file": "interactions.csv", "_row": number}
                for number, row in enumerate(letters, 1)
            ]
        },
    )
    (folder,) = histories.write_csv(portfolio, tmp_path / "letters")
    return folder


def test_a_disk_that_is_full_stops_a_load_and_a_build(world, long_letters, project, tmp_path):
    with world.bench() as bench:
        bench.put(world.after)
        code, said = bench.call("load", long_letters, limit=at_most(FULL))
        assert (code, said.count("\n")) == (BuildError.exit_code, 1), said
        assert "the disk is full, so nothing was loaded" in said
        assert_equal_contents(bench.contents(), contents_of(world.after))

        bench.succeed("load", long_letters)
        code, said = bench.call("run", "--as-of", world.portfolio.as_of, limit=at_most(FULL))
        assert (code, said.count("\n")) == (BuildError.exit_code, 1), said
        assert "the disk is full. Make room, then run again: nothing is lost." in said

        bench.succeed("run", "--as-of", world.portfolio.as_of)
        found = contents_of(bench.warehouse)
    days = world.portfolio.as_of, world.portfolio.first_day
    with project.score(tmp_path / "undisturbed", [*world.raw, long_letters], *days):
        pass
    assert_equal_contents(found, contents_of(tmp_path / "undisturbed" / "warehouse.duckdb"))


# Two runs at once


def test_a_second_run_says_who_holds_the_warehouse_and_leaves(world):
    with world.bench() as bench:
        bench.put(world.before)
        with connect(bench.warehouse):
            code, said = bench.call(*world.increment())
        assert (code, said.count("\n")) == (BusyError.exit_code, 1), said
        assert f"process {os.getpid()} holds the warehouse" in said
        assert_equal_contents(bench.contents(), contents_of(world.before))


def test_of_two_runs_that_start_together_one_does_the_work(world):
    with world.bench() as bench:
        bench.put(world.before)
        runs = [bench.start(*world.increment()) for _ in range(2)]
        said = [process.communicate(timeout=PATIENCE)[0].decode() for process in runs]
        codes = [process.returncode for process in runs]
        assert 0 in codes, said
        assert set(codes) <= {0, BusyError.exit_code}, said
        assert_equal_contents(bench.contents(), contents_of(world.after))


# A warehouse of older rules, or of an older version


def change(path: Path, *statements: str) -> None:
    with connect(path) as connection:
        for statement in statements:
            connection.execute(statement)


def test_scores_of_an_older_rule_version_are_made_anew_when_told(world):
    with world.bench() as bench:
        bench.put(world.after)
        change(bench.warehouse, "update control.last_build set rule_version = 'v0'")
        before = bench.contents()
        code, said = bench.call("run", "--as-of", world.portfolio.as_of)
        assert (code, said.count("\n")) == (RulesError.exit_code, 1), said
        assert "but the stored scores are of v0" in said
        assert_equal_contents(bench.contents(), before)
        assert_ends_as(world.after, bench, world.rebuild())


def test_a_seed_that_was_edited_without_a_new_version_stops_a_run(world, copy_project, tmp_path):
    mine = copy_project(tmp_path / "mine")
    seed = mine / "seeds" / "rules" / "factor_settings.csv"
    lines = seed.read_text(encoding="utf-8").splitlines()
    seed.write_text("\n".join(re.sub(r"^tone,60\b", "tone,61", line) for line in lines) + "\n", encoding="utf-8")
    assert "tone,61" in seed.read_text(encoding="utf-8")
    with world.bench() as bench:
        bench.put(world.after)
        code, said = bench.call("run", "--as-of", world.portfolio.as_of, root=mine)
        assert (code, said.count("\n")) == (RulesError.exit_code, 1), said
        assert "seeds/rules" in said
        assert "--rebuild" in said
        assert_equal_contents(scores_in(bench.contents()), scores_in(contents_of(world.after)))


def scores_in(tables: dict[str, list]) -> dict[str, list]:
    """The seeds are in place before they are judged: views of rules and factors show what they would do."""
    return {
        name: tables[name]
        for name in tables
        if name.startswith(("marts.", "ledger.b", "ledger.daily", "control.")) and name != "marts.rules_in_force"
    }


def test_a_warehouse_of_before_increments_is_taken_over(world, tmp_path):
    archive = subprocess.run(
        ["git", "-C", ROOT, "archive", BEFORE_HEAD, "--output", tmp_path / "old.tar"], capture_output=True, check=False
    )
    if archive.returncode:
        pytest.skip(f"the history of this clone does not go back to {BEFORE_HEAD[:7]}: {archive.stderr.decode()}")
    shutil.unpack_archive(tmp_path / "old.tar", tmp_path / "old")
    with world.bench() as bench:
        bench.put(None)
        bench.succeed(*world.first_run(), root=tmp_path / "old", env={"DBT_TARGET_PATH": str(tmp_path / "target")})
        assert_ends_as(world.after, bench, world.increment())


def test_tables_of_an_older_version_are_made_anew(world):
    with world.bench() as bench:
        bench.put(world.before)
        change(
            bench.warehouse,
            "alter table raw.survey_responses drop column comment",
            "alter table control.runs drop column most_days_late",
            "alter table control.last_build drop column rules_fingerprint",
            "update control.last_build set tables_version = '0'",
            # One of them, say, had a column less.
            "alter table ledger.daily_points drop column confidence",
        )
        assert_ends_as(world.after, bench, world.increment())


# A raw file that changes while it is read

HEADER = ("interaction_id", "customer_id", "occurred_at")


def write_rows(path: Path, rows: int) -> None:
    values = ", ".join(f"('i{number}', 'a', '2024-01-05')" for number in range(rows))
    writers = {"csv": "format csv, header", "jsonl": "format json", "parquet": "format parquet"}
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (from (values {values}) as made({', '.join(HEADER)})) to '{path}' ({writers[path.suffix[1:]]})"
        )


def grow(path: Path) -> None:
    write_rows(path, 3)


def replace_alike(path: Path) -> None:
    """With another file of the same size and time."""
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    other = path.with_name(".other")
    other.write_bytes(path.read_bytes())
    os.utime(other, ns=times)
    other.replace(path)


CHANGES = {"grows": grow, "is replaced": replace_alike, "is gone": Path.unlink}
MOMENTS = {"after its columns": "progress", "after its hash": "content_hash", "after its rows": "_append"}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_a_file_that_changes_while_it_is_read_is_not_loaded(folder, monkeypatch, ending, what, moment):
    path = folder / f"interactions.{ending}"
    write_rows(path, 2)
    (folder / "customers.csv").write_text("customer_id\na\n", encoding="utf-8")
    left = [CHANGES[what]]

    def change_once(name: str) -> None:
        if name == path.name and left:
            left.pop()(path)

    def progress(name: str, _done: int, _total: int) -> None:
        if moment == "after its columns":
            change_once(name)

    def then_change(function):
        def wrapped(*arguments):
            found = function(*arguments)
            changing = next(argument for argument in arguments if isinstance(argument, Path | loading.RawFile))
            change_once(changing.name)
            return found

        return wrapped

    if moment != "after its columns":
        monkeypatch.setattr(loading, MOMENTS[moment], then_change(getattr(loading, MOMENTS[moment])))
    with duckdb.connect() as connection:
        with pytest.raises(
            InputError, match=rf"^interactions\.{ending}: changed while it was read.*nothing was loaded"
        ):
            load(connection, raw_tables("files"), "files", folder, progress=progress)
        assert not left
        for table in ("raw.interactions", "raw.customers", "control.loads"):
            assert connection.execute(f"select count(*) from {table}").fetchone() == (0,)
        if what != "is gone":
            report = load(connection, raw_tables("files"), "files", folder)
            assert report.rows["interactions"] == (3 if what == "grows" else 2)
