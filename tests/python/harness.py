"""The models' own SQL without dbt around it: a dbt build costs seconds, its compiled SQL a fraction of one.

`test_run.py` proves that both end in the same tables.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
from runner.building import DBT
from runner.loading import load
from runner.project import ROOT, raw_tables
from runner.warehouse import ScoreWindow, record_window

WAREHOUSE = "warehouse.duckdb"


@dataclass(frozen=True)
class Model:
    """A model as dbt compiled it."""

    relation: str
    kind: str
    sql: str


@dataclass(frozen=True)
class Project:
    """A warehouse built on no data, and the models in an order in which they can be built."""

    template: Path
    models: tuple[Model, ...]

    def score(self, folder: Path, raw_folders: Iterable[Path], as_of: date, first_day: date, source: str = "files"):
        """A connection to a warehouse in `folder` where the raw folders were loaded, in order, and scored."""
        folder.mkdir(parents=True)
        # The same file name: compiled SQL names the catalog.
        path = folder / WAREHOUSE
        shutil.copy(self.template, path)
        connection = duckdb.connect(str(path))
        connection.execute("set TimeZone = 'UTC'")
        for raw_folder in raw_folders:
            load(connection, raw_tables(source), source, raw_folder)
        record_window(connection, ScoreWindow(first_day, as_of))
        self.build(connection)
        return connection

    def build(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Builds every model."""
        for model in self.models:
            connection.execute(f"create or replace {model.kind} {model.relation} as {model.sql}")


def build_project(folder: Path, target: Path, **variables: str) -> Project:
    """Builds the project once on an empty warehouse in `folder`, and reads what dbt compiled."""
    path = folder / WAREHOUSE
    subprocess.run(
        [*DBT, "--quiet", "build", "--exclude-resource-type", "test", "unit_test", "--vars", json.dumps(variables)],
        cwd=ROOT,
        env=os.environ
        | {"RAPPORT_WAREHOUSE": str(path), "DBT_TARGET_PATH": str(target), "DBT_PROFILES_DIR": str(ROOT)},
        check=True,
    )
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    models = {name: node for name, node in manifest["nodes"].items() if node["resource_type"] == "model"}
    return Project(path, tuple(_in_order(models)))


def _in_order(models: dict[str, dict]) -> Iterable[Model]:
    done: set[str] = set()
    while len(done) < len(models):
        for name, node in models.items():
            if name not in done and done.issuperset(
                parent for parent in node["depends_on"]["nodes"] if parent in models
            ):
                done.add(name)
                kind = "view" if node["config"]["materialized"] == "view" else "table"
                yield Model(node["relation_name"], kind, node["compiled_code"])
