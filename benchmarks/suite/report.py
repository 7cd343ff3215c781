"""What the benchmarks show: one table, and the same as JSON."""

import json
import os
import platform
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from suite.benches import Result
from suite.measuring import MEMORY_LIMIT, THREADS
from suite.sizes import Size

GIGABYTE = 1e9
WIDTH = 180


def print_table(results: list[Result], failures: dict[str, str], with_goals: bool) -> None:
    """Print a line per result; `differ` counts the rows that are not what they must be.

    with_goals: False where the data are so small that ratios say nothing.
    """
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("bench", "against", "figures"):
        table.add_column(name, overflow="fold")
    for name in ("ratio", "goal", "met", "differ"):
        table.add_column(name, justify="right")
    for result in results:
        table.add_row(
            result.bench,
            result.against,
            ", ".join(_figure(name, value) for name, value in result.figures.items()),
            "" if result.ratio is None else f"{result.ratio:.2f}",
            result.goal if with_goals else "",
            _yes_or_no(result.met) if with_goals else "",
            _differing(result.different_rows),
        )
    for bench, words in failures.items():
        table.add_row(bench, "[red]failed[/]", words)
    console = Console()
    # Into a file there is room for all.
    (console if console.is_terminal else Console(width=WIDTH)).print(table)


def write_results(path: Path, results: list[Result], bench: str, size: Size) -> None:
    """Write what a benchmark measured, and on what.

    Lines of the others stay, if they were measured on the same machine and size.
    """
    content = {"machine": machine(), "size": json.loads(json.dumps(asdict(size)))}
    others = []
    if path.exists():
        former = json.loads(path.read_text(encoding="utf-8"))
        if content.items() <= former.items():
            others = [line for line in former["results"] if line["bench"] != bench]
    lines = [asdict(result) | {"met": result.met} for result in results]
    path.write_text(json.dumps(content | {"results": others + lines}, indent=2) + "\n", encoding="utf-8")


def machine() -> dict[str, object]:
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIGABYTE, 1),
        "threads": int(THREADS),
        "memory_limit": MEMORY_LIMIT,
        "python": platform.python_version(),
        **{name: version(name) for name in ("duckdb", "dbt-core", "polars")},
    }


def _figure(name: str, value: float) -> str:
    words, _, unit = name.rpartition("_")
    if unit == "seconds":
        return f"{words.replace('_', ' ')} {value:,.2f} s"
    if unit == "bytes":
        return f"{words.replace('_', ' ')} {value / GIGABYTE:,.2f} GB"
    number = f"{value:,}" if isinstance(value, int) else f"{value:.2f}"
    return f"{name.replace('_', ' ')} {number}"


def _yes_or_no(met: bool | None) -> str:
    return "" if met is None else "[green]yes[/]" if met else "[red]no[/]"


def _differing(rows: int | None) -> str:
    return "" if rows is None else f"[red]{rows:,}[/]" if rows else "0"
