#!/usr/bin/env python
"""The benchmarks on the command line: make data, measure the real runner on them, compare, and show one table.

Exit codes: 0 done, whether or not the goals were met; 1 a command failed, or rows are not what they must be.
"""

import shutil
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from rich.console import Console
from suite import report
from suite.benches import BENCHES, Result
from suite.lab import Lab
from suite.measuring import CommandError
from suite.sizes import FULL, SMALL

RESULTS = Path(__file__).with_name("results.json")


def main(
    small: Annotated[
        bool, typer.Option("--small", help="Little data: check that results agree, not the speed.")
    ] = False,
    only: Annotated[str, typer.Option(help=f"Some of {','.join(BENCHES)}.")] = ",".join(BENCHES),
    keep_in: Annotated[
        Path | None,
        typer.Option(help="A folder for data and warehouses. They stay there, and the data is not made again."),
    ] = None,
) -> None:
    """Run the benchmarks."""
    names = only.split(",")
    unknown = set(names) - BENCHES.keys()
    if unknown:
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}: there are {', '.join(BENCHES)}", param_hint="--only")
    if find_spec("polars") is None:
        raise typer.BadParameter("Polars is missing: pip install '.[bench]'", param_hint="environment")
    folder = keep_in.resolve() if keep_in else Path(tempfile.mkdtemp(prefix="rapport-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    # Figures of little data must not take the place of real ones.
    results_file = Path(tempfile.gettempdir()) / "rapport-bench-small.json" if small else RESULTS
    try:
        lab = Lab(SMALL if small else FULL, folder)
        results, failures = run(lab, [name for name in BENCHES if name in names], results_file)
    finally:
        if not keep_in:
            shutil.rmtree(folder)
    report.print_table(results, failures, with_goals=not small)
    if failures or any(result.different_rows for result in results):
        raise typer.Exit(1)


def run(lab: Lab, names: list[str], results_file: Path) -> tuple[list[Result], dict[str, str]]:
    """Run some benchmarks, and write what each measured: all results, and by name what those said that failed."""
    results, failures = [], {}
    console = Console(stderr=True)
    for name in names:
        measured, start = [], time.perf_counter()
        with console.status(f"{name}: {BENCHES[name].__doc__.splitlines()[0]}"):
            try:
                measured = BENCHES[name](lab)
            # What the others measure is worth having.
            except (CommandError, duckdb.Error, OSError) as error:
                failures[name] = str(error)
        report.write_results(results_file, measured, name, lab.size)
        results += measured
        console.print(f"{name}: {'failed' if name in failures else 'done'} after {time.perf_counter() - start:,.0f} s")
    return results, failures


if __name__ == "__main__":
    typer.run(main)
