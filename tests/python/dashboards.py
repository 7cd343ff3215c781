"""Releases for the dashboard's tests: a small made-up portfolio, in which some people have hostile names."""

import csv
import json
import os
from pathlib import Path

import duckdb
from runner.demo_data import DemoOptions, write_demo

DEMO = DemoOptions(customers=250)
BEACON = "evil.example"
LONG = "Long " * 2000
HOSTILE = {
    "h1": "<script>alert(1)</script>",
    "h2": f"</script><img src=http://{BEACON}/x onerror=alert(1)>",
    "h3": f'=HYPERLINK("http://{BEACON}/","click")',
    "h4": 'O\'Brien "Quote" & <b>',
    "h5": f"![x](http://{BEACON}/beacon.png)",
    "h6": "\u202eevil\u202c \u2067right\u2069",
    "h7": LONG,
    "h8": "@SUM(1+1)",
    "h9": "\t=1+1",
    "h'); drop table marts.customer_scores_current; --": "-1+1",
    "h/../..?x=1&y=<i>#z": "+1",
}
PROPERTY, CATEGORY = "\"><script>alert('p')</script>", "<img src=x onerror=alert('c')>"


def write_raw(folder: Path) -> list[Path]:
    """Raw folders: the demo's, and one of people who mean harm. Each wrote on the last days, what they are called."""
    demo, hostile = folder / "demo", folder / "hostile"
    demo.mkdir(parents=True), hostile.mkdir()
    write_demo(demo, DEMO)
    day = DEMO.last_day
    _write(hostile, "customers", ["customer_id", "customer_name"], HOSTILE.items())
    _write(hostile, "properties", ["property_id", "property_name"], [("px", PROPERTY)])
    _write(
        hostile,
        "customer_segments",
        ["customer_id", "started_on", "segment", "property_id"],
        [(who, "2025-10-01", "resident", "px") for who in HOSTILE],
    )
    _write(
        hostile,
        "interactions",
        ["interaction_id", "customer_id", "occurred_at", "nature", "issue_category", "channel", "body"],
        [
            (f"x{number}", who, f"{day}T1{number % 10}:00:00", "grievance", CATEGORY, "email", name)
            for number, (who, name) in enumerate(HOSTILE.items())
        ],
    )
    return [demo, hostile]


def _write(folder: Path, table: str, header: list[str], rows) -> None:
    with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


# It has a row per score, and a release does without.
UNPUBLISHED = "score_statement_daily"


def publish(warehouse: Path, folder: Path, name: str, left_out: dict[str, list[str]] | None = None) -> Path:
    """A release of a warehouse's marts, without the columns that are left out of each, and `current` leading to it."""
    release = folder / "releases" / name
    release.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse}' as warehouse (read_only)")
        connection.execute(f"attach '{release / 'rapport.duckdb'}' as rapport (storage_version 'v1.0.0')")
        connection.execute("create schema rapport.marts")
        connection.execute("use warehouse")
        for (table,) in connection.execute(
            "select table_name from information_schema.tables "
            "where table_catalog = 'warehouse' and table_schema = 'marts' and table_name <> ? order by 1",
            [UNPUBLISHED],
        ).fetchall():
            lacks = (left_out or {}).get(table)
            columns = f"* exclude ({', '.join(lacks)})" if lacks else "*"
            connection.execute(f"create table rapport.marts.{table} as select {columns} from marts.{table}")
    about = {
        "generation": 1,
        "release_id": name,
        "as_of": str(DEMO.last_day),
        "rule_version": "v1",
        "git_revision": f"{40 * '0'}-dirty",
    }
    (release / "release.json").write_text(json.dumps(about), encoding="utf-8")
    link = folder / ".next"
    link.symlink_to(Path("releases") / name)
    os.replace(link, folder / "current")
    return release
