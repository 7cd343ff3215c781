"""Increments against a rebuild (methodology, section 8, number 5): however rows arrive, and wherever a build is killed,
the tables that a series of builds leaves are those of one build from nothing."""

import csv
import gzip
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import harness
import histories
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from runner.loading import load
from runner.project import project_vars, raw_tables
from runner.warehouse import ScoreWindow, read_seed, record_window
from test_oracle import assert_equal, assert_fates_equal

# What the tables hold

# All but `increments`, and what else says what a build has to do: that is what differs.
SCHEMAS = ("staging", "intermediate", "factors", "ledger", "marts", "control")
TO_DO = {"built_project", "loads", "score_window", "runs", "run_log", "stg_control__score_window"}
TO_DO |= {f"stg_{kind}__changes" for kind in ("files", "servicenow", "sfo_survey")}
# What runs told is their own.
TO_DO |= {"told_alerts"}
TABLES = f"""
    select
        table_schema || '.' || table_name,
        array_agg(column_name order by ordinal_position),
        array_agg(data_type order by ordinal_position)
    from information_schema.columns
    where table_schema in {SCHEMAS} and table_name not in {tuple(TO_DO)}
    group by all
"""
LOADED_AT = {"_loaded_at"}
# Where a row was read: another place in other files.
LINEAGE = LOADED_AT | {
    "_load_id",
    "_file",
    "_row",
    "superseded_by_load_id",
    "load_id",
    "last_load_id",
    "file",
    "file_row",
}


def contents(connection, without: Iterable[str] = LOADED_AT) -> dict[str, list[tuple]]:
    """The rows of every table and view, sorted."""
    found = {}
    for name, columns, types in connection.execute(TABLES).fetchall():
        shown = [
            _shown(name, column, data_type, columns)
            for column, data_type in zip(columns, types, strict=True)
            if column not in without
        ]
        found[name] = connection.execute(f"select {', '.join(shown)} from {name} order by all").fetchall()
    return found


def _shown(table: str, column: str, data_type: str, columns: list[str]) -> str:
    if data_type == "DOUBLE":
        # As text, not a number is equal to itself.
        return _amount(column, columns) if table.startswith(("ledger", "factors")) else f"cast({column} as varchar)"
    return f'"{column}"'


def _amount(column: str, columns: list[str]) -> str:
    """A ledger's amount, decayed to its day by the half-life of its factor, rounded as scores are.

    Sums of grown amounts depend in their last bits on the order of adding up, and these bits grow with the amounts:
    the methodology, section 1, only compares them after decay to a day. Amounts of long ago, which underflow, decay
    over 500 half-lives at most.
    """
    epoch = date.fromisoformat(project_vars()["ledger_epoch"])
    half_lives = {row["factor"]: float(row["half_life_days"]) for row in read_seed("factor_settings")}
    day = "valid_from" if "valid_from" in columns else "effective_on"
    age = f"least(date '{epoch}' - {day}, {500 * min(half_lives.values())})"
    if "factor" in columns:
        half_life = " ".join(f"when '{factor}' then {days}" for factor, days in half_lives.items())
        decayed = f"power(2, {age} / case factor {half_life} end)"
        weight = f"case when balance = 'persistence_open_issues' then 1 else {decayed} end"
    elif column == "persistence_open_issues":
        weight = "1"
    else:
        weight = f"power(2, {age} / {half_lives[column.split('_')[0]]})"
    return f"round({column} * {weight}, 9) as {column}"


def difference(left: dict[str, list], right: dict[str, list]) -> dict[str, tuple]:
    """By table: the rows that only one of two warehouses has, the first few of them."""
    assert left.keys() == right.keys()
    return {
        name: (_first(Counter(left[name]) - Counter(right[name])), _first(Counter(right[name]) - Counter(left[name])))
        for name in left
        if left[name] != right[name]
    }


def _first(rows: Counter) -> list[tuple]:
    return [f"{sum(rows.values())} rows", *list(rows)[:3]] if rows else []


def assert_equal_contents(left: dict[str, list], right: dict[str, list]) -> None:
    differing = difference(left, right)
    assert not differing, differing


def assert_as_rebuilt(project: harness.Project, connection) -> None:
    """The increments are what a rebuild of the same warehouse makes."""
    caught_up = contents(connection)
    project.build(connection)
    rebuilt = contents(connection)
    assert_equal_contents(caught_up, rebuilt)


# Runs


@dataclass(frozen=True)
class Run:
    """What a run does: load folders, score up to as_of, unless it is killed before it builds the model `until`."""

    folders: tuple[Path, ...]
    as_of: date
    until: str | None = None
    is_rebuild: bool = False


def do(project: harness.Project, connection, run: Run, first_day: date, source: str = "files") -> None:
    for folder in run.folders:
        load(connection, raw_tables(source), source, folder)
    record_window(connection, ScoreWindow(first_day, run.as_of))
    (project.build if run.is_rebuild else project.catch_up)(connection, until=run.until)


# Random histories


# Loads between two builds; several builds load nothing, and one scores no new day.
SCORED = {"interactions", "issues", "customer_segments"}
LOADS_OF_RUNS, SHARE_OF_DAYS = (1, 0, 2, 1, 0, 1, 3), (0.2, 0.3, 0.5, 0.5, 0.7, 0.9, 1)
KINDS = {
    "with segments": {},
    "first segments late": {"held_back": True},
    "everybody a resident": {"with_segments": False},
    "loads of very different sizes": {"shares": (2, 8, 0.1, 0.1, 1, 2)},
    "far from UTC": {"time_zone": "America/Los_Angeles"},
}


def arriving(seed: int, customers: int, shares=None, held_back: bool = False, **options) -> histories.Portfolio:
    """A portfolio in eight loads, with newer copies of many rows; the last two repeat earlier loads."""
    portfolio = histories.random_portfolio(seed, customers, loads=1, **options)
    portfolio = histories.changed_later(histories.with_descriptions(portfolio, seed), seed, share=0.4)
    portfolio = histories.rebatched(portfolio, seed, loads=6, shares=shares)
    if held_back:
        portfolio = histories.held_back(portfolio, "customer_segments", 4)
    # The same again at once, and long after.
    for load_id in (6, 2):
        portfolio = histories.resent(portfolio, load_id)
    return portfolio


def runs_of(portfolio: histories.Portfolio, folders: list[Path]) -> Iterator[Run]:
    days, coming = (portfolio.as_of - portfolio.first_day).days, iter(folders)
    for loads, share in zip(LOADS_OF_RUNS, SHARE_OF_DAYS, strict=True):
        yield Run(tuple(next(coming) for _ in range(loads)), portfolio.first_day + timedelta(days=int(share * days)))


def changes_after(portfolio: histories.Portfolio, load_id: int) -> Counter:
    """How often a load after that one says what about a row that had come by then."""
    early, counts = defaultdict(set), Counter()
    for table, rows in portfolio.tables.items():
        for row in rows:
            key = row[histories.KEYS[table]], row.get("started_on")
            if row["_load_id"] <= load_id:
                early[table].add(key)
            elif key in early[table] and histories.SAYS in row:
                counts[table, row[histories.SAYS]] += 1
    return counts


DUE = """
    select 'waiting ' || raw_table as what, count(*) from intermediate.raw_rows
    where row_status = 'waiting' and dated_on <= $as_of group by all
    union all
    select 'resolution to come', count(*) from staging.stg_files__issues
    where row_status = 'used' and resolved_at >= $built + 1 and resolved_at < $as_of + 1
"""


def coming_due(connection, built: date, as_of: date) -> Counter:
    """What is in the warehouse, and happens after the day up to which it is built."""
    return Counter(dict(connection.execute(DUE, {"built": built, "as_of": as_of}).fetchall()))


# Of every kind of late change, over the portfolios, and of what comes due in each.
ENOUGH = 10


def portfolio_of(kind: str) -> histories.Portfolio:
    return arriving(20 + list(KINDS).index(kind), 100, **KINDS[kind])


def test_what_the_first_build_knew_changes_in_every_way():
    counts = sum((changes_after(portfolio_of(kind), LOADS_OF_RUNS[0]) for kind in KINDS), Counter())
    ways = {(table, way) for table in histories.CHANGES for way in (*histories.CHANGES[table], *histories.FATES)}
    assert {way: counts[way] for way in ways if counts[way] < ENOUGH and way[0] in SCORED} == {}


@pytest.mark.parametrize("kind", KINDS)
def test_random_histories_in_batches(kind, project, request, tmp_path):
    if "time_zone" in KINDS[kind]:
        project = request.getfixturevalue("pacific_project")
    portfolio = portfolio_of(kind)
    runs = list(runs_of(portfolio, histories.write_csv(portfolio, tmp_path / "raw")))
    due = Counter()
    with project.open(tmp_path / "warehouse") as connection:
        for run in runs:
            do(project, connection, run, portfolio.first_day)
            due += coming_due(connection, run.as_of, portfolio.as_of)
        assert len(due) == 3, due
        assert min(due.values()) >= ENOUGH, due
        assert_as_rebuilt(project, connection)
        assert_equal(connection, portfolio.tables, portfolio.as_of, portfolio.first_day, portfolio.time_zone)
        assert_fates_equal(connection, portfolio.tables, portfolio.as_of, portfolio.time_zone)


def test_a_build_that_was_killed_before_any_model_is_caught_up(project, tmp_path):
    portfolio = arriving(31, 30)
    before, killed, *after = runs_of(portfolio, histories.write_csv(portfolio, tmp_path / "raw"))
    with project.open(tmp_path / "first") as connection:
        do(project, connection, before, portfolio.first_day)
    later = Run(tuple(folder for run in after for folder in run.folders), portfolio.as_of)
    rebuilt, differences = None, {}
    for model in project.models:
        if model.kind == "table":
            shutil.copytree(tmp_path / "first", tmp_path / model.name)
            with project.open(tmp_path / model.name) as connection:
                for run in (replace(killed, folders=after[0].folders, until=model.name), later):
                    do(project, connection, run, portfolio.first_day)
                caught_up = contents(connection)
                if not rebuilt:
                    project.build(connection)
                    rebuilt = contents(connection)
                differences[model.name] = difference(caught_up, rebuilt)
    assert len(differences) > 20
    assert {name: tables for name, tables in differences.items() if tables} == {}


# A search for a counterexample: what happens to a few customers, small enough to be read


ORIGIN, FIRST_DAY = date(2024, 3, 1), date(2024, 3, 6)
BATCHES = 4
dates = st.integers(0, 17).map(lambda day: str(ORIGIN + timedelta(days=day)))
people = st.sampled_from(["A", "B"])
ROWS = {
    "interactions": st.fixed_dictionaries(
        {
            "interaction_id": st.sampled_from(["m1", "m2", "m3"]),
            "customer_id": people,
            "occurred_at": dates,
            "nature": st.sampled_from(histories.NATURES),
            "issue_category": st.sampled_from([None, "heating", "noise"]),
            "issue_id": st.sampled_from([None, None, "i1"]),
        }
    ),
    "issues": st.fixed_dictionaries(
        {
            "issue_id": st.sampled_from(["i1", "i2"]),
            "customer_id": people,
            "opened_at": dates,
            "resolved_at": st.none() | dates,
        }
    ),
    "customers": st.fixed_dictionaries({"customer_id": people, "customer_name": st.sampled_from(["X", "Y"])}),
    "customer_segments": st.fixed_dictionaries(
        {
            "customer_id": people,
            "started_on": st.integers(0, 3).map(lambda week: str(ORIGIN + timedelta(days=5 * week))),
            "segment": st.sampled_from(["resident", "prospect"]),
            "property_id": st.sampled_from([None, "P1"]),
            "ended_on": st.none() | dates,
        }
    ),
    "incident_event_log": st.fixed_dictionaries(
        {
            "number": st.sampled_from(["n1", "n2"]),
            "caller_id": people,
            "sys_mod_count": st.integers(0, 3).map(str),
            "sys_updated_at": dates.map(lambda day: _logged(date.fromisoformat(day))),
            "incident_state": st.sampled_from(["New", "Active", "Resolved", "Closed"]),
            "reopen_count": st.sampled_from(["0", "0", "1"]),
            "location": st.sampled_from(["?", "1", "2"]),
            "category": st.sampled_from(["?", "5"]),
            "impact": st.sampled_from(["1", "3"]),
            "contact_type": st.just("Phone"),
        }
    ),
}
# An incident is opened once.
OPENED = {"n1": ORIGIN + timedelta(days=2), "n2": ORIGIN + timedelta(days=7)}
NAMES = ("interaction_id", "issue_id", "customer_id", "caller_id", "number")


def _logged(day: date) -> str:
    return f"{day:%-d/%-m/%Y} 10:00"


@dataclass(frozen=True)
class Story:
    """A row, and how its copies differ from it: each in the batch of that number."""

    table: str
    row: dict
    copies: tuple[tuple[int, dict], ...]


@dataclass(frozen=True)
class Build:
    """After a batch: the days that as-of moves on; how many models before the last one the build is killed, if so."""

    days: int
    killed: int | None = None
    is_rebuild: bool = False
    is_skipped: bool = False


def stories(table: str) -> st.SearchStrategy[Story]:
    """As one row is sent again, corrected, withdrawn, brought back: often to what it was before."""
    rows = ROWS[table]
    changes = st.one_of(st.just({}), st.just({"_deleted": "true"}), st.just({}), rows.flatmap(_one_column), rows)
    updates = st.sampled_from([{"updated_at": f"2024-05-0{day}"} for day in range(1, 6)])
    if table == "incident_event_log":
        changes, updates = st.one_of(st.just({}), rows.flatmap(_one_column), rows), st.just({})
    by_arrival, by_update = (
        st.lists(st.tuples(st.integers(0, BATCHES - 1), changes, each), min_size=1, max_size=5)
        for each in (st.just({}), updates)
    )
    return st.builds(_story, st.just(table), rows, st.one_of(by_arrival, by_arrival, by_update))


def _story(table: str, row: dict, copies: list[tuple[int, dict, dict]]) -> Story:
    ordered = sorted(copies, key=lambda copy: copy[0])
    return Story(table, row, tuple((batch, change | update) for batch, change, update in ordered))


def _one_column(row: dict) -> st.SearchStrategy[dict]:
    return st.sampled_from([{column: value} for column, value in row.items()])


builds = st.lists(
    st.builds(
        Build,
        st.integers(0, 4),
        # Late ones leave the most behind.
        st.one_of(st.none(), st.integers(0, 4), st.integers(0, 4), st.integers(0, 40)),
        st.sampled_from([False] * 7 + [True]),
        st.sampled_from([False] * 5 + [True]),
    ),
    min_size=BATCHES,
    max_size=BATCHES,
)
# Many groups of customers share the builds, which take as long for one; those that do not matter shrink to none.
GROUPS = 30
searched = st.one_of(
    *(
        st.lists(st.lists(st.one_of(*map(stories, tables)), max_size=5), min_size=GROUPS, max_size=GROUPS)
        for tables in (
            ("interactions", "issues", "customers"),
            ("interactions", "issues", "customers", "customer_segments"),
            ("interactions", "customer_segments", "incident_event_log"),
            ("interactions", "incident_event_log"),
        )
    )
)


def rows_of(group: list[Story], number: int) -> Iterator[tuple[int, str, dict]]:
    """By batch and table what a group of customers, who are not those of any other group, leaves behind."""
    for story in group:
        for batch, change in story.copies:
            row = story.row | change
            row |= {column: f"{row[column]} of {number}" for column in NAMES if row.get(column)}
            if story.table == "incident_event_log":
                row["opened_at"] = _logged(OPENED[row["number"][:2]])
            yield batch, story.table, row


def arrive(connection, batch: int, groups: list[list[Story]]) -> None:
    """The rows of a batch into the raw tables, as a load does."""
    relations = {table.name: table.relation for kind in ("files", "servicenow") for table in raw_tables(kind)}
    came = [each for number, group in enumerate(groups) for each in rows_of(group, number) if each[0] == batch]
    for place, (_, table, row) in enumerate(came, start=1):
        row |= {"_load_id": batch + 1, "_loaded_at": str(ORIGIN), "_file": table, "_row": place}
        connection.execute(
            f"insert into {relations[table]} ({', '.join(row)}) values ({', '.join('?' * len(row))})", [*row.values()]
        )


@contextmanager
def emptied(project: harness.Project, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    shutil.rmtree(folder, ignore_errors=True)
    with project.open(folder) as connection:
        yield connection


def assert_batches_are_as_rebuilt(project, folder: Path, runs: list[Build], groups: list[list[Story]]) -> None:
    models = [model.name for model in project.models if model.kind == "table"]
    as_of = FIRST_DAY + timedelta(days=3)
    with emptied(project, folder) as connection:
        for batch, build in enumerate(runs):
            arrive(connection, batch, groups)
            as_of += timedelta(days=build.days)
            is_last = batch == len(runs) - 1
            if is_last or not build.is_skipped:
                is_killed = build.killed is not None and not is_last
                until = models[-1 - build.killed % len(models)] if is_killed else None
                do(project, connection, Run((), as_of, until, build.is_rebuild and not is_last), FIRST_DAY)
        assert_as_rebuilt(project, connection)


def interaction(**values) -> dict:
    return {"interaction_id": "m1", "customer_id": "A", "occurred_at": "2024-03-07", "nature": "grievance"} | values


def issue(**values) -> dict:
    return {"issue_id": "i1", "customer_id": "A", "opened_at": "2024-03-07", "resolved_at": "2024-03-10"} | values


def stay(**values) -> dict:
    return {"customer_id": "A", "started_on": "2024-03-06", "segment": "resident"} | values


def update(**values) -> dict:
    row = {"number": "n2", "caller_id": "A", "sys_mod_count": "0", "sys_updated_at": "9/3/2024 10:00", "location": "1"}
    return row | {"incident_state": "New", "reopen_count": "0", "category": "5", "impact": "1"} | values


def updated_on(day: int, **values) -> dict:
    return {"updated_at": f"2024-05-0{day}"} | values


WITHDRAWN = {"_deleted": "true"}
NOW = ((0, {}),)
EARLIER = Story("interactions", interaction(interaction_id="m2", occurred_at="2024-03-02"), NOW)
THEN_BUILT = [Build(2), Build(0)]
THEN_KILLED = [Build(2), Build(0, killed=0), Build(0)]
ON_AS_OF, THE_DAY_AFTER = "2024-03-12", "2024-03-10"
WAITED = [Build(0), Build(3), Build(2)]  # scored up to 9, 12 and 14 March
# What was a counterexample once, to the models or to a version of them that was made wrong on purpose.
SMALL = {
    "withdrawn, and back after a killed build": (
        THEN_KILLED,
        [Story("interactions", interaction(), ((0, {}), (1, WITHDRAWN), (2, {})))],
    ),
    "an issue withdrawn, and back after a killed build, resolved on another day": (
        THEN_KILLED,
        [Story("issues", issue(), ((0, {}), (1, WITHDRAWN), (2, {"resolved_at": "2024-03-09"})))],
    ),
    "a segment withdrawn, and back after a killed build, with another end": (
        THEN_KILLED,
        [
            Story("customer_segments", stay(started_on="2024-03-01"), NOW),
            Story(
                "customer_segments",
                stay(segment="prospect"),
                ((0, {}), (1, WITHDRAWN), (2, {"ended_on": "2024-03-09"})),
            ),
        ],
    ),
    "the same again after a withdrawal, and a copy from between them": (
        THEN_BUILT,
        [
            Story(
                "interactions",
                interaction(),
                ((0, updated_on(1)), (0, updated_on(3, **WITHDRAWN)), (1, updated_on(2)), (1, updated_on(4))),
            )
        ],
    ),
    "a caller whose first incident was still to come": (
        [Build(0), Build(5)],
        [EARLIER, Story("incident_event_log", update(), ((0, {"sys_updated_at": "12/3/2024 10:00"}),))],
    ),
    "a caller who is none any longer": (
        THEN_BUILT,
        [EARLIER, Story("incident_event_log", update(), ((0, {}), (1, {"caller_id": "B"})))],
    ),
    "a resolution to come on as-of": (WAITED, [Story("issues", issue(), ((0, {"resolved_at": ON_AS_OF}),))]),
    "a resolution to come on the day after": (
        WAITED,
        [Story("issues", issue(), ((0, {"resolved_at": THE_DAY_AFTER}),))],
    ),
    "an interaction to come on as-of": (
        WAITED,
        [EARLIER, Story("interactions", interaction(occurred_at=ON_AS_OF), NOW)],
    ),
    "an interaction to come on the day after": (
        WAITED,
        [EARLIER, Story("interactions", interaction(occurred_at=THE_DAY_AFTER), NOW)],
    ),
    "another segment and another property, both with another end": (
        THEN_BUILT,
        [
            Story("customer_segments", stay(), ((0, {}), (1, {"segment": "prospect", "ended_on": "2024-03-09"}))),
            Story(
                "customer_segments",
                stay(customer_id="B"),
                ((0, {}), (1, {"property_id": "P", "ended_on": "2024-03-09"})),
            ),
        ],
    ),
    "an issue opened on another day, and one of another customer, both resolved on another day": (
        THEN_BUILT,
        [
            EARLIER,
            Story("issues", issue(), ((0, {}), (1, {"opened_at": "2024-03-06", "resolved_at": "2024-03-09"}))),
            Story("issues", issue(issue_id="i2"), ((0, {}), (1, {"customer_id": "B", "resolved_at": "2024-03-09"}))),
        ],
    ),
    "a name, and another one": (
        THEN_BUILT,
        [Story("customers", {"customer_id": "A", "customer_name": "X"}, ((0, {}), (1, {"customer_name": "Y"})))],
    ),
}


@pytest.mark.parametrize("name", SMALL)
def test_a_small_history_that_was_a_counterexample(project, tmp_path, name):
    runs, group = SMALL[name]
    assert_batches_are_as_rebuilt(project, tmp_path / "example", runs, [group])


search = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@search
@given(runs=builds, groups=searched)
def test_no_small_history_is_a_counterexample(project, tmp_path, runs, groups):
    assert_batches_are_as_rebuilt(project, tmp_path / "example", runs, groups)


@pytest.mark.slow
@settings(search, max_examples=1000)
@given(runs=builds, groups=searched)
def test_no_small_history_is_a_counterexample_after_a_long_search(project, tmp_path, runs, groups):
    assert_batches_are_as_rebuilt(project, tmp_path / "example", runs, groups)


# The incident log


LOG_FILE = "incident_event_log.csv"
AS_OF = date(2016, 6, 30)


@pytest.fixture(scope="module")
def months(incident_log, tmp_path_factory) -> list[Path]:
    """The log as it really arrived: a folder for every month of sys_updated_at up to as-of."""
    folder, files = tmp_path_factory.mktemp("months"), {}
    with gzip.open(incident_log / f"{LOG_FILE}.gz", "rt", encoding="utf-8", newline="") as log:
        header, *rows = csv.reader(log)
    updated_at = header.index("sys_updated_at")
    for row in rows:
        month = datetime.strptime(row[updated_at], "%d/%m/%Y %H:%M").replace(day=1).date()  # noqa: DTZ007
        if month <= AS_OF:
            files.setdefault(month, []).append(row)
    for month, members in files.items():
        write_log(folder / str(month), header, members)
    write_log(folder / "all", header, [row for members in files.values() for row in members])
    return [*(folder / str(month) for month in sorted(files)), folder / "all"]


def write_log(folder: Path, header: list[str], rows: list[list[str]]) -> None:
    folder.mkdir()
    with open(folder / LOG_FILE, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def end_of_month(folder: Path) -> date:
    return (date.fromisoformat(folder.name) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def test_incident_log_month_by_month(project, months, tmp_path):
    *arrived, at_once = months
    first_day = date(2016, 3, 1)
    with project.open(tmp_path / "months") as connection:
        for folder in arrived:
            do(project, connection, Run((folder,), max(end_of_month(folder), first_day)), first_day, "servicenow")
        caught_up = contents(connection, LINEAGE)
    with project.score(tmp_path / "at once", [at_once], AS_OF, first_day, "servicenow") as connection:
        assert_equal_contents(caught_up, contents(connection, LINEAGE))
    assert len(caught_up["marts.customer_scores_daily"]) > 100_000
