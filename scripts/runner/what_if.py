"""`what-if`: one day scored by candidate rules, beside the scores that the rules in force made.

A half-life changes every amount of the ledger. So the candidate is built as the rules in force were: by the same
models, from the same raw rows, in a warehouse of its own that is thrown away. The comparison is SQL, in
analyses/what_if_*.sql; the warehouse is only read.
"""

import csv
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import duckdb

from runner import building, past
from runner.errors import BuildError, InputError
from runner.project import ROOT, copy_project
from runner.warehouse import (
    RULES,
    Built,
    ScoreWindow,
    check_overflow,
    connect,
    last_build,
    literal,
    nothing_scored_error,
    read_seed,
    rows_of,
    table_exists,
)

ANALYSES = ["what_if_changes", "what_if_segments", "what_if_bands", "what_if_validation"]
VERSION = "rule_version"
Row = dict[str, object]


@dataclass(frozen=True)
class Comparison:
    """What the candidate rules change: rows of analyses/what_if_*.sql, and of how many rows each seed differs.

    connection: to the candidate's warehouse, with the temporary table what_if_changes, a row per customer.
    """

    day: date
    rules: dict[str, int]
    connection: duckdb.DuckDBPyConnection
    segments: list[Row]
    bands: list[Row]
    validation: list[Row]


# The candidate's rules


def check_rules_folder(folder: Path) -> list[Path]:
    """The rule files of a folder.

    Raises InputError where there is none, or one that is no rule, lacks a column or has one too many.
    """
    if not folder.is_dir():
        raise InputError(f"--rules {folder}: no such folder. Put edited copies of files of seeds/rules into one.")
    files = [path for path in sorted(folder.iterdir()) if path.name[0] not in "._"]
    if not files:
        raise InputError(f"--rules {folder}: holds no files. Put edited copies of files of seeds/rules into it.")
    known = sorted(path.name for path in RULES.glob("*.csv"))
    for path in files:
        if path.name not in known:
            raise InputError(f"{path}: no rules are called so. There are {', '.join(known)}.")
        _check_columns(path)
    return files


def _check_columns(path: Path) -> None:
    header, rows = _read(path)
    expected, _ = _read(RULES / path.name)
    words = [f"lacks the column {name}" for name in expected if name not in header]
    words += [f"has the unknown column {name!r}" for name in header if name not in expected]
    if words:
        raise InputError(f"{path}: {' and '.join(words)}. It needs {', '.join(expected)}.")
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise InputError(f"{path}, line {number}: has {len(row)} values for {len(header)} columns.")


def _read(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *rows = [row for row in csv.reader(file, strict=True) if row] or [[]]
    except (UnicodeDecodeError, csv.Error, OSError) as error:
        raise InputError(f"{path}: cannot be read as a CSV file in UTF-8 ({error}).") from error
    return header, rows


def write_project(files: list[Path], project: Path) -> Path:
    """Writes a copy of the dbt project with the candidate's files among its seeds; gives the folder of its rules.

    The other files take over the candidate's rule_version if it has one: whether all were given a new one matters when
    the rules are adopted, and not before.
    """
    copy_project(project)
    rules = project / RULES.relative_to(ROOT)
    for path in files:
        _write(rules / path.name, *_read(path))
    given = {path.name for path in files}
    versions = {row[VERSION] for path in files for row in read_seed(path.stem, rules) if VERSION in row}
    if len(versions) == 1:
        for path in rules.glob("*.csv"):
            if path.name not in given:
                _write(path, *_with_version(*_read(path), *versions))
    return rules


def _with_version(header: list[str], rows: list[list[str]], version: str) -> tuple[list[str], list[list[str]]]:
    is_version = [name == VERSION for name in header]
    return header, [[version if is_it else value for is_it, value in zip(is_version, row, strict=True)] for row in rows]


def _write(path: Path, header: list[str], rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


# The days to score


def days_to_score(built: Built | None, day: date | None, rules: Path) -> tuple[date, ScoreWindow]:
    """The compared day, and the days that the candidate must score for it and for its validation.

    Raises InputError where nothing is scored, or not that day.
    """
    if built is None:
        raise nothing_scored_error()
    day = day or built.as_of
    if not built.first_scored_on <= day <= built.as_of:
        raise InputError(
            f"--on {day}: is not scored. This warehouse scores from {built.first_scored_on} to {built.as_of}."
        )
    first_landmark = built.as_of - timedelta(days=_days_of_validation(rules) - 1)
    window = ScoreWindow(max(min(day, first_landmark), built.first_scored_on), built.as_of)
    check_overflow(window.first_scored_on, window.as_of, rules)
    return day, window


def _built(connection: duckdb.DuckDBPyConnection) -> Built | None:
    built = last_build(connection)
    if built and not table_exists(connection, "intermediate.validation_landmarks"):
        raise InputError("This warehouse was built by an older version. Run `rapport.py run` first.")
    return built


def _days_of_validation(rules: Path) -> int:
    """Landmark days and the longest horizon after them: the more of what either rules say."""
    days = 0
    for folder in (RULES, rules):
        horizon = max((int(row["horizon_days"]) for row in read_seed("validation_horizons", folder)), default=0)
        settings = {row["setting"]: row["value"] for row in read_seed("rule_settings", folder)}
        days = max(days, horizon + int(float(settings.get("landmark_days", 0))))
    return days


# The comparison


@contextmanager
def compare(
    warehouse: Path,
    rules: Path,
    day: date | None = None,
    verbose: bool = False,
    progress: Callable[[str, int, int], None] = lambda name, done, total: None,
) -> Iterator[Comparison]:
    """Builds a warehouse by the candidate rules beside the other one, compares, and throws it away.

    Raises InputError where the candidate rules break one of the rules for rules, or the day is not scored.
    """
    files = check_rules_folder(rules)
    # Where there is room for one warehouse there mostly is for another; the system's folder may be small.
    with tempfile.TemporaryDirectory(prefix=".what-if-", dir=warehouse.parent) as scratch:
        folder = Path(scratch)
        project = folder / "project"
        candidate = write_project(files, project)
        with connect(warehouse, read_only=True) as connection:
            built = _built(connection)
        day, window = days_to_score(built, day, candidate)
        copy = folder / ("candidate.duckdb" if warehouse.stem != "candidate" else "candidate_rules.duckdb")
        # Bad rules are told at once, before a large portfolio is copied.
        judge(copy, project, rules, verbose)
        past.write(warehouse, copy, _knowledge(built, window))
        building.build(copy, "tables", verbose=verbose, progress=progress, project=project)
        analyses = building.compile_analyses(copy, ANALYSES, project)
        with connect(copy) as connection:
            _attach_current(connection, warehouse, day)
            connection.execute(f"create temp table what_if_changes as {analyses['what_if_changes']}")
            yield Comparison(
                day,
                _differing_rules(connection, warehouse),
                connection,
                *(rows_of(connection.execute(analyses[name])) for name in ANALYSES[1:]),
            )


def _knowledge(built: Built, window: ScoreWindow) -> past.Knowledge:
    """The loads that are built into the stored scores; what came since is in neither."""
    return past.Knowledge(datetime.combine(built.as_of, time.max), built.load_id, window)


def judge(copy: Path, project: Path, rules: Path, verbose: bool) -> None:
    """Lets the seeds' own tests judge the candidate."""
    try:
        building.build(copy, "rules", verbose=verbose, project=project)
    except BuildError as error:
        broken = _broken_rules(copy, project / "target")
        if not broken:
            raise
        raise InputError(f"--rules {rules}: {'; '.join(broken)}. The warehouse is as it was.") from error


def _broken_rules(copy: Path, target: Path) -> list[str]:
    """What the tests of the seeds found, in words, with the first rows that they found."""
    manifest, found = (target / name for name in ("manifest.json", "run_results.json"))
    if not found.exists():
        return []
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
    results = json.loads(found.read_text(encoding="utf-8"))["results"]
    with connect(copy) as connection:
        return [
            _in_words(connection, nodes[result["unique_id"]], result)
            for result in results
            if result["status"] in ("error", "fail") and nodes[result["unique_id"]]["resource_type"] in ("seed", "test")
        ]


def _in_words(connection: duckdb.DuckDBPyConnection, node: dict, result: dict) -> str:
    if node["resource_type"] == "seed" or result["status"] == "error":
        lines = [line.strip() for line in result["message"].splitlines() if line.strip()]
        return f"{node['name']} cannot be read: {' '.join(lines[1:3])[:300].rstrip('.')}"
    shown = ", ".join(
        " ".join(f"{name} {value}" for name, value in row.items())
        for row in rows_of(connection.execute(f"from ({result['compiled_code']}) limit 3"))
    )
    if not node.get("test_metadata"):
        return f"broken: {node['name'].removeprefix('assert_').replace('_', ' ')} ({shown})"
    where = ".".join(filter(None, (node["attached_node"].split(".")[-1], node["column_name"])))
    return f"broken: {node['test_metadata']['name'].replace('_', ' ')} of {where} ({shown})"


def _attach_current(connection: duckdb.DuckDBPyConnection, warehouse: Path, day: date) -> None:
    """Copies what the rules in force made of the compared day and of the landmark days."""
    current = _catalog(warehouse)
    # Under its own name, because its views say it.
    connection.execute(f"attach {literal(warehouse)} as {current} (read_only)")
    connection.execute("create schema current_rules")
    try:
        connection.execute(
            "create table current_rules.scores as select score_date, customer_id, segment, property_id, score, band, "
            f"portfolio_rank from {current}.marts.customer_scores_daily where score_date = date '{day}'"
        )
        connection.execute(
            "create table current_rules.landmarks as select horizon_days, customer_id, landmark_on, score "
            f"from {current}.intermediate.validation_landmarks"
        )
    except duckdb.CatalogException as error:
        raise InputError(f"{warehouse}: was built under another file name. Give it that name, or run once.") from error


def _catalog(warehouse: Path) -> str:
    return f'"{warehouse.stem}"'


def _differing_rules(connection: duckdb.DuckDBPyConnection, warehouse: Path) -> dict[str, int]:
    """Of how many rows the candidate's seeds differ from those that the stored scores were made by."""
    differing = {}
    for path in sorted(RULES.glob("*.csv")):
        columns = ", ".join(f'"{name}"' for name in _read(path)[0] if name != VERSION)
        catalogs = _candidate(connection), _catalog(warehouse)
        sides = [f"select {columns} from {catalog}.rules.{path.stem}" for catalog in catalogs]
        counts = [
            connection.execute(f"select count(*) from ({one} except all {other})").fetchone()[0]
            for one, other in (sides, sides[::-1])
        ]
        if any(counts):
            differing[path.stem] = max(counts)
    return differing


def _candidate(connection: duckdb.DuckDBPyConnection) -> str:
    return f'"{connection.execute("select current_catalog()").fetchone()[0]}"'
