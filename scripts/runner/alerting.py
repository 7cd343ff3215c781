"""Alerts for whoever acts on them: each is told once on the screen, and once in a file of JSON lines.

Told is what `control.told_alerts` says. An alert lasts on the as-of of the run that tells it; one of the same customer,
kind and subject that lasts on that day, whenever it is said to have been raised since, is the same.
"""

import json
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from runner.errors import BuildError, InputError
from runner.warehouse import flush, rows_of

SCREEN, FILE = "screen", "file"
# Of an alert that lasts there is no end to tell.
UNTOLD_COLUMNS = ("is_open", "cleared_on", "told_on")
# Several questions are asked of them, so they are read once.
OPEN = """
    create or replace temporary table open_alerts as
    select alerts.*, built.as_of as told_on
    from marts.customer_alerts as alerts
    cross join control.last_build as built
    where alerts.is_open
"""
NEW = """
    from open_alerts as alerts
    where
        not exists (
            select 1 from control.told_alerts as told
            where
                told.told_to = $told_to
                and told.customer_id = alerts.customer_id
                and told.alert = alerts.alert
                and told.subject = alerts.subject
                and told.told_on >= alerts.raised_on
        )
"""
ORDER = (
    "order by alerts.raised_on desc, alerts.score_change nulls last, alerts.customer_id, alerts.alert, alerts.subject"
)


@dataclass(frozen=True)
class Alerts:
    """Those that a run has to print: the first few of them, the latest first, and how many there are."""

    shown: list[dict]
    new: int
    open: int


def check_file(path: Path) -> Path:
    """The absolute path of a file of alerts; what is in it already stays.

    Raises InputError where it cannot be one: no folder for it, not a plain file, or a file of something else.
    """
    path = path.expanduser().resolve()
    if not path.parent.is_dir():
        raise InputError(f"--alerts-to {path}: no such folder as {path.parent}. Create it, or name another file.")
    if path.exists() and not path.is_file():
        raise InputError(f"--alerts-to {path}: is not a plain file. Name one, such as {path.parent}/alerts.jsonl.")
    _ids_in(path)
    return path


def tell(connection: duckdb.DuckDBPyConnection, path: Path | None, most: int) -> Alerts:
    """Writes new alerts to the file, if there is one, and gives those to print, `most` at the most.

    Both are told from then on. Raises BuildError where the file cannot be written: then the next run tells them.
    """
    connection.execute(OPEN)
    if path:
        _write(path, _new_alerts(connection, FILE))
        _remember(connection, FILE)
    alerts = Alerts(
        _new_alerts(connection, SCREEN, most),
        connection.execute(f"select count(*) {NEW}", {"told_to": SCREEN}).fetchone()[0],
        connection.execute("select count(*) from open_alerts").fetchone()[0],
    )
    _remember(connection, SCREEN)
    return alerts


def _new_alerts(connection, told_to: str, most: int | None = None) -> list[dict]:
    limit = "" if most is None else f"limit {most}"
    found = connection.execute(f"select alerts.* {NEW} {ORDER} {limit}", {"told_to": told_to})
    return [{name: value for name, value in row.items() if name not in UNTOLD_COLUMNS} for row in rows_of(found)]


def _remember(connection, told_to: str) -> None:
    connection.execute(
        "insert into control.told_alerts by name "
        "select $told_to as told_to, alerts.alert_id, alerts.customer_id, alerts.alert, alerts.subject, "
        f"alerts.raised_on, alerts.told_on, $told_at as told_at {NEW}",
        {"told_to": told_to, "told_at": datetime.now(UTC).replace(tzinfo=None)},
    )


def _write(path: Path, alerts: list[dict]) -> None:
    """Adds alerts to the file, all of them or none, but for those that a killed run left in it."""
    known = _ids_in(path)
    untold = [alert for alert in alerts if alert["alert_id"] not in known]
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            if path.exists():
                shutil.copymode(path, part)
                file.writelines(f"{line}\n" for line in path.read_text(encoding="utf-8").split("\n") if line)
            file.writelines(f"{json.dumps(alert, ensure_ascii=False, default=_plain)}\n" for alert in untold)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        flush(path.parent)
    except OSError as error:
        raise BuildError(
            f"--alerts-to {path}: cannot be written ({error.strerror}). All else is done; "
            "the next run with --alerts-to tells these alerts."
        ) from error


def _ids_in(path: Path) -> set[str]:
    """The alert_ids in a file of alerts; none where there is no file.

    Raises InputError where it is a file of something else, or cannot be read.
    """
    if not path.exists():
        return set()
    try:
        # Not by splitlines: an id may hold a line separator of Unicode.
        return {json.loads(line)["alert_id"] for line in path.read_text(encoding="utf-8").split("\n") if line}
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(
            f"--alerts-to {path}: holds something else than alerts, and would not be overwritten. Name another file."
        ) from error
    except OSError as error:
        raise InputError(f"--alerts-to {path}: cannot be read ({error.strerror}). Name another file.") from error


def _plain(value: object) -> object:
    """Dates as ISO text, decimals as numbers."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{value!r} has no JSON")
