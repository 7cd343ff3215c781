"""`dbt build` in a process of its own, with a progress bar instead of its log."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from runner.errors import BuildError, BusyError, RulesError
from runner.project import ROOT
from runner.warehouse import full_disk_error, is_full_disk

DBT = [sys.executable, "-c", "from dbt.cli.main import cli; cli()"]


# Folders of models, and other kinds of nodes, by the stage of a run that run_log shows.
STAGES = {
    "staging": "staging",
    "increments": "intermediate",
    "intermediate": "intermediate",
    "factors": "ledger",
    "ledger": "ledger",
    "marts": "marts",
    "control": "marts",
}


def build(
    warehouse: Path,
    selector: str = "daily",
    rebuild: bool = False,
    verbose: bool = False,
    progress: Callable[[str, int, int], None] = lambda name, done, total: None,
    project: Path = ROOT,
) -> Counter:
    """Builds and tests what a selector of selectors.yml names; gives the seconds by stage.

    `progress` is called with the name of what was finished, how many are, and how many there are; `project` is
    the folder of dbt's project: another one than the runner's own keeps its target and logs to itself.
    Raises BuildError with the first failure in a line, RulesError where the stored scores are of other rules, BusyError
    where another process holds the warehouse.
    """
    command = [*DBT, "--log-format", "json", "build", "--selector", selector, *_folders(project)]
    if rebuild:
        command.append("--full-refresh")
    if not verbose and project == ROOT:
        # Half a second of every run, for files that only what-if reads.
        command += ["--no-write-json", "--log-level-file", "none"]
    process = subprocess.Popen(
        command,
        cwd=project,
        env=_environment(warehouse, project),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    failures, tail, seconds = [], [], Counter()
    with process:
        for line in process.stdout:
            message, data = _event(line)
            tail = [*tail[-20:], message]
            if verbose:
                sys.stderr.write(message + "\n")
            if "status" in data and "index" in data and "node_info" in data:
                node = data["node_info"]
                if data["status"] in ("error", "fail"):
                    failures.append(node["node_name"])
                seconds[stage_of(node["node_path"], node["resource_type"])] += data.get("execution_time", 0)
                # dbt says num_models of tests and total of all else.
                total = data.get("total") or data.get("num_models")
                if total and node["resource_type"] != "operation":
                    progress(node["node_name"], data["index"], total)
    if process.returncode:
        raise failure(failures, tail)
    return seconds


def compile_analyses(warehouse: Path, names: list[str], project: Path) -> dict[str, str]:
    """The SQL of files in analyses/, by name, as dbt compiles it for a warehouse in a project of its own.

    Raises BuildError where dbt cannot compile one.
    """
    done = subprocess.run(
        [*DBT, "--quiet", "compile", "--select", *names, *_folders(project)],
        cwd=project,
        env=_environment(warehouse, project),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise failure([], done.stdout.splitlines())
    folder = project / "target" / "compiled" / "rapport" / "analyses"
    return {name: (folder / f"{name}.sql").read_text(encoding="utf-8") for name in names}


def _folders(project: Path) -> list[str]:
    return ["--project-dir", str(project), "--profiles-dir", str(project)]


def _environment(warehouse: Path, project: Path) -> dict[str, str]:
    environment = os.environ | {"RAPPORT_WAREHOUSE": str(warehouse)}
    if project != ROOT:
        environment |= {"DBT_TARGET_PATH": str(project / "target"), "DBT_LOG_PATH": str(project / "logs")}
    return environment


def stage_of(path: str, resource_type: str) -> str:
    """What the run log calls the part of a build that a node of dbt's belongs to; path: within models/."""
    return STAGES[Path(path).parts[0]] if resource_type == "model" else "test"


def _event(line: str) -> tuple[str, dict]:
    """The words and the data of a line of dbt's JSON log; of any other line the line."""
    try:
        event = json.loads(line)
        return event["info"]["msg"], event["data"]
    except (ValueError, KeyError, TypeError):
        return line.rstrip(), {}


def failure(failures: list[str], tail: list[str]) -> BuildError:
    """The error to raise where dbt failed: the names of what failed, and the last lines that it said."""
    if any("lock" in line and "Conflicting" in line for line in tail):
        return BusyError("another process took the warehouse while dbt was starting. Run again when it has finished.")
    if any(map(is_full_disk, tail)):
        return full_disk_error()
    if not failures:
        words = next((line.strip() for line in reversed(tail) if line.strip()), "it did not say why")
        return BuildError(
            f"dbt could not start: {words.splitlines()[-1].strip()[:200]}. Run again with --verbose to see its log."
        )
    if any(name.startswith("rules_match_stored_scores") for name in failures):
        return RulesError(
            "seeds/rules: say something else than when the stored scores were made. Give all rules a new rule_version "
            "and run again with --rebuild to score every day by them, or put the old seeds back."
        )
    others = f" and {len(failures) - 1} more" if len(failures) > 1 else ""
    return BuildError(
        f"dbt: {failures[0]} failed{others}; the tables after it are as they were. Run again with --verbose to see why."
    )
