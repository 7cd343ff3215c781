"""Days scored after the fact: a backfilled warehouse is one that had scored them from its first run on."""

import shutil
from dataclasses import fields, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb
import harness
import histories
import pytest
import rapport as command_line
from runner import backfilling, building
from runner.backfilling import plan_chunks
from runner.errors import InputError
from runner.project import ROOT
from runner.warehouse import Built, connect, table_exists
from test_faults import Bench, contents_of, kill_at
from test_increments import assert_equal_contents

# Planning

BUILT = Built(load_id=3, as_of=date(2024, 3, 31), first_scored_on=date(2024, 3, 1))


def chunk_days(first: date, customers: int, rows: int, monkeypatch, last: date | None = None) -> list[int]:
    monkeypatch.setattr(backfilling, "ROWS_PER_CHUNK", rows)
    chunks = plan_chunks(BUILT, first, last, customers)
    assert {chunk.as_of for chunk in chunks} <= {BUILT.as_of}
    starts = [BUILT.first_scored_on, *(chunk.first_scored_on for chunk in chunks)]
    return [(later - earlier).days for later, earlier in pairwise(starts)]


@pytest.mark.parametrize(
    ("first", "customers", "rows", "days"),
    [
        (date(2024, 2, 1), 10, 1000, [29]),
        (date(2024, 2, 1), 10, 100, [10, 10, 9]),
        (date(2024, 2, 28), 10, 10, [1, 1]),
        (date(2024, 2, 28), 10, 1, [1, 1]),
        (date(2024, 2, 20), 0, 100, [10]),
        (date(2024, 2, 29), 10, 100, [1]),
        (date(2024, 3, 1), 10, 100, []),
        (date(2024, 3, 9), 10, 100, []),
    ],
    ids=[
        "all at once",
        "the last chunk is the rest",
        "a day each",
        "a day is the least",
        "nobody is scored yet",
        "one day",
        "scored already",
        "scored long ago",
    ],
)
def test_chunks_reach_back_to_the_first_day(monkeypatch, first, customers, rows, days):
    assert chunk_days(first, customers, rows, monkeypatch) == days


def test_a_last_day_within_the_scored_ones_changes_nothing(monkeypatch):
    for last in (date(2024, 2, 29), date(2024, 3, 1), BUILT.as_of):
        assert chunk_days(date(2024, 2, 1), 10, 1000, monkeypatch, last) == [29]


WRONG = {
    "nothing is scored": (None, "2024-02-01", None, "nothing is scored yet"),
    "from after to": (BUILT, "2024-03-20", "2024-03-10", "--from 2024-03-20: lies after --to 2024-03-10"),
    "to leaves a gap": (BUILT, "2024-02-01", "2024-02-20", "would leave the days up to 2024-02-29 without scores"),
    "to after as-of": (BUILT, "2024-02-01", "2024-04-01", "lies after the last scored day, 2024-03-31"),
    "too far for the ledger": (BUILT, "1900-01-01", None, "half-lives"),
}


@pytest.mark.parametrize(("built", "first", "last", "message"), WRONG.values(), ids=WRONG.keys())
def test_options_that_make_no_sense_stop_a_plan(built, first, last, message):
    with pytest.raises(InputError, match=message):
        plan_chunks(built, date.fromisoformat(first), date.fromisoformat(last) if last else None, 10)


# Backfilling, by the SQL alone


class Killed(BaseException):
    """What kill -9 is to a build: nothing after it is done."""


def renamed(project: harness.Project, catalog: str) -> harness.Project:
    """The models for a warehouse of another name."""

    def rename(value):
        return value.replace('"warehouse"', f'"{catalog}"') if isinstance(value, str) else value

    models = [
        replace(model, **{field.name: rename(getattr(model, field.name)) for field in fields(model)})
        for model in project.models
    ]
    return replace(project, models=tuple(models))


def prepare(connection: duckdb.DuckDBPyConnection, project: harness.Project) -> None:
    """Schemas and seeds in a warehouse that was never built."""
    if table_exists(connection, "rules.natures"):
        return
    connection.execute(f"attach '{project.template}' as template (read_only)")
    for (schema,) in connection.execute(
        "select distinct schema_name from information_schema.schemata where catalog_name = 'template'"
    ).fetchall():
        connection.execute(f"create schema if not exists {schema}")
    for (seed,) in connection.execute(
        "select table_schema || '.' || table_name from information_schema.tables "
        "where table_catalog = 'template' and table_schema in ('rules', 'trained')"
    ).fetchall():
        connection.execute(f"create table {seed} as from template.{seed}")
    connection.execute("detach template")


class Builds:
    """Builds without dbt, and their number; the one of the number `killed` is killed before the model `until`."""

    def __init__(self, project: harness.Project) -> None:
        self.project, self.done, self.killed, self.until = project, 0, None, None

    def __call__(self, path, selector="daily", rebuild=False, verbose=False, progress=lambda *_: None, _project=ROOT):
        with duckdb.connect(str(path)) as connection:
            connection.execute("set TimeZone = 'UTC'")
            prepare(connection, self.project)
            here = renamed(self.project, path.stem)
            until = self.until if self.done == self.killed else None
            (here.build if rebuild else here.catch_up)(connection, until=until)
        if until:
            self.killed = None
            raise Killed
        self.done += 1
        progress("all", 1, 1)
        return building.Counter()


@pytest.fixture
def builds(monkeypatch, project) -> Builds:
    """The command line in this process builds without dbt, twenty times as fast."""
    builds = Builds(project)
    monkeypatch.setattr(building, "build", builds)
    return builds


def run(path: Path, folder: Path | None, as_of: date, first: date | None = None) -> None:
    command_line._run(path, folder, "files", "utf-8", as_of, first, False, False, False)


def backfill(path: Path, first: date) -> None:
    command_line.backfill(datetime.combine(first, time()), None, False, path)


@pytest.fixture(scope="module")
def portfolio() -> histories.Portfolio:
    portfolio = histories.random_portfolio(12, 30, days=40, loads=1)
    portfolio = histories.changed_later(histories.with_descriptions(portfolio, 12), 12, share=0.4)
    return histories.rebatched(portfolio, 12, loads=3)


@pytest.fixture(scope="module")
def raw(portfolio, tmp_path_factory) -> list[Path]:
    return histories.write_csv(portfolio, tmp_path_factory.mktemp("raw"))


@pytest.fixture(scope="module")
def from_the_first_day(project, portfolio, raw, tmp_path_factory) -> dict[str, list]:
    """What the tables hold where every day was scored from the first run on."""
    folder = tmp_path_factory.mktemp("expected") / "warehouse"
    with project.score(folder, raw, portfolio.as_of, portfolio.first_day):
        pass
    return contents_of(folder / harness.WAREHOUSE)


LATE = 25


@pytest.fixture(scope="module")
def scored_late(project, portfolio, raw, tmp_path_factory) -> Path:
    """A warehouse after two runs over the first two loads, which scored no more than the last days."""
    path = tmp_path_factory.mktemp("late") / harness.WAREHOUSE
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "build", Builds(project))
        run(path, raw[0], portfolio.as_of - timedelta(days=6), portfolio.first_day + timedelta(days=LATE))
        run(path, raw[1], portfolio.as_of)
    return path


@pytest.fixture
def warehouse(scored_late, tmp_path) -> Path:
    return Path(shutil.copy(scored_late, tmp_path))


# Nine days or ten.
FEW_ROWS = 180


@pytest.mark.parametrize(
    ("last_load", "rows"),
    [("in a run before", FEW_ROWS), ("in the backfill", FEW_ROWS), ("in a run after", 20_000_000)],
)
def test_backfilled_is_as_scored_from_the_first_run_on(
    builds, portfolio, raw, from_the_first_day, warehouse, monkeypatch, last_load, rows
):
    monkeypatch.setattr(backfilling, "ROWS_PER_CHUNK", rows)
    if last_load == "in a run before":
        run(warehouse, raw[2], portfolio.as_of)
    elif last_load == "in the backfill":
        command_line.load(raw[2], "files", "utf-8", warehouse)
    before = builds.done
    backfill(warehouse, portfolio.first_day)
    assert (builds.done - before > 2) == (rows == FEW_ROWS)
    if last_load == "in a run after":
        run(warehouse, raw[2], portfolio.as_of)
    assert_equal_contents(contents_of(warehouse), from_the_first_day)


@pytest.mark.parametrize("until", ["balances", "score_distribution_daily", "last_build"])
def test_a_backfill_that_was_killed_goes_on_where_it_was(
    builds, portfolio, raw, from_the_first_day, warehouse, monkeypatch, until
):
    path = warehouse
    command_line.load(raw[2], "files", "utf-8", path)
    monkeypatch.setattr(backfilling, "ROWS_PER_CHUNK", FEW_ROWS)
    builds.killed, builds.until = builds.done + 1, until
    with pytest.raises(Killed):
        backfill(path, portfolio.first_day)
    backfill(path, portfolio.first_day)
    assert_equal_contents(contents_of(path), from_the_first_day)
    with connect(path, read_only=True) as connection:
        log = connection.execute(
            "select first_new_day, last_new_day, finished_at is not null from control.runs "
            "where command = 'backfill' order by run_id"
        ).fetchall()
    assert [is_finished for *_, is_finished in log] == [True, False] + [True] * (len(log) - 2)
    # Every day once, without a gap: a chunk that was finished is not done again.
    finished = [(first, last) for first, last, is_finished in log if is_finished]
    assert finished[0][1] == portfolio.first_day + timedelta(days=LATE - 1)
    assert finished[-1][0] == portfolio.first_day
    for (later, _), (_, earlier) in pairwise(finished):
        assert later - earlier == timedelta(days=1)


def test_a_run_after_a_killed_backfill_finishes_the_chunk_that_was_begun(
    builds, portfolio, raw, from_the_first_day, warehouse
):
    builds.killed, builds.until = builds.done, "daily_points"
    with pytest.raises(Killed):
        backfill(warehouse, portfolio.first_day)
    run(warehouse, raw[2], portfolio.as_of)
    assert_equal_contents(contents_of(warehouse), from_the_first_day)


def test_a_backfill_of_days_that_are_scored_does_nothing(builds, portfolio, warehouse, capsys):
    before = contents_of(warehouse)
    backfill(warehouse, portfolio.first_day + timedelta(days=LATE + 5))
    assert builds.done == 0
    assert_equal_contents(contents_of(warehouse), before)
    assert f"Scored from {portfolio.first_day + timedelta(days=LATE)} to " in capsys.readouterr().out


# Backfilling from the command line


def test_the_command_line_backfills_after_a_kill_and_refuses_what_makes_no_sense(
    rapport, target, portfolio, raw, from_the_first_day, warehouse, tmp_path
):
    path, first = warehouse, portfolio.first_day + timedelta(days=LATE)
    for loaded in (path, tmp_path / "only loaded.duckdb"):
        done = rapport("load", raw[2], "--warehouse", loaded)
        assert done.returncode == 0, done.stdout
    nothing = rapport("backfill", "--from", portfolio.first_day, "--warehouse", tmp_path / "only loaded.duckdb")
    assert (nothing.returncode, nothing.stdout.count("\n")) == (InputError.exit_code, 1), nothing.stdout
    assert "nothing is scored yet" in nothing.stdout

    for options, message in {
        ("--from", first, "--to", first - timedelta(days=1)): "lies after --to",
        ("--from", portfolio.first_day, "--to", first - timedelta(days=9)): "without scores",
        ("--from", portfolio.first_day, "--to", portfolio.as_of + timedelta(days=1)): "after the last scored day",
    }.items():
        wrong = rapport("backfill", *options, "--warehouse", path)
        assert (wrong.returncode, wrong.stdout.count("\n")) == (InputError.exit_code, 1), wrong.stdout
        assert message in wrong.stdout

    command = ["backfill", "--from", portfolio.first_day, "--to", portfolio.as_of]
    bench = Bench(path.parent)
    assert bench.warehouse == path
    begun = bench.start(*command, "--verbose", env={"DBT_TARGET_PATH": str(target)})
    kill_at(begun, r"OK created sql incremental model ledger\.daily_points")
    done = rapport(*command, "--warehouse", path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Scored from {portfolio.first_day} to {portfolio.as_of}." in done.stdout
    assert_equal_contents(contents_of(path), from_the_first_day)


def test_chunks_make_only_what_more_days_move(target, portfolio, raw, from_the_first_day, warehouse, monkeypatch):
    monkeypatch.setenv("DBT_TARGET_PATH", str(target))
    run(warehouse, raw[2], portfolio.as_of)
    selectors, build = [], building.build

    def noting(path, selector, *arguments):
        selectors.append(selector)
        return build(path, selector, *arguments)

    monkeypatch.setattr(building, "build", noting)
    monkeypatch.setattr(backfilling, "ROWS_PER_CHUNK", FEW_ROWS)
    backfill(warehouse, portfolio.first_day)
    assert set(selectors[:-1]) == {"scores"}
    assert selectors[-1] == "daily"
    assert_equal_contents(contents_of(warehouse), from_the_first_day)
