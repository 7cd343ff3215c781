"""The warehouses that the benchmarks share: each is made when it is first asked for."""

import hashlib
import statistics
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from suite import data
from suite.data import World
from suite.measuring import Run, rapport, remove_warehouse, sql
from suite.sizes import Size


@dataclass(frozen=True)
class Built:
    """A warehouse, and the command that built it."""

    path: Path
    run: Run


class Lab:
    """Made data and warehouses of one size, in one folder."""

    def __init__(self, size: Size, folder: Path):
        self.size = size
        self.folder = folder
        self._built: dict[World, Built] = {}

    def raw(self, world: World, name: str, number: int = 0) -> Path:
        """The folder of a world's raw files: history, new_day or late_day. Made before, it is taken as it is.

        number: which day after the history it is.
        """
        texts = "".join(sql(each) for each in ("world", "new_day", "late"))
        digest = hashlib.sha256(f"{texts}{self.size.late_days}".encode()).hexdigest()[:8]
        folder = self.folder / f"raw-{world.name}-{digest}" / f"{name}-{number}"
        if not folder.exists():
            # What was made by halves has another name.
            part = folder.with_name(f"{folder.name}.part")
            if name == "history":
                data.write_history(part, world)
            elif name == "new_day":
                data.write_new_day(part, world, number)
            else:
                data.write_late_day(part, world, number, self.size.late_days)
            part.rename(folder)
        return folder

    def built(self, world: World) -> Built:
        """The world's history in a warehouse that scores its last days."""
        if world not in self._built:
            path = self.folder / f"built_{world.name}.duckdb"
            remove_warehouse(path)
            self._built[world] = Built(path, rapport(path, *self.build_arguments(world), "--no-publish"))
        return self._built[world]

    def build_arguments(self, world: World) -> list:
        """The command that builds a world, on either engine."""
        first = world.day(1 - self.size.first_scored_days)
        return ["run", "--raw", self.raw(world, "history"), "--from", first, "--as-of", world.last_day]

    def drop(self, world: World) -> None:
        """Remove a warehouse; whoever asks for it again gets it as it was built."""
        remove_warehouse(self._built.pop(world).path)

    @cached_property
    def backfilled(self) -> Built:
        """The shared warehouse with every day of its history scored, and the backfill that did it.

        It is the one that was built, and no copy, which would need much room.
        """
        world = self.size.world
        path = self.folder / "backfilled.duckdb"
        remove_warehouse(path)
        self.built(world).path.rename(path)
        del self._built[world]
        return Built(path, rapport(path, "backfill", "--from", world.first_day, "--verbose"))

    def new_days(self, warehouse: Path, world: World) -> Run:
        """Let the days after the history arrive in a warehouse: the run with the median of the model seconds."""
        runs = []
        for number in range(1, self.size.repeats + 1):
            raw = self.raw(world, "new_day", number)
            runs.append(
                rapport(warehouse, "run", "--raw", raw, "--as-of", world.day(number), "--no-publish", "--verbose")
            )
        median = statistics.median_low(run.model_seconds for run in runs)
        return next(run for run in runs if run.model_seconds == median)

    @cached_property
    def day(self) -> Run:
        """One more day in the backfilled warehouse, after as many as the size says."""
        return self.new_days(self.backfilled.path, self.size.world)

    @cached_property
    def late_day(self) -> Run:
        """The day after those, with corrections of long ago, in the same warehouse."""
        # The other days arrive first, whichever is asked for first.
        assert self.day
        world, number = self.size.world, self.size.repeats + 1
        raw = self.raw(world, "late_day", number)
        return rapport(self.backfilled.path, "run", "--raw", raw, "--as-of", world.day(number), "--no-publish")
