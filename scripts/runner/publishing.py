"""Releases: the marts of a build that passed its tests, copied to where others read them while the next build runs.

`published/releases/<id>/` holds `rapport.duckdb`, the same as Parquet, and `release.json`; the link `published/current`
leads to the newest. A release is written under another name, checked, renamed and only then linked to, each of which
happens as a whole or not at all: whoever is killed in between leaves what was published as it was.
"""

import errno
import fcntl
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from runner.errors import BuildError, BusyError, InputError
from runner.project import ROOT, Mart, published_marts
from runner.warehouse import (
    beside,
    connect,
    flush,
    full_disk_error,
    last_build,
    literal,
    nothing_scored_error,
    quoted,
    rows_of,
)

FOLDER = "published"
# A reader who has resolved `current` and not opened it yet must find it still there.
LEAST_KEPT = 2
DATABASE, DESCRIPTION = "rapport.duckdb", "release.json"
# What DuckDB 1 can read too.
STORAGE_VERSION = "v1.0.0"
# Counted up whenever a release says or holds something else than before: none is then built upon an older one.
LAYOUT = 1
READER = {"enable_external_access": "false", "lock_configuration": "true"}
PARQUET = "(format parquet, compression zstd)"
BEING_WRITTEN, BEING_REMOVED, NEXT_LINK = ".new-", ".old-", ".current-"
NAME = re.compile(r"(\d{6,})-\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Options:
    """Where to publish, and how.

    folder: what readers look into. keep: how many releases stay. without_pii: leave out columns of personal data.
    anew: copy every row, also of days that are as they were in the release before.
    """

    folder: Path
    keep: int = 3
    without_pii: bool = False
    anew: bool = False


@dataclass(frozen=True)
class Release:
    """What release.json says, and the table marts.release.

    generation: 1 for the first release of a folder, and one more for each. has_pii: whether it has the columns that are
    tagged as personal data. run_id: the run whose tables these are; None where dbt built them without the runner.
    """

    generation: int
    release_id: str
    as_of: date
    first_scored_on: date
    rule_version: str
    load_id: int
    has_pii: bool
    warehouse: str
    published_at: datetime
    git_revision: str | None
    run_id: int | None
    layout: int
    row_counts: dict[str, int]


@dataclass(frozen=True)
class _Former:
    """The release before, and the days by mart on which it is not what the next one is to be."""

    folder: Path
    changed: dict[str, list[date]]


def default_folder(warehouse: Path) -> Path:
    """The folder beside a warehouse: `published` for warehouse.duckdb, `demo_published` for demo.duckdb."""
    return warehouse.with_name(FOLDER if warehouse.stem == "warehouse" else f"{warehouse.stem}_{FOLDER}")


def current(folder: Path) -> Path | None:
    """The folder of the release that `current` leads to; None where nothing is published.

    To be resolved once and then kept to: the link may lead elsewhere a moment later.
    """
    link = folder / "current"
    return link.resolve(strict=True) if link.is_symlink() and link.exists() else None


def describe(release: Path) -> dict:
    """What release.json says."""
    return json.loads((release / DESCRIPTION).read_text(encoding="utf-8"))


def check(warehouse: Path, options: Options) -> None:
    """Raises InputError where a folder cannot take releases of this warehouse, or of this kind."""
    folder = options.folder
    if options.keep < LEAST_KEPT:
        raise InputError(
            f"--keep {options.keep}: at least {LEAST_KEPT} releases stay, for readers who are opening one."
        )
    if not folder.parent.is_dir() or (folder.exists() and not folder.is_dir()):
        raise InputError(f"--published {folder}: cannot be a folder. Name one, such as {default_folder(warehouse)}.")
    if folder.exists() and not (folder / "releases").is_dir() and any(folder.iterdir()):
        raise InputError(f"--published {folder}: holds something else than releases. Name another folder.")
    check_warehouse(warehouse, folder)
    former = current(folder)
    if former and (has_pii := describe(former)["has_pii"]) == options.without_pii:
        kind = "with" if has_pii else "without"
        other = " for those without." if options.without_pii else ", or add --without-pii."
        raise InputError(f"--published {folder}: holds releases {kind} personal data. Name another folder{other}")


def check_warehouse(warehouse: Path, folder: Path) -> None:
    """Raises InputError where a folder has releases of another warehouse."""
    former = current(folder)
    if former and (other := describe(former)["warehouse"]) != warehouse.name:
        raise InputError(f"--published {folder}: holds releases of {other}. Name another folder for {warehouse.name}.")


def publish(
    warehouse: Path, options: Options, progress: Callable[[str, int, int], None] = lambda name, done, total: None
) -> Release:
    """Publishes the marts of a warehouse whose last build finished, and removes the oldest releases.

    `progress` is called with the name of the mart, how many are written, and how many there are.
    Raises InputError where there is nothing to publish or the folder is another's, BusyError where another process
    holds the warehouse or publishes, BuildError where the release cannot be written or is not what it should be.
    """
    check(warehouse, options)
    try:
        with _alone(options.folder):
            _remove_leftovers(options.folder)
            with connect(warehouse, read_only=True) as connection:
                release = _plan(connection, warehouse, options)
            part = options.folder / "releases" / f"{BEING_WRITTEN}{release.release_id}"
            part.mkdir()
            try:
                release = _write(part, warehouse, release, options, progress)
                _check_release(part, release)
                folder = part.rename(part.with_name(release.release_id))
            except BaseException:
                shutil.rmtree(part, ignore_errors=True)
                raise
            flush(folder.parent)
            _lead_to(options.folder, folder)
            _remove_oldest(options)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EFBIG):
            raise full_disk_error() from error
        raise BuildError(f"--published {options.folder}: cannot be written ({error.strerror}).") from error
    return release


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Raises BusyError where another process publishes into the folder."""
    (folder / "releases").mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(f"{folder}: another process publishes. Wait until it has finished.") from error
        yield


def _releases(folder: Path) -> list[Path]:
    """The releases of a folder, the oldest first."""
    found = [path for path in (folder / "releases").iterdir() if NAME.fullmatch(path.name)]
    return sorted(found, key=lambda path: int(NAME.fullmatch(path.name)[1]))


def _remove_leftovers(folder: Path) -> None:
    """What killed ones left: folders and links of other names, and a release that nobody was led to."""
    released = current(folder)
    for path in folder.glob(f"{NEXT_LINK}*"):
        path.unlink()
    for path in (folder / "releases").iterdir():
        if path.name.startswith((BEING_WRITTEN, BEING_REMOVED)):
            shutil.rmtree(path)
    for path in reversed(_releases(folder)):
        if released is None or path.name == released.name:
            break
        _remove(path)


def _remove(release: Path) -> None:
    """By another name first: a release is whole, or is none."""
    shutil.rmtree(release.rename(release.with_name(f"{BEING_REMOVED}{release.name}")))


def _plan(connection, warehouse: Path, options: Options) -> Release:
    """What the next release says of itself, as yet without the numbers of rows.

    Raises InputError where no build has finished, or the last run did not.
    """
    built = last_build(connection)
    if built is None:
        raise nothing_scored_error()
    runs = "select run_id, finished_at from control.runs order by run_id desc limit 1"
    run_id, finished_at = connection.execute(runs).fetchone() or (None, None)
    if run_id and finished_at is None:
        raise InputError(f"{warehouse}: the last run did not finish, so its tables are not published. Run again.")
    former = current(options.folder)
    generation = describe(former)["generation"] + 1 if former else 1
    return Release(
        generation=generation,
        release_id=f"{generation:06d}-{built.as_of}",
        as_of=built.as_of,
        first_scored_on=built.first_scored_on,
        rule_version=connection.execute("select rule_version from control.last_build").fetchone()[0],
        load_id=built.load_id,
        has_pii=not options.without_pii,
        warehouse=warehouse.name,
        published_at=datetime.now(UTC).replace(tzinfo=None, microsecond=0),
        git_revision=_git_revision(),
        run_id=run_id,
        layout=LAYOUT,
        row_counts={},
    )


def _git_revision() -> str | None:
    """The project's revision, with `-dirty` where files differ from it; None where it has none."""
    if not (ROOT / ".git").exists():
        return None
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=40", "--exclude", "*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return done.stdout.strip() or None


def _write(
    part: Path, warehouse: Path, release: Release, options: Options, progress: Callable[[str, int, int], None]
) -> Release:
    """Writes all files of a release into a folder; gives what it says of itself with the numbers of rows."""
    marts = published_marts()
    with beside(warehouse, part / "spilled") as connection:
        source, target = quoted(warehouse.stem), quoted(f"{warehouse.stem} released")
        _find_days(connection, source, marts)
        former = None if options.anew else _former(connection, current(options.folder), marts, release)
        if former:
            shutil.copyfile(former.folder / DATABASE, part / DATABASE)
        version = "" if former else f" (storage_version '{STORAGE_VERSION}')"
        connection.execute(f"attach {literal(part / DATABASE)} as {target}{version}")
        connection.execute(
            f"create schema if not exists {target}.marts; create schema if not exists {target}.publishing"
        )
        counts = {}
        for number, mart in enumerate(marts):
            progress(mart.name, number, len(marts))
            tables = f"{source}.marts.{mart.name}", f"{target}.marts.{mart.name}"
            counts[mart.name] = _copy(connection, *tables, mart, former, options.without_pii)
        release = replace(release, row_counts=counts)
        connection.execute(f"create or replace table {target}.publishing.days as from published_days")
        _write_description(connection, f"{target}.marts.release", release)
        connection.execute(f"checkpoint {target}")
        for mart in marts:
            _write_parquet(connection, f"{target}.marts.{mart.name}", mart, part, former)
        connection.execute(f"detach {target}")
    shutil.rmtree(part / "spilled", ignore_errors=True)
    text = json.dumps(asdict(release), indent=2, default=_as_written)
    (part / DESCRIPTION).write_text(f"{text}\n", encoding="utf-8")
    for path in [*part.rglob("*"), part]:
        flush(path)
    progress("", len(marts), len(marts))
    return release


def _as_written(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _find_days(connection, source: str, marts: tuple[Mart, ...]) -> None:
    """Makes published_days: by mart and day one number for all rows that its rows of the day are made of."""
    connection.execute("create temp table published_days (mart varchar, made_of varchar, day date, rows_hash varchar)")
    for mart in marts:
        for relation in mart.made_of if mart.day else ():
            columns = connection.execute(f"select * from {source}.{relation} limit 0").description
            hashed = ", ".join(quoted(name) for name, *_ in columns)
            connection.execute(
                f"insert into published_days select '{mart.name}', '{relation}', {mart.day}, "
                f"cast(sum(hash({hashed})) as varchar) from {source}.{relation} group by {mart.day}"
            )


def _former(connection, folder: Path | None, marts: tuple[Mart, ...], release: Release) -> _Former | None:
    """The current release, if most days are as they were.

    What is deleted leaves holes in a file: with many of them it is better written anew.
    """
    if folder is None or describe(folder)["layout"] != LAYOUT:
        return None
    connection.execute(f"attach {literal(folder / DATABASE)} as former (read_only)")
    columns = connection.execute(
        "select table_name, list(column_name order by column_index) from duckdb_columns() "
        "where database_name = 'former' and schema_name = 'marts' group by table_name"
    ).fetchall()
    days = connection.execute(
        "select mart, day, bool_or(old.mart is null or new.mart is null) as is_changed "
        "from former.publishing.days as old full join published_days as new using (mart, made_of, day, rows_hash) "
        "group by mart, day"
    ).fetchall()
    connection.execute("detach former")
    expected = {mart.name: list(mart.kept(not release.has_pii)) for mart in marts}
    changed = {mart.name: [day for name, day, is_changed in days if is_changed and name == mart.name] for mart in marts}
    is_mostly_new = 2 * sum(map(len, changed.values())) > len(days)
    return None if is_mostly_new or not expected.items() <= dict(columns).items() else _Former(folder, changed)


def _copy(connection, source: str, target: str, mart: Mart, former: _Former | None, without_pii: bool) -> int:
    """Copies a mart, or its days that changed; gives the number of all its rows."""
    columns = ", ".join(quoted(name) for name in mart.kept(without_pii))
    if former is None or mart.day is None:
        copied = connection.execute(f"create or replace table {target} as select {columns} from {source}")
        return copied.fetchone()[0]
    for first, last in _spells(former.changed[mart.name]):
        spell = f"where {mart.day} between date '{first}' and date '{last}'"
        connection.execute(f"delete from {target} {spell}")
        connection.execute(f"insert into {target} select {columns} from {source} {spell}")
    return connection.execute(f"select count(*) from {target}").fetchone()[0]


def _spells(days: list[date]) -> list[tuple[date, date]]:
    """Days that follow each other, as the first and the last of them."""
    spells: list[tuple[date, date]] = []
    for day in sorted(days):
        is_next = spells and day - spells[-1][1] == timedelta(days=1)
        spells[-1:] = [(spells[-1][0], day)] if is_next else [*spells[-1:], (day, day)]
    return spells


def _write_description(connection, target: str, release: Release) -> None:
    values = {name: value for name, value in asdict(release).items() if name != "row_counts"}
    types = {int: "bigint", bool: "boolean", date: "date", datetime: "timestamp"}
    columns = ", ".join(
        f"cast(${name} as {types.get(type(value), 'varchar')}) as {name}" for name, value in values.items()
    )
    connection.execute(f"create or replace table {target} as select {columns}", values)


def _write_parquet(connection, table: str, mart: Mart, part: Path, former: _Former | None) -> None:
    """One file, or a folder of one file a month where there is a row for every day."""
    if mart.day is None:
        connection.execute(f"copy {table} to {literal(part / f'{mart.name}.parquet')} {PARQUET}")
        return
    folder = part / mart.name
    folder.mkdir()
    changed = {day.replace(day=1) for day in former.changed[mart.name]} if former else set()
    months = connection.execute(
        f"select distinct cast(date_trunc('month', {mart.day}) as date) as month from {table} order by month"
    ).fetchall()
    if not months:
        # So that a reader's pattern finds the columns.
        connection.execute(f"copy {table} to {literal(folder / 'empty.parquet')} {PARQUET}")
    for (month,) in months:
        path, next_month = folder / f"{month:%Y-%m}.parquet", f"date '{month}' + interval 1 month"
        if former and month not in changed:
            _link(former.folder / mart.name / path.name, path)
        else:
            rows = f"from {table} where {mart.day} >= date '{month}' and {mart.day} < {next_month}"
            connection.execute(f"copy ({rows}) to {literal(path)} {PARQUET}")


def _link(before: Path, path: Path) -> None:
    """The same file under another name; a copy where the disk knows no such thing."""
    try:
        path.hardlink_to(before)
    except OSError:
        shutil.copyfile(before, path)


def parquet_of(release: Path, mart: str) -> str:
    """The files of a mart, as a pattern that DuckDB reads."""
    return str(release / mart / "*.parquet" if (release / mart).is_dir() else release / f"{mart}.parquet")


def _check_release(part: Path, release: Release) -> None:
    """Raises BuildError where a reader would not find what was written."""
    found, in_parquet = {}, {}
    with duckdb.connect(str(part / DATABASE), read_only=True, config=READER) as connection:
        for mart in release.row_counts:
            found[mart] = connection.execute(f"select count(*) from rapport.marts.{mart}").fetchone()[0]
        (said,) = rows_of(connection.execute("select generation, as_of from rapport.marts.release"))
    with duckdb.connect() as connection:
        for mart in release.row_counts:
            files = f"read_parquet({literal(parquet_of(part, mart))})"
            in_parquet[mart] = connection.execute(f"select count(*) from {files}").fetchone()[0]
    if found != release.row_counts or in_parquet != release.row_counts:
        wrong = [mart for mart, rows in release.row_counts.items() if {found[mart], in_parquet[mart]} != {rows}]
        raise BuildError(f"the release has other rows than the warehouse in {', '.join(wrong)}. Nothing was published.")
    if said != {"generation": release.generation, "as_of": release.as_of}:
        raise BuildError("the release says another generation than it should. Nothing was published.")


def _lead_to(folder: Path, release: Path) -> None:
    """Moves the link: whoever follows it finds the former release or this one."""
    link = folder / f"{NEXT_LINK}{release.name}"
    link.symlink_to(Path("releases") / release.name, target_is_directory=True)
    link.replace(folder / "current")
    flush(folder)


def replace_all(warehouse: Path, folder: Path, progress: Callable[[str, int, int], None]) -> Release | None:
    """Publishes anew, of the kind that a folder has, and removes all other releases; None where it has none.

    Unlike `publish` it leaves nothing for readers who are just opening a former release.
    """
    if current(folder) is None:
        return None
    without_pii = not describe(current(folder))["has_pii"]
    release = publish(warehouse, Options(folder, without_pii=without_pii, anew=True), progress)
    with _alone(folder):
        for path in _releases(folder):
            if path.name != release.release_id:
                _remove(path)
    return release


def _remove_oldest(options: Options) -> None:
    for path in _releases(options.folder)[: -options.keep]:
        _remove(path)
