"""What a run did, for run_log: written down when it begins building, completed when it is done."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from runner.project import ROOT, fingerprint
from runner.warehouse import Built, ScoreWindow, is_built_by_this_project, rows_of, rule_version

STAGES = ("load", "staging", "intermediate", "ledger", "marts", "test")

# What the tables of a build say about it. A late row is dated on a day that was scored before it came.
FINDINGS = """
select
    (select min(score_date) from increments.new_days) as first_new_day,
    (select max(score_date) from increments.new_days) as last_new_day,
    (select count(*) from increments.touched_customers) as customers_touched,
    (select min(greatest(changed_from, $built_from)) from increments.touched_customers where scored_days > 0)
        as earliest_change,
    count(*) as rows_late,
    max($built_as_of - dated_on + 1) as most_days_late
from intermediate.raw_rows
where
    _load_id > $load_id
    and row_status = 'used'
    and dated_on <= $built_as_of
"""


@dataclass(frozen=True)
class Begun:
    """A run that began.

    is_same_project: the seeds and views that are there are those of the project as it is.
    has_news: there are loads that no finished build has taken in.
    has_rows_due: rows that waited for their day are to count from this run on.
    """

    run_id: int
    is_same_project: bool
    has_news: bool
    has_rows_due: bool

    @property
    def usual_selector(self) -> str:
        """What of selectors.yml a run builds that was not asked for more."""
        if not self.is_same_project:
            return "daily"
        return "nightly" if self.has_news or self.has_rows_due else "quiet"


def start(connection: duckdb.DuckDBPyConnection, command: str, window: ScoreWindow, built: Built | None) -> Begun:
    """Writes down that a run begins."""
    run_id = connection.execute("select coalesce(max(run_id), 0) + 1 from control.runs").fetchone()[0]
    first_load_id, last_load_id = connection.execute(
        "select min(load_id), max(load_id) from control.loads where load_id > ?", [built.load_id if built else 0]
    ).fetchone()
    connection.execute(
        "insert into control.runs (run_id, command, started_at, first_scored_on, as_of, rule_version, "
        "first_load_id, last_load_id) values (?, ?, ?, ?, ?, ?, ?, ?)",
        [run_id, command, _now(), window.first_scored_on, window.as_of, rule_version(), first_load_id, last_load_id],
    )
    is_same_project = is_built_by_this_project(connection)
    due = "select coalesce(min(waiting_from) <= ?, false) from marts.load_summary"
    has_rows_due = is_same_project and connection.execute(due, [window.as_of]).fetchone()[0]
    return Begun(run_id, is_same_project, last_load_id is not None, has_rows_due)


def finish(
    connection: duckdb.DuckDBPyConnection, run_id: int, built: Built | None, seconds: Counter, project: Path = ROOT
) -> None:
    """Completes the record of a run: what it found, the seconds of each stage, the project that built what is there."""
    known = {
        "load_id": built.load_id if built else 0,
        "built_as_of": built.as_of if built else None,
        "built_from": built.first_scored_on if built else None,
    }
    (values,) = rows_of(connection.execute(FINDINGS, known))
    values |= {f"{stage}_seconds": round(seconds[stage], 3) for stage in STAGES} | {"finished_at": _now()}
    connection.execute(
        f"update control.runs set {', '.join(f'{name} = ?' for name in values)}, "
        "total_seconds = round(epoch(? - started_at) + ?, 3) where run_id = ?",
        [*values.values(), values["finished_at"], round(seconds["load"], 3), run_id],
    )
    connection.execute("delete from control.built_project")
    connection.execute(
        "insert into control.built_project (fingerprint, tables_version) "
        "select ?, tables_version from control.last_build",
        [fingerprint(project)],
    )


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
