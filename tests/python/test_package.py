"""Rapport inside other dbt projects: the walk of docs/install-as-a-package.md as printed, and integration_tests."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pytest
from runner.building import DBT
from runner.project import ROOT

PAGE = (ROOT / "docs" / "install-as-a-package.md").read_text(encoding="utf-8")
# A line that begins with a path and ends with a colon stands before every file.
FILES = re.findall(r"^`([\w/]+\.\w+)`[^\n]*:\n\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SQL = re.findall(r"^```sql\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = re.findall(r"^\$ dbt (.+)$", PAGE, re.MULTILINE)


@dataclass(frozen=True)
class Guest:
    """A dbt project of somebody else's, with its warehouse."""

    folder: Path
    warehouse: Path

    def dbt(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("DBT_", "RAPPORT_"))}
        return subprocess.run(
            [*DBT, "--no-use-colors", *arguments],
            cwd=self.folder,
            env=own | {"HOUSING_WAREHOUSE": str(self.warehouse)} | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def built(self, *arguments: str, **environment: str) -> str:
        done = self.dbt(*arguments, **environment)
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr
        return done.stdout

    def query(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(sql).fetchall()


# The walk


@pytest.fixture(scope="module")
def walk(tmp_path_factory) -> Guest:
    folder = tmp_path_factory.mktemp("walk") / "acme"
    for path, text in FILES:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    (folder.parent / "rapport").symlink_to(ROOT)
    guest = Guest(folder, folder / "acme.duckdb")
    with duckdb.connect(str(guest.warehouse)) as connection:
        connection.execute(SQL[0])
    for command in COMMANDS:
        guest.built(*command.split())
    return guest


def test_the_walk_has_four_files():
    assert [path for path, _ in FILES] == [
        "packages.yml",
        "dbt_project.yml",
        "profiles.yml",
        "models/customer_contacts.sql",
    ]
    assert COMMANDS == ["deps", "build"]


def test_the_walk_ends_in_the_scores_that_the_page_shows(walk):
    (shown,) = (sql for sql in SQL if "customer_scores_current" in sql)
    rows = "\n".join("| " + " | ".join(map(str, row)) + " |" for row in walk.query(shown))
    assert rows
    assert f"| --- | --- | --- | --- | --- |\n{rows}\n" in PAGE


def test_the_walk_makes_no_table_outside_its_own_schemas(walk):
    schemas = {schema for (schema,) in walk.query("select distinct table_schema from information_schema.tables")}
    assert {name for name in schemas if not name.startswith("acme")} == {"crm"}


def test_a_namesake_stops_the_build_and_the_message_helps(walk):
    namesake = walk.folder / "models" / "issue_silences.sql"
    namesake.write_text("select 1 as id\n", encoding="utf-8")
    try:
        done = walk.dbt("--no-partial-parse", "build")
    finally:
        namesake.unlink()
    assert done.returncode != 0
    assert "Rapport has a model issue_silences as well" in done.stdout
    assert "require_ref_searches_node_package_before_root: true" in done.stdout


# integration_tests


@pytest.fixture(scope="module")
def housing(tmp_path_factory) -> Guest:
    """The housing company's project: built, then built again with what landed in another week."""
    folder = tmp_path_factory.mktemp("housing") / "project"
    shutil.copytree(
        ROOT / "integration_tests", folder, ignore=shutil.ignore_patterns("target", "logs", "dbt_packages", "*.duckdb")
    )
    (folder / "packages.yml").write_text(f"packages:\n  - local: {ROOT}\n", encoding="utf-8")
    guest = Guest(folder, folder / "housing.duckdb")
    guest.built("deps")
    guest.built("build", "--exclude-resource-type", "test")
    guest.built("build", HOUSING_LANDED_UNTIL="2026-03-27")
    return guest


def test_two_sources_are_scored_in_the_projects_own_schemas(housing):
    scores = housing.query(
        "select customer_id, property_id, band, open_issues from housing_experience.customer_scores_current order by 1"
    )
    assert scores == [
        ("71", "901", "at_risk", 1),
        ("72", "901", "fine", 1),
        ("T-1", "north", "at_risk", 0),
        ("T-2", "north", "fine", 0),
        ("T-3", "north", "fine", 0),
    ]
    assert housing.query("select count(*) > 0 from housing.housing.house_of_the_month") == [(True,)]
    schemas = {schema for (schema,) in housing.query("select distinct table_schema from information_schema.tables")}
    assert {name for name in schemas if not name.startswith("housing")} == {"zendesk_landing"}


def test_every_row_has_its_fate(housing):
    assert housing.query(
        "select raw_table, loaded, used, older_copies, withdrawn, rejected "
        "from housing_experience.load_summary where waiting = 0 order by 1"
    ) == [
        ("customer_segments", 4, 4, 0, 0, 0),
        ("interactions", 8, 6, 1, 0, 1),
        ("zendesk_organization", 2, 2, 0, 0, 0),
        ("zendesk_ticket", 6, 3, 1, 1, 1),
        ("zendesk_ticket_comment", 6, 5, 0, 0, 1),
        ("zendesk_ticket_field_history", 8, 8, 0, 0, 0),
        ("zendesk_user", 3, 2, 1, 0, 0),
    ]


def test_a_second_build_equals_a_rebuild(housing, tmp_path):
    rebuilt = Guest(housing.folder, tmp_path / housing.warehouse.name)
    assert housing.query("select count(*) from housing_control.last_build") == [(1,)]
    rebuilt.built("build", "--exclude-resource-type", "test", HOUSING_LANDED_UNTIL="2026-03-27")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{housing.warehouse}' as kept (read_only)")
        connection.execute(f"attach '{rebuilt.warehouse}' as anew (read_only)")
        compared = [
            ("housing_experience", "score_distribution_daily"),
            ("housing_experience", "score_statement"),
            ("housing_ledger", "balances"),
            ("housing_ledger", "daily_points"),
            ("housing_ledger", "property_totals_daily"),
            ("housing_intermediate", "customer_segments"),
            ("housing_intermediate", "issues"),
            ("housing_intermediate", "contacts"),
        ]
        for schema, table in compared:
            rows = f"{schema}.{table}"
            assert connection.execute(f"select count(*) > 0 from anew.{rows}").fetchone() == (True,), rows
            for one, other in (("kept", "anew"), ("anew", "kept")):
                assert not connection.execute(f"from {one}.{rows} except all from {other}.{rows}").fetchall(), rows


# Zendesk as files


def test_zendesk_is_read_as_it_landed(project, tmp_path):
    """The landing of integration_tests, every copy of every row, loaded by the runner's loader."""
    landing = ROOT / "integration_tests" / "landing" / "zendesk"
    connection = project.score(tmp_path / "desk", [landing], date(2026, 3, 26), date(2026, 3, 1), source="zendesk")
    with connection:
        issues = connection.execute(
            "select issue_id, customer_id, cast(opened_on as varchar), cast(closed_on as varchar) "
            "from intermediate.issues order by issue_id"
        ).fetchall()
        messages = connection.execute(
            "select interaction_id, direction, nature, channel from intermediate.interactions order by occurred_at, 1"
        ).fetchall()
        rejected = connection.execute(
            "select record_key, reason, original_row ->> 'status' from marts.rejected_rows order by 1"
        ).fetchall()
        answers = connection.execute("select response_id, score from intermediate.survey_responses").fetchall()
        needs = connection.execute(
            "select touchpoint, responses, missed, verdict from marts.touchpoint_needs_monthly order by 1"
        ).fetchall()
        bodies = connection.execute("select body from intermediate.interactions where body like '%Call me%'").fetchall()
    assert issues == [
        ("501", "71", "2026-03-02", "2026-03-09"),
        ("501/2", "71", "2026-03-22", None),
        ("502", "72", "2026-03-05", "2026-03-08"),
        ("504", "72", "2026-03-23", None),
    ]
    assert messages == [
        ("501", "inbound", "grievance", "portal"),
        ("501#2", "outbound", "request", "portal"),
        ("502", "inbound", "inquiry", "email"),
        ("501#4", "inbound", "grievance", "portal"),
        ("501#5", "inbound", "grievance", "portal"),
        ("504", "inbound", "commendation", "chat"),
    ]
    assert rejected == [("505", "unknown_state", "frozen"), ("6", "unknown_ticket", None)]
    assert answers == [("501", 1.0)]
    assert needs == [("fixed_first_time", 2, 1, "too few"), ("support", 1, 1, "too few")]
    assert bodies == [("Still broken after five days. Call me on [phone]",)]


def test_zendesk_day_by_day_equals_a_rebuild(project, tmp_path):
    """What landed by the 20th, then the rest: the increment ends where a build of all ends."""
    landing, days = ROOT / "integration_tests" / "landing" / "zendesk", tmp_path / "days"
    for path in landing.glob("*.csv"):
        header, *lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        late = [line for line in lines if re.search(r",2026-03-2\d 02:00:00", line)]
        for day, rows in (("first", [line for line in lines if line not in late]), ("second", late)):
            (days / day).mkdir(parents=True, exist_ok=True)
            (days / day / path.name).write_text(header + "".join(rows), encoding="utf-8")
    first_day, before, as_of = date(2026, 3, 1), date(2026, 3, 19), date(2026, 3, 26)
    tables = ("ledger.balances", "ledger.daily_points", "intermediate.issues", "intermediate.customer_segments")

    def stored(connection):
        return [connection.execute(f"from {table} order by all").fetchall() for table in tables]

    with project.score(tmp_path / "grown", [days / "first"], before, first_day, source="zendesk") as connection:
        first = stored(connection)
        project.score_on(connection, [days / "second"], as_of, first_day, source="zendesk")
        grown = stored(connection)
        project.build(connection)
        assert stored(connection) == grown
    assert grown != first
    assert all(grown)


def test_an_account_that_nobody_here_wrote(project, zendesk_landing, tmp_path):
    """Comments and half of the history are of tickets that the extract has not: rejected, not lost."""
    connection = project.score(
        tmp_path / "desk", [zendesk_landing], date(2020, 12, 31), date(2020, 11, 1), source="zendesk"
    )
    with connection:
        fates = connection.execute(
            "select raw_table, loaded, used, older_copies, withdrawn, rejected from marts.load_summary order by 1"
        ).fetchall()
        opened = connection.execute(
            "select cast(opened_on as varchar), cast(closed_on as varchar) from intermediate.issues "
            "where issue_id = '11071'"
        ).fetchall()
    assert fates == [
        ("zendesk_organization", 10, 10, 0, 0, 0),
        ("zendesk_ticket", 10, 8, 0, 2, 0),
        ("zendesk_ticket_comment", 20, 0, 0, 0, 20),
        ("zendesk_ticket_field_history", 38, 19, 3, 0, 16),
        ("zendesk_user", 10, 10, 0, 0, 0),
    ]
    assert opened == [("2020-08-28", "2020-11-14")]
