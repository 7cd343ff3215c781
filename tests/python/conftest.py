"""What several tests need: a warehouse built once, the models' compiled SQL, the command line."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import harness
import pytest
from runner.project import ROOT

SHARED = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def target(tmp_path_factory) -> Path:
    """dbt's target folder of these tests, so that they share a parse and stay out of the project's own."""
    return tmp_path_factory.mktemp("target")


@pytest.fixture(scope="session")
def rapport(target):
    """The command line: `rapport('run', '--raw', folder)` gives the finished process, output and errors as text."""

    def call(*arguments: object, env: dict | None = None) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, str(ROOT / "scripts" / "rapport.py"), *map(str, arguments)],
            env=os.environ | {"DBT_TARGET_PATH": str(target), "COLUMNS": "200"} | (env or {}),
            capture_output=True,
            text=True,
            check=False,
        )

    return call


@pytest.fixture(scope="session")
def project(tmp_path_factory, target) -> harness.Project:
    """The project, built once on no data: seeds in place, every model's SQL compiled."""
    return harness.build_project(tmp_path_factory.mktemp("template"), target)


@pytest.fixture(scope="session")
def pacific_project(tmp_path_factory) -> harness.Project:
    """The project of a portfolio whose days are not those of UTC."""
    folder = tmp_path_factory.mktemp("pacific")
    return harness.build_project(folder, folder / "target", portfolio_time_zone="America/Los_Angeles")


@pytest.fixture
def scored(project, tmp_path):
    """`scored(folders, as_of, first_day)`: a connection to a warehouse with these raw folders loaded and scored."""
    connections = []

    def build(folders, as_of, first_day):
        connection = project.score(tmp_path / str(len(connections)), folders, as_of, first_day)
        connections.append(connection)
        return connection

    yield build
    for connection in connections:
        connection.close()


@pytest.fixture(scope="session")
def incident_log() -> Path:
    """The folder of the real incident log."""
    folder = SHARED / "servicenow_incidents"
    if not folder.is_dir():
        pytest.skip("the incident log is not here: it comes with the development machine, not with the project")
    return folder


@pytest.fixture(scope="session")
def sfo_survey() -> Path:
    """The folder of the real survey of an airport."""
    folder = SHARED / "sfo_survey"
    if not folder.is_dir():
        pytest.skip("the airport survey is not here: it comes with the development machine, not with the project")
    return folder


@pytest.fixture(scope="session")
def zendesk_landing() -> Path:
    """The folder of a Zendesk account's tables."""
    folder = SHARED / "zendesk"
    if not folder.is_dir():
        pytest.skip("the Zendesk tables are not here: they come with the development machine, not with the project")
    return folder


@pytest.fixture
def folder(tmp_path) -> Path:
    """An empty raw folder."""
    path = tmp_path / "raw"
    path.mkdir()
    return path


@pytest.fixture(scope="session")
def copy_project():
    """`copy_project(folder)`: the project copied there, without its Python tests."""

    def copy(folder: Path) -> Path:
        for name in ("models", "macros", "seeds", "tests/data", "tests/generic", "scripts", "analyses"):
            if (ROOT / name).exists():
                shutil.copytree(ROOT / name, folder / name)
        for name in ("dbt_project.yml", "profiles.yml", "selectors.yml"):
            shutil.copy(ROOT / name, folder / name)
        return folder

    return copy


@pytest.fixture
def project_copy(copy_project, tmp_path) -> Path:
    """A project of the user's own, whose rules they may change."""
    return copy_project(tmp_path / "project")
