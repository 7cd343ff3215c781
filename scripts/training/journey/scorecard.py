"""The scorecard as a file: the rows of the seeds journey_scorecard and journey_trainings."""

import csv
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from training.journey.additive import Additive
from training.journey.frame import MEAN_RATING, SEGMENT

SCORECARD_COLUMNS = (
    "outcome",
    "term",
    "level",
    "second_term",
    "second_level",
    "level_from",
    "level_below",
    "rating_share",
    "log_odds",
    "scorecard_version",
)
# As the seeds' decimal columns hold them.
LOG_ODDS_DECIMALS, SHARE_DECIMALS = 12, 6


def scorecard_rows(table: Additive, outcome: str, version: str) -> list[dict[str, str]]:
    """The rows of a table: the intercept, every level of every term, every pair of levels of every pair."""
    rows = [_row(outcome, version, term="intercept", log_odds=table.intercept)]
    for term, points in zip(table.terms, table.singles, strict=True):
        for place, (level, share, value) in enumerate(zip(term.levels, term.shares, points, strict=True)):
            ends = {}
            if term.name == MEAN_RATING and place > 0:
                below = dict(enumerate(term.edges, start=1))
                ends = {"level_from": below.get(place - 1), "level_below": below.get(place)}
            is_rating = term.name not in (MEAN_RATING, SEGMENT) and not np.isnan(share)
            rows.append(
                _row(outcome, version, term.name, level, log_odds=value, share=share if is_rating else None, **ends)
            )
    for (one, other), points in sorted(table.pairs.items()):
        for place, level in enumerate(table.terms[one].levels):
            for second_place, second_level in enumerate(table.terms[other].levels):
                rows.append(
                    _row(
                        outcome,
                        version,
                        table.terms[one].name,
                        level,
                        table.terms[other].name,
                        second_level,
                        log_odds=points[place, second_place],
                    )
                )
    return rows


def _row(outcome, version, term, level=None, second_term=None, second_level=None, *, log_odds, share=None, **ends):
    shown = {name: _decimal(end, SHARE_DECIMALS) for name, end in ends.items()}
    return dict.fromkeys(SCORECARD_COLUMNS, "") | {
        "outcome": outcome,
        "term": term,
        "level": level or "",
        "second_term": second_term or "",
        "second_level": second_level or "",
        "rating_share": _decimal(share, SHARE_DECIMALS),
        "log_odds": _decimal(log_odds, LOG_ODDS_DECIMALS),
        "scorecard_version": version,
        **shown,
    }


def _decimal(value: float | None, decimals: int) -> str:
    if value is None:
        return ""
    # No minus before nothing.
    return f"{round(float(value), decimals) + 0.0:.{decimals}f}"


@dataclass(frozen=True)
class Training:
    """The row of journey_trainings: what was learned from what, and how good it was.

    difference: mean paired log-loss of the scorecard less the mean rating's, held out in cross-validation and on later
    outcomes; None where there are none.
    """

    outcome: str
    trained_until: date
    cases: int
    customers: int
    base_rate: float
    model: str
    pairs: int
    mean_intercept: float
    mean_slope: float
    mean_absent: float
    held_out_log_loss: float
    held_out_mean_log_loss: float
    later_cases: int
    later_difference: float | None
    later_difference_standard_error: float | None
    is_better_than_mean: bool
    scorecard_version: str

    def as_row(self) -> dict[str, str]:
        def shown(value: object) -> str:
            if isinstance(value, bool):
                return str(value).lower()
            return (
                _decimal(value, LOG_ODDS_DECIMALS) if isinstance(value, float) else "" if value is None else str(value)
            )

        return {name: shown(value) for name, value in vars(self).items()}


def version_of(name: str, until: date, rows: Iterable[dict[str, str]]) -> str:
    """What a table is called: a name, the last day that it was learned from, and a digest of its rows."""
    digest = hashlib.sha256(repr([list(row.values()) for row in rows]).encode()).hexdigest()
    return f"{name}-{until}-{digest[:8]}"


def write_csv(path: Path, rows: Iterable[dict[str, str]]) -> None:
    """Writes rows as a CSV file with a header."""
    rows = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
