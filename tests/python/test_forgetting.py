"""A person who was forgotten: no byte of them is left, and every table is as if they had never been there."""

import os
import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path

import harness
import pytest
import test_publishing
from runner import forgetting, publishing, runs
from runner.errors import InputError, RulesError
from runner.loading import load
from runner.project import raw_tables
from runner.publishing import Options, publish
from runner.warehouse import connect, last_build, literal
from test_increments import assert_equal_contents, contents
from test_publishing import PERSON, names_in, texts_in, window_of, world  # noqa: F401

WORDS = ("quack", "zephyrine", "xylophone")
# What runs did is not undone, only what they made.
RUNS = ("marts.run_log", "staging.stg_control__runs", "intermediate.runs")


def person_files(folder: Path, day) -> Path:
    """Raw files in which a person is in every table, rows that name nobody and belong to theirs among them."""
    before = day - timedelta(days=12)
    tables = {
        "interactions": [
            "interaction_id,customer_id,occurred_at,nature,issue_id,body",
            f'quack1,quack,{day},grievance,quack4,"{PERSON["body"]}"',
            f'quack2, quack ,{before},commendation,,"{PERSON["body"]}"',
            f'quack2,,{before},commendation,,"{PERSON["body"]} Again."',
            f'quack3,quack,never,grievance,,"{PERSON["body"]}"',
        ],
        "customer_segments": [
            "customer_id,started_on,segment,property_id",
            f"quack,{before - timedelta(days=12)},resident,p1",
        ],
        "customers": ["customer_id,customer_name,email", f"quack,{PERSON['customer_name']},{PERSON['email']}"],
        "issues": [
            "issue_id,customer_id,issue_category,opened_at,resolved_at",
            f"quack4,quack,xylophone,{before},",
        ],
        "survey_responses": [
            "response_id,customer_id,survey,responded_at,measure,score,comment",
            f'quack5,quack,relationship,{day},nps,9,"{PERSON["comment"]}"',
        ],
        "survey_answers": ["response_id,touchpoint,driver,rating", "quack5,move_in,,4"],
        "outcomes": ["outcome_id,customer_id,outcome,occurred_at", f"quack6,quack,renewal,{day}"],
    }
    folder.mkdir()
    for name, lines in tables.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def found_in(*paths: Path) -> set[str]:
    said = texts_in(*paths).lower()
    return {word for word in WORDS if word in said}


@pytest.fixture
def with_person(world, tmp_path) -> Path:  # noqa: F811
    """A published warehouse, in which the person came with the last load."""
    warehouse = Path(shutil.copytree(world.stages[-1], tmp_path / "last")) / harness.WAREHOUSE
    raw = person_files(tmp_path / "person", world.portfolio.as_of)
    test_publishing.run(world.project, warehouse.parent, window_of(world.portfolio, test_publishing.LOADS - 1), raw)
    with connect(warehouse) as connection:
        told = "'screen', 'a', 'quack', 'score_fall', 'score', '2024-01-01', '2024-01-01', '2024-01-01'"
        connection.execute(f"insert into control.told_alerts values ({told})")
    return warehouse


def test_a_person_is_gone_and_every_table_is_as_if_they_had_never_been_there(rapport, world, with_person, tmp_path):  # noqa: F811
    published, open_to_all = with_person.parent / "published", tmp_path / "for all"
    for _ in range(2):
        publish(with_person, Options(published))
        publish(with_person, Options(open_to_all, without_pii=True))
    assert found_in(with_person) == found_in(published) == set(WORDS)

    target, logs = tmp_path / "target", tmp_path / "logs"
    done = rapport(
        *("forget", "quack", "--verbose", "--warehouse", with_person),
        *("--published", published, "--published", open_to_all),
        env={"DBT_TARGET_PATH": str(target), "DBT_LOG_PATH": str(logs)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "10 raw rows removed (4 of interactions, 1 of customer_segments, 1 of customers, 1 of issues" in done.stdout
    assert found_in(with_person, published, open_to_all, target, logs) == set()
    assert {path.name for path in with_person.parent.iterdir()} == {with_person.name, "published"}
    for folder, has_pii in ((published, True), (open_to_all, False)):
        assert len(names_in(folder)) == 2
        assert publishing.describe(publishing.current(folder))["has_pii"] is has_pii

    folder = tmp_path / "never there"
    shutil.copytree(world.stages[-1], folder)
    with world.project.open(folder) as connection:
        # The load came, with nobody in it.
        connection.execute(f"attach {literal(with_person)} as forgot (read_only)")
        connection.execute("insert into control.loads from forgot.control.loads where load_id > 4; detach forgot")
        built = last_build(connection)
        begun = runs.start(connection, "run", window_of(world.portfolio, test_publishing.LOADS - 1), built)
        world.project.build(connection)
        runs.finish(connection, begun.run_id, built, Counter())
        expected = contents(connection)
    with connect(with_person, read_only=True) as connection:
        found = contents(connection)
        rows = connection.execute("select count(*) from control.told_alerts where customer_id = 'quack'").fetchone()
        last = connection.execute("select command, outcome from marts.run_log order by run_id desc limit 1").fetchone()
    for name in (*RUNS, "control.forgotten"):
        found.pop(name, None), expected.pop(name, None)
    assert_equal_contents(found, expected)
    assert (rows, last) == ((0,), ("forget", "done"))
    assert test_publishing.differing(with_person, publishing.current(published)) == {}

    again = rapport("forget", "quack", "--warehouse", with_person)
    assert again.returncode == 0, again.stdout
    assert "removed" not in again.stdout


def forget_without_a_build(warehouse: Path, customers: list[str], monkeypatch) -> forgetting.Forgotten:
    """For what happens to raw rows."""
    monkeypatch.setattr(forgetting.building, "build", lambda *_arguments, **_options: Counter())
    monkeypatch.setattr(forgetting.runs, "start", lambda *_arguments: runs.Begun(0, False, False, False))
    monkeypatch.setattr(forgetting.runs, "finish", lambda *_arguments: None)
    monkeypatch.setattr(forgetting, "_rules", lambda _connection: None)
    return forgetting.forget(warehouse, customers)


RAW_ROWS = "select count(*) from raw.{}"


def test_no_later_load_brings_them_back(world, with_person, tmp_path, monkeypatch):  # noqa: F811
    gone = forget_without_a_build(with_person, ["quack"], monkeypatch)
    assert gone.rows == {
        "interactions": 4,
        "customer_segments": 1,
        "customers": 1,
        "issues": 1,
        "survey_responses": 1,
        "survey_answers": 1,
        "outcomes": 1,
    }
    folder = tmp_path / "later"
    shutil.copytree(tmp_path / "person", folder)
    more = {
        # The same person, with rows of new keys, and one of an old key that names nobody.
        "interactions": "quack7,quack,2024-01-01,grievance,,again\nquack7,,2024-01-02,grievance,,again\n"
        "quack1,,2024-01-02,grievance,,again\nother1,C1,2024-01-01,request,,\n",
        "survey_responses": "quack8,quack,relationship,2024-01-01,nps,9,again\n"
        "other2,C1,relationship,2024-01-01,nps,9,\n",
        "survey_answers": "quack8,move_in,,4\nother2,move_in,,4\n",
    }
    for name, text in more.items():
        with (folder / f"{name}.csv").open("a", encoding="utf-8") as file:
            file.write(text)
    with connect(with_person) as connection:
        before = {name: connection.execute(RAW_ROWS.format(name)).fetchone()[0] for name in gone.rows}
        report = load(connection, raw_tables("files"), "files", folder)
        after = {name: connection.execute(RAW_ROWS.format(name)).fetchone()[0] for name in gone.rows}
        refused = connection.execute(
            "select table_name, row_count, refused_count from control.loads where refused_count > 0 order by all"
        ).fetchall()
        kept = connection.execute("select _row, _file from raw.interactions where interaction_id = 'other1'").fetchall()
    assert report.refused == {**gone.rows, "interactions": 7, "survey_responses": 2, "survey_answers": 2}
    assert {name: after[name] - before[name] for name in after if after[name] != before[name]} == {
        "interactions": 1,
        "survey_responses": 1,
        "survey_answers": 1,
    }
    assert ("interactions", 1, 7) in refused
    assert kept == [(8, "interactions.csv")]
    assert found_in(with_person) == set()


def test_a_key_that_somebody_else_has_now_stays_theirs(world, with_person, tmp_path, monkeypatch):  # noqa: F811
    folder = tmp_path / "corrected"
    folder.mkdir()
    (folder / "interactions.csv").write_text(
        "interaction_id,customer_id,occurred_at\nquack1,C1,2024-01-01\n", encoding="utf-8"
    )
    with connect(with_person) as connection:
        load(connection, raw_tables("files"), "files", folder)
    gone = forget_without_a_build(with_person, ["quack"], monkeypatch)
    assert gone.rows["interactions"] == 4
    with connect(with_person, read_only=True) as connection:
        kept = connection.execute("select customer_id from raw.interactions where interaction_id = 'quack1'").fetchall()
    assert kept == [("C1",)]


def test_what_cannot_be_forgotten_changes_nothing(world, with_person, tmp_path, monkeypatch):  # noqa: F811
    before = with_person.read_bytes()
    with pytest.raises(InputError, match="nobody: no raw row names this customer"):
        forgetting.forget(with_person, ["quack", "nobody"])
    with pytest.raises(InputError, match="Nothing is scored"):
        forgetting.forget(Path(shutil.copy(world.project.template, tmp_path / "empty.duckdb")), ["quack"])
    rules = iter([("as they were",), ("other ones",)])
    monkeypatch.setattr(forgetting.building, "build", lambda *_arguments, **_options: Counter())
    monkeypatch.setattr(forgetting.runs, "start", lambda *_arguments: runs.Begun(0, False, False, False))
    monkeypatch.setattr(forgetting.runs, "finish", lambda *_arguments: None)
    monkeypatch.setattr(forgetting, "_rules", lambda _connection: next(rules))
    with pytest.raises(RulesError, match="nobody was forgotten"):
        forgetting.forget(with_person, ["quack"])
    assert found_in(with_person) == set(WORDS)
    assert len(before) <= os.path.getsize(with_person)
    assert not list(with_person.parent.glob(".forget-*"))
