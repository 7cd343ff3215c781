"""`run --scorecard`: what a training wrote, applied before it is a seed."""

import csv
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runner.errors import InputError
from runner.project import ROOT, copy_project

TRAINED = ROOT / "seeds" / "trained"
NEEDED = ("journey_scorecard.csv", "journey_trainings.csv")
# Needs no scorecard beside it.
EFFECTS = "journey_effect_estimates.csv"


def check(folder: Path) -> list[Path]:
    """The trained tables of a folder.

    Raises InputError where it has neither a scorecard nor effects, half a scorecard, or a table whose columns are not
    those of the seed.
    """
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    has_effects_alone = (folder / EFFECTS).is_file() and len(missing) == len(NEEDED)
    if missing and not has_effects_alone:
        raise InputError(
            f"--scorecard {folder}: has no {' and no '.join(missing)}. `rapport.py train-journey` writes them."
        )
    files = [folder / seed.name for seed in sorted(TRAINED.glob("*.csv")) if (folder / seed.name).is_file()]
    for path in files:
        if _header(path) != _header(TRAINED / path.name):
            raise InputError(f"{path}: its columns are not those of seeds/trained/{path.name}. Train it anew.")
    return files


@contextmanager
def project(folder: Path | None) -> Iterator[Path]:
    """The dbt project's folder; with a folder of trained tables, that of a copy that has them among its seeds."""
    if folder is None:
        yield ROOT
        return
    files = check(folder)
    with tempfile.TemporaryDirectory(prefix="rapport-scorecard-") as scratch:
        copy = Path(scratch) / "project"
        copy_project(copy)
        for path in files:
            shutil.copy(path, copy / TRAINED.relative_to(ROOT))
        yield copy


def _header(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return next(csv.reader(file), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read as a CSV file in UTF-8 ({error}).") from error
