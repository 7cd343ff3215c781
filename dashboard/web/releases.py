"""The published release: found anew for each request, opened once, read by many at a time."""

import json
import os
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

SQL = Path(__file__).parents[1] / "sql"
# Answers about the whole portfolio: they are the same for every reader of a release.
KEPT_ANSWERS = 512
CONFIG = {
    "enable_external_access": "false",
    "lock_configuration": "true",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


class NothingPublishedError(Exception):
    """There is no release to read."""


@dataclass
class Release:
    """An open release. about: what release.json says. columns: the columns of each mart."""

    path: Path
    about: dict[str, Any]
    connection: duckdb.DuckDBPyConnection
    columns: dict[str, set[str]]
    _answers: OrderedDict = field(default_factory=OrderedDict)

    def rows(self, query: str, order_by: str = "", **values: Any) -> list[dict[str, Any]]:
        """The rows of `sql/<query>.sql`. Raises duckdb.Error, also where the release lacks a mart."""
        cursor = self.execute(query, order_by, **values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def row(self, query: str, **values: Any) -> dict[str, Any] | None:
        """The first row of `sql/<query>.sql`, None without one."""
        return next(iter(self.rows(query, **values)), None)

    def known(self, query: str, **values: Any) -> list[dict[str, Any]]:
        """As `rows`, and kept as long as the release is: it never changes."""
        key = (query, tuple(sorted(values.items())))
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = self.rows(query, **values)
            while len(self._answers) > KEPT_ANSWERS:
                self._answers.popitem(last=False)
        return answer

    def execute(self, query: str, order_by: str = "", **values: Any) -> duckdb.DuckDBPyConnection:
        """Runs `sql/<query>.sql` on a cursor of its own. order_by is code, from a list of this program."""
        text = _text(query).replace("{order_by}", order_by)
        text = re.sub(r"\{(\w+)\.(\w+)\}", self._column, text)
        used = {name: value for name, value in values.items() if f"${name}" in text}
        return self.connection.cursor().execute(text, used)

    def _column(self, named: re.Match) -> str:
        """A column that releases without personal data may lack: empty there."""
        table, column = named.groups()
        return f"{table}.{column}" if column in self.columns.get(table, ()) else "cast(null as varchar)"


@cache
def _text(query: str) -> str:
    """The SQL of a query, with what it shares with others, `{sql name}`, in its place."""
    text = (SQL / f"{query}.sql").read_text(encoding="utf-8")
    return re.sub(r"\{sql (\w+)\}", lambda shared: _text(shared[1]), text)


class Releases:
    """The releases of a folder, of which `current` leads to the one to read."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._release: Release | None = None
        self._opening = threading.Lock()

    def current(self) -> Release:
        """The release to read now. One that was opened before stays readable for whoever still reads it.

        Raises NothingPublishedError where there is none.
        """
        path = Path(os.path.realpath(self.folder / "current"))
        release = self._release
        if release is None or release.path != path:
            with self._opening:
                release = self._release
                if release is None or release.path != path:
                    release = self._release = read(path)
        return release


def read(path: Path) -> Release:
    """Opens the release in a folder, for reading only."""
    file = path / "rapport.duckdb"
    if not file.is_file():
        raise NothingPublishedError
    config = CONFIG | {
        option: os.environ[name]
        for option, name in (("threads", "RAPPORT_THREADS"), ("memory_limit", "RAPPORT_MEMORY_LIMIT"))
        if os.environ.get(name)
    }
    connection = duckdb.connect(str(file), read_only=True, config=config)
    columns: dict[str, set[str]] = {}
    for table, column in connection.execute(
        "select table_name, column_name from information_schema.columns where table_schema = 'marts'"
    ).fetchall():
        columns.setdefault(table, set()).add(column)
    described = path / "release.json"
    about = json.loads(described.read_text(encoding="utf-8")) if described.is_file() else {}
    return Release(path, about, connection, columns)
