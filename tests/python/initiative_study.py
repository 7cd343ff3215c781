"""What initiative_impacts finds in made worlds of which it is known what is to be found.

The truth of an initiative is the difference, of the very same outcome, between the world and its twin, in which the
same people draw the same lots and the initiative does nothing. As a script it prints the figures of many seeds:
`python tests/python/initiative_study.py 200`.
"""

import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from multiprocessing import get_context
from pathlib import Path

if __name__ in ("__main__", "__mp_main__"):
    sys.path += [str(Path(__file__).parents[2] / "scripts"), str(Path(__file__).parent)]

import duckdb
import harness
from runner.demo_data import CUSTOMERS_PER_BLOCK, LIVES, SQL_FOLDER, DemoOptions, open_setting
from runner.warehouse import ScoreWindow, record_window

RENOVATION, LOCKERS = "Kitchens and lobby renovated", "Parcel lockers"
RAW_TABLES = ("interactions", "customer_segments", "initiatives")
# Scores decide nothing, and what is new is of no interest: these stay as they are in a warehouse without data.
LEFT_OUT = ("daily_points", "touched_customers", "new_days", "stg_servicenow")
MEASURES = ("effect", "tone_effect", "problems_effect")
ALARMS = ("better", "worse")


@dataclass(frozen=True)
class Setup:
    """A kind of world. boiler: the property and the day of its failure, as in a world that begins on 2025-10-01."""

    name: str
    properties: int = 12
    customers: int = 3000
    boiler: tuple[int, date] = (5, date(2026, 1, 5))


# The renovations start on 16, 23 and 30 March, the lockers on 20 April: a boiler fails where they are, shortly before.
DEMO = Setup("as in the demo")
BOILER_BEFORE = Setup("a boiler fails before a renovation", boiler=(3, date(2026, 3, 1)))
BOILER_BEFORE_LOCKERS = Setup("a boiler fails before the lockers", boiler=(2, date(2026, 4, 5)))
MANY_BOILER = Setup("40 properties, a boiler fails before a renovation", 40, 5000, (3, date(2026, 3, 1)))
SETUPS = (DEMO, BOILER_BEFORE, BOILER_BEFORE_LOCKERS, MANY_BOILER)


@dataclass
class Impacts:
    """What the mart says of one world: a row per programme, and the outcomes of treated properties, per property."""

    programmes: dict[str, dict]
    changes: dict[str, dict[str, tuple[float, float]]]


@dataclass
class Findings:
    """Counts over seeds. covered, intervals: by programme and measure; verdicts, alarms: with and without effect."""

    verdicts: dict[bool, Counter] = field(default_factory=lambda: {True: Counter(), False: Counter()})
    covered: Counter = field(default_factory=Counter)
    intervals: Counter = field(default_factory=Counter)

    def coverage(self, programme: str, measure: str) -> float:
        """The share of 95 % intervals that hold the truth."""
        return self.covered[programme, measure] / self.intervals[programme, measure]

    def verdict_share(self, has_effect: bool, *verdicts: str, programme: str | None = None) -> float:
        """The share of programmes with these verdicts, in worlds where the renovation works, or in their twins."""
        counted = {key: number for key, number in self.verdicts[has_effect].items() if programme in (None, key[0])}
        return sum(number for (_, verdict), number in counted.items() if verdict in verdicts) / sum(counted.values())


def needed_models(project: harness.Project) -> list[harness.Model]:
    """The models that effects and verdicts are made of, in their order."""
    wanted = {"initiative_impacts"}
    chosen = []
    for model in reversed(project.models):
        if model.name in wanted and not model.name.startswith(LEFT_OUT):
            chosen.append(model)
            wanted |= {other.name for other in project.models if other.relation in model.sql}
    return chosen[::-1]


def study(project: harness.Project, folder: Path, setup: Setup, seeds: Iterable[int], processes: int = 1) -> Findings:
    """Every seed's world and its twin, measured by the project's own SQL."""
    findings = Findings()
    measure = partial(world_and_twin, project, folder, setup)
    if processes == 1:
        pairs = map(measure, seeds)
    else:
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            pairs = list(pool.map(measure, seeds))
    for world, twin in pairs:
        for has_effect, found in ((True, world), (False, twin)):
            for programme, row in found.programmes.items():
                findings.verdicts[has_effect][programme, row["verdict"]] += 1
        for programme, row in world.programmes.items():
            for measure_name, truth in truths(row, world.changes[programme], twin.changes[programme]):
                findings.intervals[programme, measure_name] += 1
                findings.covered[programme, measure_name] += (
                    row[f"{measure_name}_low"] <= truth <= row[f"{measure_name}_high"]
                )
    return findings


def world_and_twin(project: harness.Project, folder: Path, setup: Setup, seed: int) -> tuple["Impacts", "Impacts"]:
    return tuple(impacts(project, folder / str(seed), setup, seed, has_effect) for has_effect in (True, False))


def truths(row: dict, changes: dict, twin_changes: dict) -> Iterator[tuple[str, float]]:
    """The planted effects on tone, on problems and on both together, in the units of the mart's row."""
    if row["effect"] is None:
        return
    properties = sorted(changes)
    tone, problems = (
        sum(changes[key][place] - twin_changes[key][place] for key in properties) / len(properties) for place in (0, 1)
    )
    yield "tone_effect", tone
    yield "problems_effect", problems
    yield "effect", (tone / row["tone_unit"] - problems / row["problems_unit"]) / 2


def impacts(project: harness.Project, folder: Path, setup: Setup, seed: int, has_effect: bool) -> Impacts:
    """Makes a world, loads it and measures its initiatives. No customer of it lives a story; only the boiler fails."""
    options = DemoOptions(customers=setup.customers, properties=setup.properties, seed=seed, initiatives=has_effect)
    with project.open(folder) as connection:
        record_window(connection, ScoreWindow(options.last_day, options.last_day))
    fill(folder / harness.WAREHOUSE, options, setup)
    with project.open(folder) as connection:
        connection.execute("set threads = 1")
        for model in needed_models(project):
            model.rebuild(connection)
        found = read_impacts(connection)
    shutil.rmtree(folder)
    return found


def fill(warehouse: Path, options: DemoOptions, setup: Setup) -> None:
    """Draws the world and writes its raw rows into the warehouse."""
    assert options.customers <= CUSTOMERS_PER_BLOCK
    with open_setting(options) as world:
        number, failed_on = setup.boiler
        world.execute("set threads = 1")
        world.execute("update truth_boiler set property_no = ?, failed_on = ?", [number, failed_on])
        world.execute(f"set variable first_customer = 1; set variable last_customer = {options.customers}")
        for name in LIVES:
            if name != "11_surveys":
                world.execute((SQL_FOLDER / f"{name}.sql").read_text(encoding="utf-8"))
        catalog = world.execute("select current_database()").fetchone()[0]
        world.execute(f"attach '{warehouse}' as warehouse")
        for table in RAW_TABLES:
            world.execute(f"""
                insert into warehouse.raw.{table} by name
                select
                    *,
                    1 as _load_id,
                    timestamp '2026-07-01' as _loaded_at,
                    '{table}.csv' as _file,
                    row_number() over () as _row
                from {catalog}.raw.{table}
            """)
        world.execute("detach warehouse")


def read_impacts(connection: duckdb.DuckDBPyConnection) -> Impacts:
    """The mart's rows by programme, and the changes of tone and problems of every property that counts."""
    rows = records(connection, "select * from marts.initiative_impacts where is_measured order by initiative_id")
    changes: dict[str, dict] = {}
    for row in rows:
        # Decimals of ten places: as numbers.
        of_programme = changes.setdefault(row["initiative_name"], {})
        of_programme[row["property_id"]] = (
            row["tone_after"] - row["tone_before"],
            row["problems_after"] - row["problems_before"],
        )
    return Impacts({row["initiative_name"]: row for row in rows}, changes)


def records(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict]:
    """The rows of a query by column, decimals as floats."""
    cursor = connection.execute(sql)
    names = [column[0] for column in cursor.description]
    types = [str(column[1]) for column in cursor.description]
    return [
        {
            name: float(value) if data_type.startswith("DECIMAL") and value is not None else value
            for name, value, data_type in zip(names, row, types, strict=True)
        }
        for row in cursor.fetchall()
    ]


def report(setup: Setup, findings: Findings) -> str:
    lines = [f"{setup.name}: {setup.properties} properties, {setup.customers} customers"]
    for programme in (RENOVATION, LOCKERS):
        held = ", ".join(f"{measure} {findings.coverage(programme, measure):.1%}" for measure in MEASURES)
        lines.append(f"  {programme}: the interval holds the truth: {held}")
        for has_effect in (True, False):
            counts = {
                verdict: number
                for (of, verdict), number in sorted(findings.verdicts[has_effect].items())
                if of == programme
            }
            lines.append(f"    {'world' if has_effect else 'twin'}: {counts}")
    lines.append(f"  better or worse without any effect: {findings.verdict_share(False, *ALARMS):.1%} of verdicts")
    return "\n".join(lines)


def main() -> None:
    seeds = range(1, 1 + int(sys.argv[1] if len(sys.argv) > 1 else 200))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "template").mkdir()
        project = harness.build_project(folder / "template", folder / "target")
        for setup in SETUPS:
            print(report(setup, study(project, folder / "worlds", setup, seeds, os.cpu_count() or 1)), flush=True)


if __name__ == "__main__":
    main()
