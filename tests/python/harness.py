"""The models' own SQL without dbt around it: a dbt build costs seconds, its compiled SQL a fraction of one.

`test_run.py` proves that both end in the same tables.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from pathlib import Path

import duckdb
from runner.building import DBT
from runner.loading import load
from runner.project import ROOT, raw_tables
from runner.warehouse import ScoreWindow, create_raw_tables, record_window

WAREHOUSE = "warehouse.duckdb"


@dataclass(frozen=True)
class Model:
    """A model as dbt compiled it: for a rebuild, and for an increment.

    An incremental model's `replacement` deletes what its new rows, in the temporary table `rows`, replace, and inserts
    them.
    """

    relation: str
    kind: str
    sql: str
    increment: str
    rows: str | None = None
    replacement: str | None = None

    @property
    def name(self) -> str:
        return self.relation.split('"')[-2]

    def rebuild(self, connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(f"create or replace {self.kind} {self.relation} as {self.sql}")

    def catch_up(self, connection: duckdb.DuckDBPyConnection) -> None:
        if self.replacement:
            connection.execute(f"create or replace temporary table {self.rows} as {self.increment}")
            connection.execute(self.replacement)
        elif self.kind == "table":
            connection.execute(f"create or replace table {self.relation} as {self.increment}")


@dataclass(frozen=True)
class Project:
    """A warehouse built on no data, and the models in an order in which they can be built."""

    template: Path
    models: tuple[Model, ...]

    def score(self, folder: Path, raw_folders: Iterable[Path], as_of: date, first_day: date, source: str = "files"):
        """A connection to a warehouse in `folder` where the raw folders were loaded, in order, and scored."""
        connection = self.open(folder)
        _arrive(connection, raw_folders, ScoreWindow(first_day, as_of), source)
        self.build(connection)
        return connection

    def score_on(self, connection, raw_folders: Iterable[Path], as_of: date, first_day: date, source: str = "files"):
        """The same in a warehouse that is scored already: it takes in what is new."""
        _arrive(connection, raw_folders, ScoreWindow(first_day, as_of), source)
        self.catch_up(connection)

    def open(self, folder: Path) -> duckdb.DuckDBPyConnection:
        """A connection to a warehouse in `folder`, a new one unless there is one already."""
        # The same file name: compiled SQL names the catalog.
        path = folder / WAREHOUSE
        if not path.exists():
            folder.mkdir(parents=True)
            shutil.copy(self.template, path)
        connection = duckdb.connect(str(path))
        connection.execute("set TimeZone = 'UTC'")
        return connection

    def build(self, connection: duckdb.DuckDBPyConnection, until: str | None = None) -> None:
        """Builds every model from nothing; stops before the model `until`, as a killed rebuild does."""
        connection.execute("delete from control.last_build")
        for model in self.models_before(until):
            model.rebuild(connection)

    def catch_up(self, connection: duckdb.DuckDBPyConnection, until: str | None = None) -> None:
        """Builds what is new since the last build that finished; stops before the model `until`, as a killed run.

        Where none has finished everything is built, as the macro prepare_warehouse sees to.
        """
        if not connection.execute("select count(*) from control.last_build").fetchone()[0]:
            self.build(connection, until)
            return
        for model in self.models_before(until):
            connection.execute("begin")
            model.catch_up(connection)
            connection.execute("commit")

    def models_before(self, name: str | None) -> Iterable[Model]:
        return takewhile(lambda model: model.name != name, self.models)


def _arrive(connection: duckdb.DuckDBPyConnection, raw_folders: Iterable[Path], window: ScoreWindow, source: str):
    for raw_folder in raw_folders:
        load(connection, raw_tables(source), source, raw_folder)
    record_window(connection, window)


def build_project(folder: Path, target: Path, **variables: str) -> Project:
    """Builds the project twice on no data in `folder`, and reads what dbt compiled for a rebuild and an increment."""
    path = folder / WAREHOUSE
    with duckdb.connect(str(path)) as connection:
        create_raw_tables(connection)
        # A build without a day to score is not taken for a finished one, and nothing would go on from it.
        record_window(connection, ScoreWindow(date(2000, 1, 1), date(2000, 1, 1)))
    rebuilt, increments = (_compiled(path, target, variables) for _ in range(2))
    with duckdb.connect(str(path)) as connection:
        connection.execute("delete from control.score_window; delete from control.last_build")
    models = [
        _model(rebuilt[name], node, target) for name, node in _in_order(increments) if rebuilt[name]["compiled_code"]
    ]
    return Project(path, tuple(models))


def _compiled(path: Path, target: Path, variables: dict) -> dict[str, dict]:
    subprocess.run(
        [*DBT, "--quiet", "build", "--exclude-resource-type", "test", "unit_test", "--vars", json.dumps(variables)],
        cwd=ROOT,
        env=os.environ
        | {"RAPPORT_WAREHOUSE": str(path), "DBT_TARGET_PATH": str(target), "DBT_PROFILES_DIR": str(ROOT)},
        check=True,
    )
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    return {name: node for name, node in manifest["nodes"].items() if node["resource_type"] == "model"}


def _model(rebuilt: dict, node: dict, target: Path) -> Model:
    kind = "view" if node["config"]["materialized"] == "view" else "table"
    built = node["relation_name"], kind, rebuilt["compiled_code"], node["compiled_code"]
    if node["config"]["materialized"] != "incremental":
        return Model(*built)
    executed = target / "run" / node["package_name"] / "models" / node["path"]
    replacement = executed.read_text(encoding="utf-8")
    (rows,) = set(re.findall(r'"\w+__dbt_tmp\d+"', replacement))
    return Model(*built, rows, replacement)


def _in_order(models: dict[str, dict]) -> Iterable[tuple[str, dict]]:
    done: set[str] = set()
    while len(done) < len(models):
        for name, node in models.items():
            if name not in done and done.issuperset(
                parent for parent in node["depends_on"]["nodes"] if parent in models
            ):
                done.add(name)
                yield name, node
