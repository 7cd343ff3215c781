"""`dbt build` in a process of its own, with a progress bar instead of its log."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from runner.errors import BuildError, BusyError
from runner.project import ROOT

DBT = [sys.executable, "-c", "from dbt.cli.main import cli; cli()"]


def build(
    warehouse: Path,
    rebuild: bool = False,
    verbose: bool = False,
    progress: Callable[[str, int, int], None] = lambda name, done, total: None,
) -> None:
    """Builds and tests every seed and model.

    `progress` is called with the name of what was finished, how many are, and how many there are.
    Raises BuildError with the first failure in a line, BusyError where another process holds the warehouse.
    """
    # Unit tests are about the SQL, not about the data: CI runs them.
    command = [*DBT, "--log-format", "text" if verbose else "json", "build", "--exclude-resource-type", "unit_test"]
    command += ["--project-dir", str(ROOT), "--profiles-dir", str(ROOT)]
    if rebuild:
        command.append("--full-refresh")
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"RAPPORT_WAREHOUSE": str(warehouse)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    failures, tail = [], []
    with process:
        for line in process.stdout:
            if verbose:
                sys.stderr.write(line)
            tail = [*tail[-20:], line.rstrip()]
            event = _event(line)
            if event.get("status") in ("error", "fail"):
                failures.append(event["node_info"]["node_name"])
            if "status" in event and event.get("total"):
                progress(event["node_info"]["node_name"], event["index"], event["total"])
    if process.returncode:
        raise _failure(failures, tail)


def _event(line: str) -> dict:
    """What a line of dbt's JSON log says of a finished node; empty for any other line."""
    try:
        data = json.loads(line)["data"]
    except (ValueError, KeyError, TypeError):
        return {}
    finished = data.get("node_info", {}).get("node_finished_at") or data.get("node_info", {}).get("node_status")
    return data if "node_info" in data and "index" in data and finished and "status" in data else {}


def _failure(failures: list[str], tail: list[str]) -> BuildError:
    if any("lock" in line and "Conflicting" in line for line in tail):
        return BusyError("another process took the warehouse while dbt was starting. Run again when it has finished.")
    if not failures:
        return BuildError(f"dbt could not start: {_message(tail)}. Run again with --verbose to see its log.")
    others = f" and {len(failures) - 1} more" if len(failures) > 1 else ""
    return BuildError(
        f"dbt: {failures[0]} failed{others}; the tables after it are as they were. Run again with --verbose to see why."
    )


def _message(tail: list[str]) -> str:
    for line in reversed(tail):
        try:
            return json.loads(line)["info"]["msg"].strip().splitlines()[0][:200]
        except (ValueError, KeyError, IndexError):
            continue
    return tail[-1][:200] if tail else "no word of it"
