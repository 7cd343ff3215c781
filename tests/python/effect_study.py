"""What journey_effects finds in made worlds of which it is known what is to be found.

The truth of a touchpoint is the difference between the world in which everybody whose need was exceeded or missed had
it exceeded, and the one in which all of them had it missed: the same people, the same lots. As a script it prints the
figures of many seeds: `python tests/python/effect_study.py 100`.
"""

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from multiprocessing import get_context
from pathlib import Path

if __name__ in ("__main__", "__mp_main__"):
    sys.path += [str(Path(__file__).parents[2] / "scripts"), str(Path(__file__).parent)]

import duckdb
import harness
import numpy as np
import pandas as pd
from scipy.special import expit
from threadpoolctl import threadpool_limits
from training.journey.effect_running import TABLE, as_rows
from training.journey.effects import Estimate, Options, estimate

TOUCHPOINTS = ("tour", "application", "move_in", "maintenance", "communication", "amenities")
FOUND = "consistent with an effect"
UNTIL = date(2026, 3, 31)
# One split of the cases in place of the command's three, to be quick: what a split adds to the errors is all there.
OPTIONS = replace(Options(), repeats=1)
# Where a latent experience of variance 1 becomes a rating of 1 to 5. 4 meets the need, 5 exceeds it.
CUTS = (-1.2, -0.8, -0.35, 0.4)
ANSWERED = 0.7


@dataclass(frozen=True)
class World:
    """A kind of world.

    loading: what the mood does to a latent experience, whose other part has variance 1. mood: what a standard deviation
    of it does to the log-odds of the outcome. effects: what exceeding a need, against missing it, does to them, by
    touchpoint. follows: what an exceeded need of the one touchpoint does to the latent experience of others; a missed
    one does the opposite.
    """

    name: str
    loading: float = 0.0
    mood: float = 0.0
    effects: dict[str, float] = field(default_factory=dict)
    follows: dict[tuple[str, str], float] = field(default_factory=dict)
    cases: int = 3000
    properties: int = 12


EFFECTS_AND_MOOD = World("effects and a mood", 0.8, 0.8, {"application": 0.8, "communication": 1.4})
MOOD_ALONE = World("nothing but a mood", 0.8, 1.2)
NOTHING = World("nothing at all")
EARLIER = World(
    "an earlier touchpoint moves later ones",
    0.6,
    0.5,
    {"application": 1.0},
    {("application", "maintenance"): 0.9, ("application", "amenities"): 0.9},
)
WORLDS = (EFFECTS_AND_MOOD, MOOD_ALONE, NOTHING, EARLIER)


@dataclass
class Findings:
    """Rows of marts.journey_effects beside the truth: seed, touchpoint, truth, verdict, effect_lower, effect_upper."""

    rows: pd.DataFrame

    def coverage(self, has_effect: bool) -> float:
        """The share of reported intervals that hold the truth."""
        rows = self._of(has_effect).dropna(subset="effect_lower")
        return float(((rows["effect_lower"] <= rows["truth"]) & (rows["truth"] <= rows["effect_upper"])).mean())

    def found(self, has_effect: bool) -> float:
        """The share of touchpoints that are called consistent with an effect."""
        return float((self._of(has_effect)["verdict"] == FOUND).mean())

    def verdicts(self, has_effect: bool) -> Counter:
        return Counter(self._of(has_effect)["verdict"])

    def _of(self, has_effect: bool) -> pd.DataFrame:
        return self.rows[(self.rows["truth"] != 0) == has_effect]


def study(project: harness.Project, folder: Path, world: World, seeds: Iterable[int], processes: int = 1) -> Findings:
    """Every seed's world, estimated as the command does, and judged by the project's own SQL."""
    seeds = list(seeds)
    if processes == 1:
        measured = [measure(world, seed) for seed in seeds]
    else:
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            measured = list(pool.map(partial(measure, world), seeds))
    with project.open(folder) as connection:
        judged = judge(connection, {str(seed): found for seed, (found, _) in zip(seeds, measured, strict=True)})
    truths = pd.DataFrame(
        [
            {"outcome": str(seed), "touchpoint": touchpoint, "truth": value}
            for seed, (_, truth) in zip(seeds, measured, strict=True)
            for touchpoint, value in truth.items()
        ]
    )
    return Findings(judged.merge(truths, on=["outcome", "touchpoint"], validate="one_to_one"))


def measure(world: World, seed: int) -> tuple[list[Estimate], dict[str, float]]:
    with threadpool_limits(1):
        rows, truth = draw(world, seed)
        return estimate(rows, OPTIONS), truth


def judge(connection: duckdb.DuckDBPyConnection, estimates: dict[str, list[Estimate]]) -> pd.DataFrame:
    """The mart's rows of estimates, each set of them as those of an outcome of its own."""
    connection.execute(f"delete from trained.{TABLE}")
    rows = [row for outcome, found in estimates.items() for row in as_rows(found, outcome, UNTIL, "study")]
    columns = list(rows[0])
    connection.executemany(
        f"insert into trained.{TABLE} ({', '.join(columns)}) values ({', '.join('?' * len(columns))})",
        [[row[name] or None for name in columns] for row in rows],
    )
    return connection.execute("from marts.journey_effects order by outcome, touchpoint").df()


def draw(world: World, seed: int) -> tuple[pd.DataFrame, dict[str, float]]:
    """The rows of journey_effect_cases of a world, and every touchpoint's true effect."""
    random = np.random.default_rng([seed, *world.name.encode()])
    number = world.cases
    mood = random.normal(size=number)
    home = random.integers(world.properties, size=number)
    home_effect = random.normal(0, 0.3, world.properties)[home]
    tenure = random.exponential(500, number)
    own = random.normal(size=(number, len(TOUCHPOINTS)))
    lot = random.uniform(size=number)
    # Who is content answers more readily.
    answered = random.uniform(size=own.shape) < (ANSWERED + 0.1 * world.loading * np.tanh(mood))[:, None]
    had_grievance = random.uniform(size=number) < expit(-1.5 - 0.5 * world.mood * mood)
    experience = world.loading * mood[:, None] + own + home_effect[:, None]
    base = 0.4 + world.mood * mood + home_effect + 0.2 * (tenure > 500)

    def live(forced: str | None = None, to: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        ratings, need = np.zeros(own.shape, dtype=int), np.zeros(own.shape, dtype=int)
        log_odds = base.copy()
        for place, touchpoint in enumerate(TOUCHPOINTS):
            latent = experience[:, place].copy()
            for (cause, follower), strength in world.follows.items():
                if follower == touchpoint:
                    latent += strength * need[:, TOUCHPOINTS.index(cause)]
            ratings[:, place] = 1 + np.searchsorted(np.array(CUTS) * np.hypot(1, world.loading), latent)
            need[:, place] = np.select([ratings[:, place] == 5, ratings[:, place] == 4], [1, 0], -1)
            if touchpoint == forced:
                need[:, place] = to
            log_odds += world.effects.get(touchpoint, 0.0) / 2 * need[:, place]
        return ratings, need, expit(log_odds)

    ratings, need, probability = live()
    happened = lot < probability
    truth = {}
    for place, touchpoint in enumerate(TOUCHPOINTS):
        compared = answered[:, place] & (need[:, place] != 0)
        truth[touchpoint] = float((live(touchpoint, 1)[2] - live(touchpoint, -1)[2])[compared].mean())
    case, place = np.nonzero(answered)
    rows = pd.DataFrame(
        {
            "case_id": [f"c{value:05d}" for value in case],
            "touchpoint": np.array(TOUCHPOINTS)[place],
            "need_met": np.array(["missed", "met", "exceeded"])[need[case, place] + 1],
            "rating_share": (ratings[case, place] - 1) / 4,
            "is_rating": True,
            "property_id": [f"p{value}" for value in home[case]],
            "segment": "resident",
            "is_event": happened[case],
            "tenure_days": tenure[case],
            "had_grievance": had_grievance[case],
            "rated_at": pd.Timestamp("2026-01-01")
            + pd.to_timedelta(10 * place + random.integers(10, size=len(case)), "D"),
        }
    )
    return rows, truth


def report(world: World, findings: Findings) -> str:
    lines = [f"{world.name}: {world.cases:,} cases"]
    for has_effect in (True, False):
        verdicts = findings.verdicts(has_effect)
        if verdicts:
            kind = "with" if has_effect else "without"
            lines.append(
                f"  touchpoints {kind} an effect: the interval holds the truth {findings.coverage(has_effect):.1%}, "
                f"found {findings.found(has_effect):.1%} {dict(verdicts.most_common())}"
            )
    return "\n".join(lines)


def main() -> None:
    seeds = range(1, 1 + int(sys.argv[1] if len(sys.argv) > 1 else 100))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "template").mkdir()
        project = harness.build_project(folder / "template", folder / "target")
        for place, world in enumerate(WORLDS):
            found = study(project, folder / str(place), world, seeds, os.cpu_count() or 1)
            print(report(world, found), flush=True)


if __name__ == "__main__":
    main()
