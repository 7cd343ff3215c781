"""A release, against a plain copy of its database; and whether it says what the warehouse does."""

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from suite import comparing
from suite.measuring import Run, folder_bytes, literal, median_seconds, rapport

# Read as a whole; of the daily scores, which are joined with their ranks for it, some days are.
WHOLE = ("score_statement", "score_distribution_daily", "customer_scores_current", "property_scores_daily")


@dataclass(frozen=True)
class Published:
    """A release, and the command that published it."""

    folder: Path
    run: Run

    @property
    def database_bytes(self) -> int:
        return (self.folder / "rapport.duckdb").stat().st_size

    @property
    def all_bytes(self) -> int:
        """Of all files, those too that are also another release's."""
        return folder_bytes(self.folder)


def publish(warehouse: Path, folder: Path) -> Published:
    """Publish a warehouse. Raises CommandError where the command fails."""
    run = rapport(warehouse, "publish", "--keep", 2, "--published", folder)
    return Published((folder / "current").resolve(), run)


def copy_seconds(release: Published, file: Path, repeats: int) -> float:
    """The limit: seconds to copy the release's database, flushed to the disk as a release is."""

    def copy() -> None:
        shutil.copyfile(release.folder / "rapport.duckdb", file)
        with file.open("rb") as copied:
            os.fsync(copied.fileno())

    return median_seconds(copy, repeats, after=file.unlink)


def different_rows(warehouse: Path, release: Published, days: Iterable[date]) -> int:
    """Rows that only one of release and warehouse has; 1 for a table that differs somewhere."""
    listed = ", ".join(f"date '{day}'" for day in days)
    with comparing.beside(warehouse) as connection:
        connection.execute(f"attach {literal(release.folder / 'rapport.duckdb')} as rapport (read_only)")
        scores = "(select * from {}.marts.customer_scores_daily where score_date in (" + listed + "))"
        mine, theirs = scores.format("w"), scores.format("rapport")
        different = connection.execute(
            f"select count(*) from (({mine} except all {theirs}) union all ({theirs} except all {mine}))"
        ).fetchone()[0]
        for table in WHOLE:
            prints = {comparing.fingerprint(connection, f"{catalog}.marts.{table}") for catalog in ("w", "rapport")}
            different += len(prints) - 1
    return different
