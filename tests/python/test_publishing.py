"""Releases: they are the marts, whole, of one build, whoever reads or is killed meanwhile."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

import duckdb
import harness
import histories
import pytest
import release_reader
from runner import publishing, runs
from runner.errors import BuildError, BusyError, InputError
from runner.loading import load
from runner.project import ROOT, published_marts, raw_tables
from runner.publishing import Options, publish
from runner.warehouse import ScoreWindow, connect, last_build, literal, record_window

LOADS = 4
NATURES = ("grievance", "request", "inquiry", "commendation")
PATIENCE = 300


@dataclass(frozen=True)
class World:
    """A warehouse after each of some runs, with late rows and corrections in them, and the folders of raw files.

    quiet: the warehouse after days on which nothing came.
    """

    project: harness.Project
    portfolio: histories.Portfolio
    raw: list[Path]
    stages: list[Path]
    quiet: list[Path]


def run(project: harness.Project, folder: Path, window: ScoreWindow, raw: Path | None = None) -> None:
    """What the command line's run does, without its tests."""
    with project.open(folder) as connection:
        built = last_build(connection)
        if raw:
            load(connection, raw_tables("files"), "files", raw)
        record_window(connection, window)
        begun = runs.start(connection, "run", window, built)
        project.catch_up(connection)
        runs.finish(connection, begun.run_id, built, Counter())


@pytest.fixture(scope="module")
def world(project, tmp_path_factory) -> World:
    folder = tmp_path_factory.mktemp("releases")
    portfolio = histories.random_portfolio(5, 20, days=70, loads=1)
    portfolio = histories.changed_later(histories.with_descriptions(portfolio, 5), 5, share=0.2)
    portfolio = histories.rebatched(portfolio, 5, loads=LOADS)
    raw = histories.write_csv(portfolio, folder / "raw")
    stages = []
    for number, files in enumerate(raw):
        stages.append(folder / str(number))
        if number:
            shutil.copytree(stages[number - 1], stages[number])
        run(project, stages[number], window_of(portfolio, number), files)
    quiet = []
    for number in (1, 2):
        quiet.append(Path(shutil.copytree([*stages, *quiet][-1], folder / f"quiet {number}")))
        run(project, quiet[-1], ScoreWindow(portfolio.first_day, portfolio.as_of + timedelta(days=number)))
    return World(project, portfolio, raw, stages, quiet)


def window_of(portfolio: histories.Portfolio, number: int) -> ScoreWindow:
    return ScoreWindow(portfolio.first_day, portfolio.as_of - timedelta(days=LOADS - 1 - number))


@pytest.fixture
def warehouse(world, tmp_path) -> Path:
    """The warehouse after the last run, to be changed."""
    return Path(shutil.copytree(world.stages[-1], tmp_path / "last")) / harness.WAREHOUSE


def put(stage: Path, warehouse: Path) -> Path:
    """A later state of a warehouse in its place."""
    warehouse.parent.mkdir(exist_ok=True)
    shutil.copy(stage / harness.WAREHOUSE, warehouse)
    return warehouse


def differing(warehouse: Path, release: Path, without_pii: bool = False) -> dict[str, int]:
    """By mart and kind of file: how many rows only one of warehouse and release has."""
    found = {}
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach {literal(warehouse)} as {warehouse.stem} (read_only)")
        connection.execute(f"attach {literal(release / publishing.DATABASE)} as rapport (read_only)")
        for mart in published_marts():
            columns = ", ".join(mart.kept(without_pii))
            expected = f"select {columns} from {warehouse.stem}.marts.{mart.name}"
            files = f"read_parquet({literal(publishing.parquet_of(release, mart.name))})"
            for kind, copy in {"duckdb": f"rapport.marts.{mart.name}", "parquet": files}.items():
                rows = connection.execute(
                    f"with e as ({expected}), f as (select * from {copy}) "
                    "select count(*) from ((from e except all from f) union all (from f except all from e))"
                ).fetchone()[0]
                if rows:
                    found[f"{mart.name} ({kind})"] = rows
    return found


def names_in(folder: Path) -> set[str]:
    """What lies in a folder of releases."""
    return {path.name for path in (*folder.iterdir(), *(folder / "releases").iterdir())} - {".lock", "releases"}


def expected_names(folder: Path, *generations: int) -> set[str]:
    present = {int(path.name.split("-")[0]): path.name for path in (folder / "releases").iterdir()}
    return {"current", *(present[number] for number in generations)}


# What a release is


def test_a_release_is_the_marts(warehouse, tmp_path):
    release = publish(warehouse, Options(tmp_path / "published"))
    folder = publishing.current(tmp_path / "published")
    assert folder == tmp_path / "published" / "releases" / release.release_id
    assert differing(warehouse, folder) == {}
    assert release.row_counts["customer_scores_daily"] > 500
    assert {path.name for path in folder.iterdir()} == {
        "rapport.duckdb",
        "release.json",
        *(mart.name if mart.day else f"{mart.name}.parquet" for mart in published_marts()),
    }


def test_it_has_every_mart_but_one_that_has_a_row_per_score_and_says_nothing_new(world):
    with duckdb.connect(str(world.project.template), read_only=True) as connection:
        names = connection.execute(
            "select table_name, list(column_name order by ordinal_position) from information_schema.columns "
            "where table_schema = 'marts' group by table_name"
        ).fetchall()
    assert {name: list(mart.columns) for mart in published_marts() for name in [mart.name]} == {
        name: columns for name, columns in names if name != "score_statement_daily"
    }


def test_it_says_what_it_is(warehouse, world, tmp_path):
    before = publish(put(world.stages[0], tmp_path / "w" / harness.WAREHOUSE), Options(tmp_path / "published"))
    release = publish(put(world.stages[-1], tmp_path / "w" / harness.WAREHOUSE), Options(tmp_path / "published"))
    folder = publishing.current(tmp_path / "published")
    said = publishing.describe(folder)
    assert (before.generation, release.generation) == (1, 2)
    assert said["generation"] == 2
    assert said["as_of"] == world.portfolio.as_of.isoformat()
    assert said["rule_version"] == "v1"
    assert said["has_pii"] is True
    assert said["run_id"] == LOADS
    assert said["warehouse"] == harness.WAREHOUSE
    assert len(said["git_revision"].removesuffix("-dirty")) == 40 or not (ROOT / ".git").exists()
    with duckdb.connect(str(folder / "rapport.duckdb"), read_only=True, config=publishing.READER) as connection:
        (row,) = publishing.rows_of(connection.execute("from rapport.marts.release"))
        tables = connection.execute("select count(*) from duckdb_tables()").fetchone()[0]
        views = connection.execute("select count(*) from duckdb_views() where not internal").fetchone()[0]
        with pytest.raises(duckdb.Error):
            connection.execute(f"from read_parquet({literal(folder / 'run_log.parquet')})")
    assert json.loads(json.dumps(row, default=publishing._as_written)) == {
        name: value for name, value in said.items() if name != "row_counts"
    }
    assert (tables, views) == (len(published_marts()) + 2, 0)


def test_it_is_in_the_format_of_duckdb_1(warehouse, tmp_path):
    publish(warehouse, Options(tmp_path / "published"))
    header = (publishing.current(tmp_path / "published") / "rapport.duckdb").read_bytes()[:64]
    # Behind a checksum and the letters DUCK stands the number of the format: 64 is that of 1.0.
    assert header[8:12] == b"DUCK"
    assert int.from_bytes(header[12:20], "little") == 64


def test_duckdb_1_and_2_read_what_the_other_wrote(warehouse, world, tmp_path):
    others = [path for name in (".venv", ".venv-duckdb1") if (path := ROOT / name / "bin" / "python").exists()]
    mine = Path(sys.prefix) / "bin" / "python"
    others = [path for path in others if path.parent != mine.parent]
    if not others:
        pytest.skip("there is no second DuckDB here: `make test-duckdb1` installs it, and has this test too")
    publish(put(world.stages[-2], tmp_path / "w" / harness.WAREHOUSE), Options(tmp_path / "published"))
    publish(put(world.stages[-1], tmp_path / "w" / harness.WAREHOUSE), Options(tmp_path / "published"))
    code = (
        "import json, sys, duckdb, release_reader; "
        "print(json.dumps([duckdb.__version__, release_reader.read(sys.argv[1])]))"
    )
    done = subprocess.run(
        [others[0], "-c", code, tmp_path / "published"],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    version, found = json.loads(done.stdout)
    assert version.split(".")[0] != duckdb.__version__.split(".")[0]
    assert found == [2, []]


# What is built upon the release before


def linked(release: Path) -> set[str]:
    """The files that are those of another release too."""
    return {str(path.relative_to(release)) for path in release.rglob("*.parquet") if path.stat().st_nlink > 1}


def late_files(folder: Path, world: World, number: int) -> Path:
    """A folder of raw files with what a night may bring late: messages, issues, moves, names, withdrawals."""
    rng, today = Random(number), world.portfolio.as_of
    folder.mkdir()

    def earlier() -> date:
        return today - timedelta(days=rng.randint(0, 30))

    people = [history.customer_id for history in rng.sample(world.portfolio.histories, 4)]
    recent = [row for row in world.portfolio.tables["interactions"] if (row["occurred_at"] or "")[:10] > str(earlier())]
    tables = {
        "interactions": [
            "interaction_id,customer_id,occurred_at,nature,issue_id,_deleted",
            *(f"late {number} {each},{each},{earlier()},{rng.choice(NATURES)},late {each}," for each in people),
            *(f"{row['interaction_id']},{row['customer_id']},{row['occurred_at']},,,true" for row in recent[:2]),
        ],
        "issues": [
            "issue_id,customer_id,issue_category,opened_at,resolved_at",
            f"late {people[0]},{people[0]},late,{today - timedelta(days=30)},{earlier()}",
        ],
        "customer_segments": [
            "customer_id,started_on,segment,property_id",
            f"{people[1]},{earlier()},resident,p{number}",
            f"new {number},{earlier()},prospect,p{number}",
        ],
        "customers": ["customer_id,customer_name", f"{people[2]},Name of {number}"],
    }
    for name, lines in tables.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_releases_built_upon_each_other_are_the_marts(world, warehouse, tmp_path):
    folder = tmp_path / "published"
    publish(warehouse, Options(folder))
    first_month = f"{world.portfolio.first_day:%Y-%m}.parquet"
    for number in range(4):
        window = ScoreWindow(world.portfolio.first_day, world.portfolio.as_of + timedelta(days=number))
        raw = late_files(tmp_path / f"late {number}", world, number)
        run(world.project, warehouse.parent, window, raw)
        if number == 1:
            # Two runs, one release.
            continue
        publish(warehouse, Options(folder))
        assert differing(warehouse, publishing.current(folder)) == {}
        assert f"customer_scores_daily/{first_month}" in linked(publishing.current(folder))


def test_what_changed_long_ago_is_copied_anew(world, tmp_path):
    folder = tmp_path / "published"
    for stage in world.stages[-2:]:
        warehouse = put(stage, tmp_path / "w" / harness.WAREHOUSE)
        publish(warehouse, Options(folder))
        assert differing(warehouse, publishing.current(folder)) == {}
        assert linked(publishing.current(folder)) == set()


def test_a_quiet_day_leaves_the_months_before_as_they_are(world, warehouse, tmp_path):
    folder = tmp_path / "published"
    publish(warehouse, Options(folder))
    tomorrow = world.portfolio.as_of + timedelta(days=1)
    put(world.quiet[0], warehouse)
    publish(warehouse, Options(folder))
    release = publishing.current(folder)
    assert differing(warehouse, release) == {}
    months = {path.name for path in (release / "customer_scores_daily").iterdir()}
    changed = f"{tomorrow:%Y-%m}.parquet"
    assert len(months) > 2
    assert {f"customer_scores_daily/{name}" for name in months - {changed}} <= linked(release)
    assert f"customer_scores_daily/{changed}" not in linked(release)
    publish(warehouse, Options(folder, anew=True))
    assert linked(publishing.current(folder)) == set()
    assert differing(warehouse, publishing.current(folder)) == {}


def test_nothing_is_built_upon_a_release_of_another_layout(warehouse, tmp_path, monkeypatch):
    folder = tmp_path / "published"
    publish(warehouse, Options(folder))
    monkeypatch.setattr(publishing, "LAYOUT", publishing.LAYOUT + 1)
    publish(warehouse, Options(folder))
    assert linked(publishing.current(folder)) == set()


def test_a_change_that_no_run_tells_of_is_found(warehouse, tmp_path):
    folder = tmp_path / "published"
    publish(warehouse, Options(folder))
    with connect(warehouse) as connection:
        connection.execute(
            "update ledger.daily_points set confidence = confidence / 2 "
            "where (score_date, customer_id) = (select min((score_date, customer_id)) from ledger.daily_points)"
        )
    publish(warehouse, Options(folder))
    assert differing(warehouse, publishing.current(folder)) == {}
    assert linked(publishing.current(folder))


def test_days_are_compared_by_all_that_a_mart_is_made_of(world, target):
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    for mart in published_marts():
        node = manifest["nodes"][f"model.rapport.{mart.name}"]
        if mart.day and node["config"]["materialized"] == "view":
            parents = [manifest["nodes"][parent] for parent in node["depends_on"]["nodes"]]
            assert {f"{parent['schema']}.{parent['name']}" for parent in parents} == set(mart.made_of)
        else:
            assert mart.made_of == (f"marts.{mart.name}",)


# What is refused


def test_before_a_run_has_finished_there_is_nothing_to_publish(world, warehouse, tmp_path):
    with pytest.raises(InputError, match="Nothing is scored"):
        publish(world.project.template, Options(tmp_path / "published"))
    with connect(warehouse) as connection:
        connection.execute("update control.runs set finished_at = null where run_id = ?", [LOADS])
    with pytest.raises(InputError, match="the last run did not finish"):
        publish(warehouse, Options(tmp_path / "published"))
    assert publishing.current(tmp_path / "published") is None


def test_a_folder_has_releases_of_one_warehouse_and_one_kind(warehouse, tmp_path):
    folder = tmp_path / "published"
    publish(warehouse, Options(folder))
    other = warehouse.with_name("other.duckdb")
    shutil.copy(warehouse, other)
    with pytest.raises(InputError, match=r"holds releases of warehouse\.duckdb"):
        publish(other, Options(folder))
    with pytest.raises(InputError, match="holds releases with personal data"):
        publish(warehouse, Options(folder, without_pii=True))
    publish(warehouse, Options(tmp_path / "for all", without_pii=True))
    with pytest.raises(InputError, match="add --without-pii"):
        publish(warehouse, Options(tmp_path / "for all"))
    with pytest.raises(InputError, match="at least 2"):
        publish(warehouse, Options(folder, keep=1))
    with pytest.raises(InputError, match="something else than releases"):
        publish(warehouse, Options(warehouse.parent))
    with pytest.raises(InputError, match="cannot be a folder"):
        publish(warehouse, Options(tmp_path / "no" / "such"))


def test_who_publishes_or_holds_the_warehouse_is_not_disturbed(warehouse, tmp_path):
    folder = tmp_path / "published"
    code = (
        "import sys, duckdb; connection = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.readline()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, warehouse], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(BusyError, match=f"process {holder.pid} holds the warehouse"):
            publish(warehouse, Options(folder))
        holder.communicate(b"\n")
    with publishing._alone(folder), pytest.raises(BusyError, match="another process publishes"):
        publish(warehouse, Options(folder))
    publish(warehouse, Options(folder))


def test_a_release_that_is_not_what_was_copied_is_not_published(warehouse, tmp_path, monkeypatch):
    folder = tmp_path / "published"
    publish(warehouse, Options(folder))
    parquet = publishing._write_parquet

    def lose_a_row(connection, table, *others):
        connection.execute(f"delete from {table} where rowid = 0")
        parquet(connection, table, *others)

    monkeypatch.setattr(publishing, "_write_parquet", lose_a_row)
    with pytest.raises(BuildError, match=r"other rows than the warehouse in .*customer_scores_daily"):
        publish(warehouse, Options(folder))
    assert publishing.describe(publishing.current(folder))["generation"] == 1
    assert names_in(folder) == expected_names(folder, 1)


def test_the_last_releases_stay(warehouse, tmp_path):
    folder = tmp_path / "published"
    for _ in range(4):
        publish(warehouse, Options(folder))
    assert names_in(folder) == expected_names(folder, 2, 3, 4)
    publish(warehouse, Options(folder, keep=2))
    assert names_in(folder) == expected_names(folder, 4, 5)


# Personal data


PERSON = {
    "customer_name": "Zephyrine Quackenbush",
    "email": "zephyrine@quackenbush.example",
    "body": "My xylophone is wet again, says Zephyrine.",
    "comment": "Ask for Quackenbush at noon.",
}


def person_files(folder: Path, customer: str, day: date) -> Path:
    """A folder of raw files with a person in every table, one of whose rows is rejected."""
    folder.mkdir()
    tables = {
        "interactions": f"interaction_id,customer_id,occurred_at,nature,body\nquack1,{customer},{day},grievance,"
        f'"{PERSON["body"]}"\nquack2,{customer},never,grievance,"{PERSON["body"]}"\n',
        "customer_segments": f"customer_id,started_on,segment\n{customer},{day - timedelta(days=20)},resident\n",
        "customers": f"customer_id,customer_name,email\n{customer},{PERSON['customer_name']},{PERSON['email']}\n",
        "survey_responses": "response_id,customer_id,survey,responded_at,measure,score,comment\n"
        f'quack3,{customer},relationship,{day},nps,9,"{PERSON["comment"]}"\n',
    }
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def texts_in(*paths: Path) -> str:
    """The bytes of files and of all files in folders, and every value that DuckDB reads of those it knows."""
    files = [file for path in paths for file in (path, *path.rglob("*")) if file.is_file()]
    texts = [file.read_bytes().decode("latin-1") for file in files]
    with duckdb.connect() as connection:
        for file in files:
            sources = [f"read_parquet({literal(file)})"] if file.suffix == ".parquet" else []
            if file.suffix == ".duckdb":
                connection.execute(f"attach {literal(file)} as {file.stem} (read_only)")
                sources = connection.execute(
                    "select concat_ws('.', database_name, schema_name, table_name) from duckdb_tables() union all "
                    "select concat_ws('.', database_name, schema_name, view_name) from duckdb_views() "
                    "where not internal and database_name not in ('system', 'temp')"
                ).fetchall()
            for source in [source if isinstance(source, str) else source[0] for source in sources]:
                rows = connection.execute(f"select cast(columns(*) as varchar) from {source}").fetchall()
                texts += [value for row in rows for value in row if value is not None]
            if file.suffix == ".duckdb":
                connection.execute(f"detach {file.stem}")
    return "\n".join(texts)


@pytest.fixture
def with_person(world, warehouse, tmp_path) -> Path:
    raw = person_files(tmp_path / "person", "quack", world.portfolio.as_of)
    run(world.project, warehouse.parent, window_of(world.portfolio, LOADS - 1), raw)
    return warehouse


def test_without_personal_data_no_tagged_value_is_in_any_file(with_person, tmp_path):
    publish(with_person, Options(tmp_path / "published"))
    publish(with_person, Options(tmp_path / "for all", without_pii=True))
    open_to_all = publishing.current(tmp_path / "for all")
    assert differing(with_person, open_to_all, without_pii=True) == {}
    known, said = texts_in(publishing.current(tmp_path / "published")), texts_in(open_to_all)
    # Staging masks what looks like an address; no mart has comments.
    for word in ("Zephyrine", "Quackenbush", "xylophone"):
        assert word in known
        assert word not in said
    assert "quack" in known
    assert not {"customer_name", "email", "body", "comment", "excerpt", "original_row"} & columns_in(open_to_all)
    assert publishing.describe(open_to_all)["has_pii"] is False
    tagged = {column for mart in published_marts() for column in mart.personal}
    assert tagged == {"customer_name", "excerpt", "original_row"}
    with connect(with_person, read_only=True) as connection:
        values = [
            value
            for mart in published_marts()
            for column in mart.personal
            for (value,) in connection.execute(
                f"select distinct {column} from marts.{mart.name} where length({column}) > 5"
            ).fetchall()
        ]
    assert len(values) > 10
    assert [value for value in values if value in said] == []
    assert [value for value in values if value not in known] == []


def columns_in(release: Path) -> set[str]:
    with duckdb.connect(str(release / publishing.DATABASE), read_only=True) as connection:
        return {
            name
            for (name,) in connection.execute("select column_name from duckdb_columns() where not internal").fetchall()
        }


# Readers, and whoever is killed


def read_while_publishing(world: World, folder: Path, readers: int, publishes: int, least_reads: int) -> dict:
    """Lets days pass and publishes each, with readers in other processes; what these found."""
    published = folder / "published"
    warehouse = put(world.stages[-1], folder / "w" / harness.WAREHOUSE)
    publish(warehouse, Options(published))
    stop = folder / "stop"
    processes = [
        subprocess.Popen([sys.executable, release_reader.__file__, published, stop], stdout=subprocess.PIPE)
        for _ in range(readers)
    ]
    began, slowest = time.monotonic(), 0.0
    for number in range(1, publishes + 1):
        day = world.portfolio.as_of + timedelta(days=number)
        run(world.project, warehouse.parent, ScoreWindow(world.portfolio.first_day, day))
        started = time.monotonic()
        publish(warehouse, Options(published))
        slowest = max(slowest, time.monotonic() - started)
    while time.monotonic() - began < least_reads / 50:
        time.sleep(0.1)
    stop.touch()
    found = [json.loads(process.communicate(timeout=PATIENCE)[0]) for process in processes]
    return {
        "reads": sum(each["reads"] for each in found),
        "generations": len({generation for each in found for generation in each["seen"]}),
        "wrong": [words for each in found for words in each["wrong"]],
        "slowest_publish_seconds": round(slowest, 1),
        "seconds": round(time.monotonic() - began),
    }


def test_readers_see_whole_releases_while_others_are_published(world, tmp_path):
    found = read_while_publishing(world, tmp_path, readers=2, publishes=4, least_reads=0)
    assert found["wrong"] == []
    assert found["reads"] > 4
    assert found["generations"] > 1


@pytest.mark.slow
def test_eight_readers_during_twenty_publishes(world, tmp_path):
    found = read_while_publishing(world, tmp_path, readers=8, publishes=20, least_reads=1000)
    print(found)
    assert found["wrong"] == []
    assert found["reads"] >= 1000
    assert found["generations"] >= 15


def test_who_has_an_old_release_open_goes_on_reading_it(warehouse, tmp_path):
    folder = tmp_path / "published"
    first = publish(warehouse, Options(folder))
    with duckdb.connect(str(publishing.current(folder) / "rapport.duckdb"), read_only=True) as connection:
        for _ in range(4):
            publish(warehouse, Options(folder, keep=2))
        assert not (folder / "releases" / first.release_id).exists()
        found = connection.execute("select count(*), count(distinct score) from marts.customer_scores_daily").fetchone()
    assert found[0] == first.row_counts["customer_scores_daily"]


# Where a publish is killed: a function, and whether before it or after its first calls.
POINTS = {
    "when the former release is copied": ("shutil.copyfile", "after", 1),
    "between two marts": ("publishing._copy", "after", 6),
    "before the files are flushed": ("publishing._write_parquet", "after", 22),
    "before it is checked": ("publishing._check_release", "before", 1),
    "before it has its name": ("publishing._check_release", "after", 1),
    "before the link": ("publishing._lead_to", "before", 1),
    "between the link's making and its moving": ("Path.symlink_to", "after", 1),
    "after the link": ("publishing._lead_to", "after", 1),
    "while the oldest is removed": ("shutil.rmtree", "before", 2),
}
KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from runner import publishing

warehouse, folder, name, moment, calls = sys.argv[1:]
owner, function = name.split(".")
owner = {"shutil": shutil, "publishing": publishing, "Path": Path}[owner]
working, left = getattr(owner, function), [int(calls)]


def killed(*arguments, **named):
    left[0] -= 1
    if moment == "before" and not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    found = working(*arguments, **named)
    if moment == "after" and not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    return found


setattr(owner, function, killed)
publishing.publish(Path(warehouse), publishing.Options(Path(folder), keep=2))
"""


@pytest.mark.parametrize("point", POINTS)
def test_kill_9(world, tmp_path, point):
    folder, warehouse = tmp_path / "published", tmp_path / "w" / harness.WAREHOUSE
    for stage in (world.stages[-1], world.quiet[0]):
        publish(put(stage, warehouse), Options(folder, keep=2))
    former = publishing.current(folder)
    put(world.quiet[1], warehouse)
    name, moment, calls = POINTS[point]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, warehouse, folder, name, moment, str(calls)],
        env=os.environ | {"PYTHONPATH": str(ROOT / "scripts")},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    is_led_to = point in ("after the link", "while the oldest is removed")
    generation, wrong = release_reader.read(str(folder))
    assert (generation, wrong) == (3 if is_led_to else 2, [])
    assert is_led_to or publishing.current(folder) == former
    again = publish(warehouse, Options(folder, keep=2))
    assert again.generation == generation + 1
    assert names_in(folder) == expected_names(folder, generation, generation + 1)
    assert differing(warehouse, publishing.current(folder)) == {}


# The command line


def test_a_run_publishes_what_passed_its_tests(rapport, world, tmp_path):
    warehouse, folder = tmp_path / "warehouse.duckdb", tmp_path / "published"
    first = world.portfolio.first_day
    days = ["--from", first, "--as-of", world.portfolio.as_of, "--warehouse", warehouse]
    done = rapport("run", "--raw", world.raw[0], "--no-publish", *days)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not folder.exists()
    done = rapport("run", *days)
    assert done.returncode == 0, done.stdout + done.stderr
    release = publishing.current(folder)
    assert f"Published {release.name}: {folder}/current" in done.stdout
    assert differing(warehouse, release) == {}

    with connect(warehouse) as connection:
        connection.execute("update ledger.daily_points set score = score + 200")
    failed = rapport(
        "run", "--as-of", world.portfolio.as_of + timedelta(days=1), "--all-tests", "--warehouse", warehouse
    )
    assert failed.returncode == BuildError.exit_code, failed.stdout
    refused = rapport("publish", "--warehouse", warehouse)
    assert refused.returncode == InputError.exit_code
    assert "the last run did not finish" in refused.stdout
    assert publishing.current(folder) == release


def test_a_folder_of_another_warehouse_stops_a_run_before_it_does_anything(rapport, warehouse, world, tmp_path):
    assert publishing.default_folder(tmp_path / "other.duckdb") == tmp_path / "other_published"
    publish(warehouse, Options(tmp_path / "published"))
    other = tmp_path / "other.duckdb"
    done = rapport("run", "--raw", world.raw[0], "--warehouse", other, "--published", tmp_path / "published")
    assert done.returncode == InputError.exit_code
    assert "holds releases of warehouse.duckdb" in done.stdout
    assert not other.exists()
