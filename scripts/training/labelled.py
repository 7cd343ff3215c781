"""Labelled texts: what a table learns from, and what it is judged by."""

import csv
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from runner.errors import InputError

NEGATIVE, NEUTRAL, POSITIVE = 0, 1, 2
NAMES = {"negative": NEGATIVE, "neutral": NEUTRAL, "positive": POSITIVE}
LEAST_ROWS = 20


@dataclass(frozen=True)
class Cuts:
    """Ratings up to `negative_to` are negative, those from `positive_from` on are positive, others neutral."""

    negative_to: float
    positive_from: float

    def label(self, rating: float) -> int:
        """The class of one rating."""
        if rating <= self.negative_to:
            return NEGATIVE
        return POSITIVE if rating >= self.positive_from else NEUTRAL


@dataclass(frozen=True)
class Texts:
    """Texts with their class (0 negative, 1 neutral, 2 positive) and the source they come from."""

    texts: list[str]
    labels: np.ndarray
    sources: np.ndarray

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows: np.ndarray) -> "Texts":
        """The texts at these places (or where a mask is true)."""
        places = np.arange(len(self))[rows]
        return Texts([self.texts[place] for place in places], self.labels[places], self.sources[places])

    @property
    def is_two_way(self) -> np.ndarray:
        """Per text, whether its source has no neutral class: such a source says nothing about neutrality."""
        with_neutral = set(self.sources[self.labels == NEUTRAL])
        return np.array([source not in with_neutral for source in self.sources])


@dataclass(frozen=True)
class Columns:
    """The columns of a file of labelled texts."""

    text: str = "text"
    label: str = "label"
    source: str | None = None


def read(paths: list[Path], columns: Columns, cuts: Cuts | None) -> Texts:
    """The labelled texts of CSV files, each text once; without a column for it the source is the file's name.

    Raises InputError where a file or column is missing, a label unreadable, or there is too little to learn from.
    """
    found: dict[str, tuple[int, str]] = {}
    for path in paths:
        for text, label, source in _read_file(path, columns, cuts):
            found.setdefault(text, (label, source))
    texts = join(found)
    if len(texts) < LEAST_ROWS or not {NEGATIVE, POSITIVE} <= set(texts.labels.tolist()):
        raise InputError(
            f"{len(texts)} different labelled texts: training needs at least {LEAST_ROWS}, negative and positive ones "
            "among them."
        )
    return texts


def join(found: dict[str, tuple[int, str]]) -> Texts:
    """Texts of a dictionary from text to class and source."""
    labels = np.array([label for label, _ in found.values()], dtype=int)
    return Texts(list(found), labels, np.array([source for _, source in found.values()], dtype=object))


def _read_file(path: Path, columns: Columns, cuts: Cuts | None) -> list[tuple[str, int, str]]:
    if not path.is_file():
        raise InputError(f"{path}: no such file.")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            there = reader.fieldnames or []
            for column in filter(None, (columns.text, columns.label, columns.source)):
                if column not in there:
                    raise InputError(f"{path}: no column {column}. There are {', '.join(there) or 'none'}.")
            rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read as CSV in UTF-8 ({error}).") from error
    kept = [row for row in rows if (row[columns.text] or "").strip() and (row[columns.label] or "").strip()]
    label_of = _reader_of_labels(path, {row[columns.label].strip().lower() for row in kept}, cuts)
    return [
        (
            row[columns.text],
            label_of[row[columns.label].strip().lower()],
            row[columns.source] if columns.source else path.stem,
        )
        for row in kept
    ]


def _reader_of_labels(path: Path, labels: set[str], cuts: Cuts | None) -> dict[str, int]:
    if labels <= NAMES.keys():
        return {label: NAMES[label] for label in labels}
    try:
        ratings = {label: float(label) for label in labels}
    except ValueError:
        strange = sorted(label for label in labels if label not in NAMES)[:3]
        raise InputError(
            f"{path}: labels such as {', '.join(strange)}. A label is negative, neutral or positive, or a number."
        ) from None
    if cuts:
        return {label: cuts.label(rating) for label, rating in ratings.items()}
    if set(ratings.values()) <= {0.0, 1.0}:
        return {label: POSITIVE if rating else NEGATIVE for label, rating in ratings.items()}
    raise InputError(
        f"{path}: labels from {min(ratings.values()):g} to {max(ratings.values()):g} are ratings. Say what they mean: "
        "--negative-to and --positive-from (stars: 2 and 4; -1 to 1: -0.25 and 0.25)."
    )


def folds(texts: Texts, count: int, seed: int = 7) -> np.ndarray:
    """A fold per text, evenly within each source and class. The same texts give the same folds."""
    result = np.zeros(len(texts), dtype=int)
    groups: dict[tuple[str, int], list[int]] = {}
    for place, (source, label) in enumerate(zip(texts.sources, texts.labels, strict=True)):
        groups.setdefault((source, int(label)), []).append(place)
    shuffled = random.Random(seed)
    for places in groups.values():
        shuffled.shuffle(places)
        for number, place in enumerate(places):
            result[place] = number % count
    return result
