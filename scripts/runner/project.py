"""What the dbt project says of itself: its settings, and the raw contract in the sources' YAML."""

import hashlib
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
STAGING = ROOT / "models" / "staging"
MARTS = ROOT / "models" / "marts"


@dataclass(frozen=True)
class Column:
    """A column of a raw table; `also`: other names of it in files, in lower case."""

    name: str
    data_type: str
    needed: bool
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class RawTable:
    """A table that a kind of source brings: `name` in files, `relation` in the warehouse.

    customer: the column that names the customer, where there is one; key: the columns whose rows are copies of one; of:
    the relation to whose row a row belongs, by that one's key; files: a pattern of other names that its files may have.
    """

    name: str
    relation: str
    columns: tuple[Column, ...]
    needed: bool
    customer: str | None = None
    key: tuple[str, ...] = ()
    files: str | None = None
    of: str | None = None

    @property
    def data_columns(self) -> list[str]:
        """The columns that a file may have; the loader adds the others."""
        return [column.name for column in self.columns if column.name not in LINEAGE_COLUMNS]

    @property
    def names_in_files(self) -> dict[str, str]:
        """The column that each name stands for."""
        names = {name: name for name in self.data_columns}
        return names | {other: column.name for column in self.columns for other in column.also}

    @property
    def needed_columns(self) -> list[str]:
        return [column.name for column in self.columns if column.needed]


LINEAGE_COLUMNS = ("_load_id", "_loaded_at", "_file", "_row")


def _read_yaml(path: Path) -> dict:
    # The loader in C, where PyYAML came with it: a tenth of the seconds.
    return yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _meta(entry: dict) -> dict:
    return entry.get("config", {}).get("meta", {})


@cache
def _tables(kind: str) -> list[RawTable]:
    tables = []
    for path in sorted((STAGING / kind).glob("*sources.yml")):
        for source in _read_yaml(path)["sources"]:
            for table in source["tables"]:
                columns = tuple(
                    Column(
                        column["name"],
                        column.get("data_type", "varchar"),
                        bool(_meta(column).get("needed")),
                        tuple(_meta(column).get("also", ())),
                    )
                    for column in table["columns"]
                )
                relation = f"{source['schema']}.{table.get('identifier', table['name'])}"
                meta = _meta(table)
                key = tuple(meta.get("key", ()))
                needed, customer, files = bool(meta.get("needed")), meta.get("customer"), meta.get("files")
                of = f"{source['schema']}.{meta['of']}" if "of" in meta else None
                tables.append(RawTable(table["name"], relation, columns, needed, customer, key, files, of))
    return tables


def source_kinds() -> list[str]:
    """The kinds of source that can be loaded: the staging folders that declare sources, but for the runner's own."""
    return sorted(path.parent.name for path in STAGING.glob("*/*sources.yml") if path.parent.name != "control")


def raw_tables(kind: str) -> list[RawTable]:
    """The raw tables of a kind of source, in the order of its YAML."""
    return list(_tables(kind))


def all_raw_tables() -> list[RawTable]:
    """The raw tables of all kinds of source."""
    return [table for kind in source_kinds() for table in raw_tables(kind)]


def control_tables() -> list[RawTable]:
    """The runner's own tables."""
    return list(_tables("control"))


@dataclass(frozen=True)
class Mart:
    """A mart as its YAML describes it.

    personal: the columns that are tagged as personal data; day: the column by whose days releases are kept up, where
    the mart grows with every day; made_of: the relations with that column whose rows of a day tell all of the mart's.
    """

    name: str
    columns: tuple[str, ...]
    personal: frozenset[str]
    day: str | None
    made_of: tuple[str, ...]

    def kept(self, without_pii: bool) -> tuple[str, ...]:
        """The columns that a release has."""
        return tuple(name for name in self.columns if not (without_pii and name in self.personal))


@cache
def published_marts() -> tuple[Mart, ...]:
    """The marts that releases have, by name: all but those of `meta.published: false`."""
    marts = []
    for path in MARTS.rglob("*.yml"):
        for model in _read_yaml(path).get("models", []):
            meta = _meta(model)
            if meta.get("published", True):
                columns = model["columns"]
                personal = frozenset(column["name"] for column in columns if _meta(column).get("pii"))
                names = tuple(column["name"] for column in columns)
                made_of = tuple(meta.get("made_of", [f"marts.{model['name']}"]))
                marts.append(Mart(model["name"], names, personal, meta.get("published_by"), made_of))
    return tuple(sorted(marts, key=lambda mart: mart.name))


@cache
def project_vars() -> dict:
    """The vars of dbt_project.yml."""
    return _read_yaml(ROOT / "dbt_project.yml")["vars"]


@cache
def fingerprint(project: Path = ROOT) -> str:
    """One value for all that dbt makes seeds and views of in a project, as it was when first asked for."""
    digest = hashlib.sha256()
    files = [
        path for folder in ("models", "macros", "seeds") for path in (project / folder).rglob("*") if path.is_file()
    ]
    for path in sorted([*files, project / "dbt_project.yml"]):
        digest.update(f"{path.relative_to(project)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def copy_project(folder: Path) -> None:
    """Copies what dbt reads of the project into a new folder."""
    folder.mkdir()
    for name in ("dbt_project.yml", "profiles.yml", "selectors.yml"):
        shutil.copy(ROOT / name, folder)
    for name in ("models", "macros", "seeds", "analyses", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
