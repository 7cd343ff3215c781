"""Raw files into the schema `raw`: append-only, nothing cast, by DuckDB's own readers (docs/contracts.md)."""

import codecs
import csv
import gzip
import hashlib
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

import duckdb

from runner import forgetting
from runner.errors import BuildError, InputError, RapportError
from runner.project import RawTable
from runner.warehouse import create_raw_tables, is_full_disk, literal, table_exists

CSV, JSON_LINES, PARQUET = "csv", "jsonl", "parquet"
FORMATS = {
    ".csv": CSV,
    ".csv.gz": CSV,
    ".jsonl": JSON_LINES,
    ".jsonl.gz": JSON_LINES,
    ".ndjson": JSON_LINES,
    ".parquet": PARQUET,
}
DELIMITERS = (",", ";", "\t", "|")
# DuckDB's names of the encodings it reads itself, and Python's.
ENCODINGS = {"utf-8": "utf-8-sig", "utf-16": "utf-16", "latin-1": "latin-1"}


@dataclass(frozen=True)
class RawFile:
    """A file of a raw table: where it lies, and what it is called in messages and in `_file`."""

    table: RawTable
    path: Path
    name: str
    file_format: str


@dataclass
class LoadReport:
    """What a load did: rows by table, and what was passed over.

    refused: rows by table, of people who were forgotten.
    """

    load_id: int | None = None
    rows: Counter = field(default_factory=Counter)
    refused: Counter = field(default_factory=Counter)
    unchanged: list[str] = field(default_factory=list)
    ignored_files: list[str] = field(default_factory=list)
    ignored_columns: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Scan:
    """How DuckDB reads a file: a table function, the number of a record, and the columns by their contract names."""

    relation: str
    row_number: str
    columns: dict[str, str]
    ignored: list[str]


def load(
    connection: duckdb.DuckDBPyConnection,
    tables: list[RawTable],
    kind: str,
    directory: Path,
    encoding: str = "utf-8",
    progress: Callable[[str, int, int], None] = lambda name, done, total: None,
) -> LoadReport:
    """Appends every new or changed file of a raw folder, all of them or none.

    `progress` is called with the file's name, the bytes done and the bytes in all.
    Raises InputError, before anything is written, where a file cannot be read, lacks a needed column, or changes while
    it is read; BuildError where the disk is full.
    """
    files, ignored = find_files(tables, directory)
    check_needed_tables(tables, files, directory, lambda table: _has_rows(connection, table))
    stamps = {file: stamp_of(file.path) for file in files}
    scans = {}
    for file in files:
        with standing_still(file, stamps[file]):
            scans[file] = _scan(connection, file, encoding)
    create_raw_tables(connection)
    report = LoadReport(ignored_files=ignored)
    total = sum(stamp.size for stamp in stamps.values() if stamp)
    done = 0
    connection.execute("begin")
    try:
        load_id = connection.execute("select coalesce(max(load_id), 0) + 1 from control.loads").fetchone()[0]
        loaded_at = datetime.now(UTC).replace(tzinfo=None)
        for file in files:
            progress(file.name, done, total)
            with standing_still(file, stamps[file]):
                digest = content_hash(file.path)
                is_unchanged = _is_unchanged(connection, file, digest)
                rows, refused = (0, 0) if is_unchanged else _append(connection, file, scans[file], load_id, loaded_at)
            if is_unchanged:
                report.unchanged.append(file.name)
            else:
                connection.execute(
                    "insert into control.loads (load_id, loaded_at, source_kind, table_name, file, path, "
                    "content_hash, row_count, refused_count) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [load_id, loaded_at, kind, file.table.name, file.name, str(file.path), digest, rows, refused],
                )
                report.load_id = load_id
                report.rows[file.table.name] += rows
                if refused:
                    report.refused[file.table.name] += refused
                if scans[file].ignored:
                    report.ignored_columns[file.name] = scans[file].ignored
            done += stamps[file].size
            progress(file.name, done, total)
        connection.execute("commit")
    except BaseException as error:
        # A commit that fails has rolled back already.
        with suppress(duckdb.TransactionException):
            connection.execute("rollback")
        if isinstance(error, duckdb.Error) and is_full_disk(str(error)):
            raise _disk_error() from error
        raise
    return report


def find_files(tables: list[RawTable], directory: Path) -> tuple[list[RawFile], list[str]]:
    """The files `<table>.<format>` and `<table>/*.<format>` of a raw folder, in order, and the names of all others.

    A table may also take files whose names follow its pattern.

    Hidden files are neither.

    Raises InputError where there is no folder, or no file in it that belongs to a table.
    """
    if not directory.is_dir():
        raise InputError(
            f"{directory}: no such folder. Name the folder that holds {tables[0].name}.csv, .parquet or .jsonl."
        )
    by_name = {table.name: table for table in tables}
    files, ignored = [], []
    for path in sorted(path for path in directory.rglob("*") if path.is_file() and not path.name.startswith(".")):
        relative = path.relative_to(directory)
        file_format = next((FORMATS[ending] for ending in FORMATS if path.name.lower().endswith(ending)), None)
        table = _table_of(by_name, relative)
        if table and file_format:
            files.append(RawFile(table, path.resolve(), relative.as_posix(), file_format))
        else:
            ignored.append(relative.as_posix())
    if not files:
        names = ", ".join(by_name)
        raise InputError(
            f"{directory}: holds no file that can be loaded. Expected one of {names} as .csv, .parquet or .jsonl "
            "(docs/bring-your-own-data.md)."
        )
    order = list(by_name)
    return sorted(files, key=lambda file: (order.index(file.table.name), file.name)), ignored


def _table_of(by_name: dict[str, RawTable], relative: Path) -> RawTable | None:
    name = relative.parts[0] if len(relative.parts) > 1 else relative.name.split(".")[0]
    by_pattern = (table for table in by_name.values() if table.files and fnmatchcase(name, table.files))
    return by_name.get(name) or next(by_pattern, None)


def check_needed_tables(
    tables: list[RawTable], files: list[RawFile], directory: Path, has_rows: Callable[[RawTable], bool]
) -> None:
    """Raises InputError where a table that is needed has neither a file nor rows of an earlier load."""
    present = {file.table.name for file in files}
    for table in tables:
        if table.needed and table.name not in present and not has_rows(table):
            raise InputError(
                f"{directory}: the table {table.name} is missing, and nothing can be scored without it. "
                f"Add {table.name}.csv, .parquet or .jsonl."
            )


def _has_rows(connection, table: RawTable) -> bool:
    return table_exists(connection, table.relation) and bool(
        connection.execute(f"select 1 from {table.relation} limit 1").fetchone()
    )


@dataclass(frozen=True)
class _Stamp:
    """What tells a file from what it was a moment ago, without reading it."""

    size: int
    modified_ns: int
    inode: int


def stamp_of(path: Path) -> _Stamp | None:
    """None where the file is gone."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return _Stamp(found.st_size, found.st_mtime_ns, found.st_ino)


@contextmanager
def standing_still(file: RawFile, stamp: _Stamp | None) -> Iterator[None]:
    """Raises InputError where a file is no longer what it was: else its header, hash and rows may be of three files."""
    try:
        yield
    except (InputError, OSError) as error:
        if stamp_of(file.path) != stamp:
            raise _changing_error(file) from error
        raise
    if stamp_of(file.path) != stamp:
        raise _changing_error(file)


def content_hash(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_unchanged(connection, file: RawFile, digest: str) -> bool:
    last = connection.execute(
        "select content_hash from control.loads where path = ? order by load_id desc limit 1", [str(file.path)]
    ).fetchone()
    return last is not None and last[0] == digest


def _append(connection, file: RawFile, scan: _Scan, load_id: int, loaded_at: datetime) -> tuple[int, int]:
    """How many rows were loaded, and how many refused."""
    values = ", ".join(f'cast({_quoted(column)} as varchar) as "{name}"' for name, column in scan.columns.items())
    lineage = f"? as _load_id, ? as _loaded_at, ? as _file, {scan.row_number} as _row"
    rows, origin = f"select {values}, {lineage} from {scan.relation}", [load_id, loaded_at, file.name]
    insert = f"insert into {file.table.relation} by name"
    try:
        if not forgetting.is_anybody_forgotten(connection):
            return connection.execute(f"{insert} {rows}", origin).fetchone()[0], 0
        connection.execute(f"create or replace temporary table incoming as {rows}", origin)
        refused = forgetting.refuse(connection, file.table, "incoming")
        loaded = connection.execute(f"{insert} select * from incoming").fetchone()[0]
        connection.execute("drop table incoming")
    except duckdb.Error as error:
        raise _reading_error(file, error) from error
    return loaded, refused


def _scan(connection, file: RawFile, encoding: str) -> _Scan:
    if file.path.stat().st_size == 0:
        raise InputError(f"{file.name}: is empty, without even a header. Export it again, or remove it.")
    try:
        if file.file_format == CSV:
            return _csv_scan(file, encoding)
        if file.file_format == JSON_LINES:
            return _json_scan(connection, file)
        return _parquet_scan(connection, file)
    except duckdb.Error as error:
        raise _reading_error(file, error) from error


def _csv_scan(file: RawFile, encoding: str) -> _Scan:
    delimiter, header = csv_header(file, encoding)
    names = [name or f"column {number}" for number, name in enumerate(header, start=1)]
    columns, ignored = match_columns(file, names)
    types = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    relation = (
        f"read_csv({literal(file.path)}, auto_detect = false, header = true, delim = {literal(delimiter)}, "
        f"quote = '\"', escape = '\"', encoding = '{encoding}', columns = {{{types}}})"
    )
    return _Scan(relation, "row_number() over ()", columns, ignored)


def csv_header(file: RawFile, encoding: str) -> tuple[str, list[str]]:
    """The delimiter of a CSV file, and the names of its columns. Raises InputError where it is none."""
    opener = gzip.open if file.path.suffix.lower() == ".gz" else open
    try:
        with opener(file.path, "rb") as stream:
            start = stream.read(1 << 20)
        text = codecs.getincrementaldecoder(ENCODINGS[encoding])().decode(start)
    except (UnicodeDecodeError, gzip.BadGzipFile, EOFError) as error:
        raise (
            encoding_error(file)
            if isinstance(error, UnicodeDecodeError)
            else InputError(f"{file.name}: is no gzip file. Export it again, or remove it.")
        ) from error
    if "\0" in text:
        raise InputError(f"{file.name}: is no text, so no CSV. Export it again, or remove it.")
    known = set(file.table.names_in_files)
    headers = {
        delimiter: next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), []) for delimiter in DELIMITERS
    }
    # The delimiter that finds the most columns of the contract; a comma where none does.
    delimiter = max(headers, key=lambda each: len(known & {_normal(name) for name in headers[each]}))
    return delimiter, headers[delimiter]


def _json_scan(connection, file: RawFile) -> _Scan:
    found = connection.execute(
        "select distinct unnest(json_keys(json)) from read_json_objects(?, format = 'newline_delimited')",
        [str(file.path)],
    ).fetchall()
    columns, ignored = match_columns(file, sorted(name for (name,) in found))
    types = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in columns.values())
    relation = f"read_json({literal(file.path)}, format = 'newline_delimited', columns = {{{types}}})"
    return _Scan(relation, "row_number() over ()", columns, ignored)


def _parquet_scan(connection, file: RawFile) -> _Scan:
    described = connection.execute(f"describe select * from read_parquet({literal(file.path)})").fetchall()
    columns, ignored = match_columns(file, [row[0] for row in described])
    relation = f"read_parquet({literal(file.path)}, file_row_number = true)"
    return _Scan(relation, "file_row_number + 1", columns, ignored)


def match_columns(file: RawFile, names: list[str]) -> tuple[dict[str, str], list[str]]:
    """The file's columns by their contract names, and the names that the contract does not know."""
    known = file.table.names_in_files
    normal = [known.get(_normal(name), _normal(name)) for name in names]
    twice = [name for name, count in Counter(normal).items() if count > 1 and name]
    if twice:
        raise InputError(f"{file.name}: has the column {twice[0]} twice. Remove one of them.")
    wanted = set(file.table.data_columns)
    columns = {name: original for name, original in zip(normal, names, strict=True) if name in wanted}
    missing = [name for name in file.table.needed_columns if name not in columns]
    if missing:
        found = ", ".join(names)[:200] or "none"
        raise InputError(
            f"{file.name}: the table {file.table.name} needs the column{'s' if len(missing) > 1 else ''} "
            f"{', '.join(missing)}. Its columns are: {found}. Rename or add what is missing."
        )
    return columns, [name for name in names if _normal(name) not in known]


def _disk_error() -> BuildError:
    return BuildError("the disk is full, so nothing was loaded. Make room, then run again.")


def _reading_error(file: RawFile, error: duckdb.Error) -> RapportError:
    if is_full_disk(str(error)):
        return _disk_error()
    message = str(error)
    if "nicode" in message or "utf-8" in message.lower():
        return encoding_error(file)
    lines = message.splitlines()
    reason = next((line for line in lines if line.startswith(("Value with", "Expected Number"))), lines[0])
    reason = re.sub(r" in (file|line) \S+", "", reason.split("Error: ", 1)[-1]).replace(str(file.path), file.name)
    number = re.search(r"[Ll]ine:? (\d+)", message)
    # DuckDB counts the lines of JSON from 2.
    line = int(number[1]) - (file.file_format == JSON_LINES) if number else None
    where = f"{file.name}, line {line}" if line else file.name
    return InputError(
        f"{where}: cannot be read as {file.file_format} ({reason.strip(' .')}). Mend the file; nothing was loaded."
    )


def _changing_error(file: RawFile) -> InputError:
    return InputError(
        f"{file.name}: changed while it was read, so nothing was loaded. Run again when the export has finished."
    )


def encoding_error(file: RawFile) -> InputError:
    """What to say of a file in another encoding."""
    others = " or ".join(f"--encoding {name}" for name in ENCODINGS if name != "utf-8")
    return InputError(f"{file.name}: is not UTF-8. Save it as UTF-8, or say {others}; nothing was loaded.")


def _normal(name: str) -> str:
    return name.strip().lower()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
