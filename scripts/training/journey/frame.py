"""What a scorecard learns from: the answers of every case, as codes of levels, and whether it had the outcome."""

from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
from runner.errors import InputError

NO_ANSWER = "no answer"
MEAN_RATING, SEGMENT = "mean_rating", "segment"
MEAN_BANDS = 20
# A touchpoint of more levels is a measurement, or an identifier, and no answer that a table should list.
MOST_LEVELS = 60
# Edges of bands and shares of scales are written with so many decimals, and used as they are written.
DECIMALS = 6


@dataclass(frozen=True)
class Term:
    """Something that is known of a case, by levels: a touchpoint's ratings, words, the mean in bands, the segment.

    shares: where a level lies on its scale, 0 the worst and 1 the best; NaN without.
    edges: of the mean's bands, the inner ones; a band holds its lower edge.
    """

    name: str
    kind: str
    levels: tuple[str, ...]
    shares: tuple[float, ...]
    edges: tuple[float, ...] = ()

    @property
    def is_ordered(self) -> bool:
        return self.kind in ("rating", MEAN_RATING)


@dataclass(frozen=True)
class Frame:
    """Cases by terms.

    codes: (cases, terms), the place of the level among the term's levels; -1 for a level that has no place.
    outcome, customer, mean, day: (cases,); mean is NaN of who rated nothing.
    """

    terms: tuple[Term, ...]
    codes: np.ndarray
    outcome: np.ndarray
    customer: np.ndarray
    mean: np.ndarray
    day: np.ndarray

    def __len__(self) -> int:
        return len(self.outcome)

    def rows(self, chosen: np.ndarray) -> "Frame":
        """The chosen cases: a mask or places."""
        return replace(
            self,
            codes=self.codes[chosen],
            outcome=self.outcome[chosen],
            customer=self.customer[chosen],
            mean=self.mean[chosen],
            day=self.day[chosen],
        )

    def without(self, *names: str) -> "Frame":
        """The same cases without some terms."""
        kept = [place for place, term in enumerate(self.terms) if term.name not in names]
        return replace(self, terms=tuple(self.terms[place] for place in kept), codes=self.codes[:, kept])


def make_frame(
    cases: pd.DataFrame, answers: pd.DataFrame, scales: dict[str, tuple[float, float]], until: date
) -> Frame:
    """Cases and their answers as a frame whose terms are those of the cases up to `until`.

    cases: case_id, customer_id, segment, is_event, happened_on. answers: case_id, touchpoint, answer, rating.
    scales: the lowest and highest rating of a touchpoint where that is known; else the training's.
    Raises InputError where a touchpoint has too many levels.
    """
    cases = cases.sort_values(["happened_on", "case_id"], kind="stable").reset_index(drop=True)
    place = pd.Series(cases.index, index=cases["case_id"])
    answers = answers.assign(row=place.reindex(answers["case_id"]).to_numpy())
    is_training = (pd.to_datetime(cases["happened_on"]).dt.date <= until).to_numpy()
    in_training = answers[is_training[answers["row"].to_numpy(dtype=int)]]
    touchpoints = [_touchpoint(name, rows, scales.get(name)) for name, rows in in_training.groupby("touchpoint")]
    columns, sums, counts = [], np.zeros(len(cases)), np.zeros(len(cases))
    for term in touchpoints:
        rows = answers[answers["touchpoint"] == term.name]
        codes = np.zeros(len(cases), dtype=np.int64)
        codes[rows["row"].to_numpy(dtype=int)] = _codes(rows["answer"], term, unknown=0)
        shares = np.array(term.shares)[codes]
        sums += np.nan_to_num(shares)
        counts += ~np.isnan(shares)
        columns.append(codes)
    mean = np.round(sums, DECIMALS) / np.where(counts > 0, counts, np.nan)
    bands = _bands(mean[is_training])
    segment = _segment(cases["segment"][is_training])
    columns.append(band_codes(bands, mean))
    columns.append(_codes(cases["segment"], segment, unknown=-1))
    return Frame(
        terms=(*touchpoints, bands, segment),
        codes=np.column_stack(columns),
        outcome=cases["is_event"].to_numpy(dtype=bool),
        customer=pd.factorize(cases["customer_id"])[0],
        mean=mean,
        day=pd.to_datetime(cases["happened_on"]).dt.date.to_numpy(),
    )


def band_codes(bands: Term, mean: np.ndarray) -> np.ndarray:
    """The band of every mean; 0 of who has none."""
    codes = 1 + np.searchsorted(np.array(bands.edges), np.nan_to_num(mean), side="right")
    return np.where(np.isnan(mean), 0, codes)


def _codes(answers: pd.Series, term: Term, unknown: int) -> np.ndarray:
    places = {level: place for place, level in enumerate(term.levels)}
    return answers.map(places).fillna(unknown).to_numpy(dtype=np.int64)


def _touchpoint(name: str, rows: pd.DataFrame, scale: tuple[float, float] | None) -> Term:
    if rows["rating"].isna().all():
        levels, shares, kind = sorted(rows["answer"].unique()), None, "context"
    else:
        ratings = rows.groupby("answer")["rating"].first().sort_values(kind="stable")
        lowest, highest = scale or (ratings.min(), ratings.max())
        levels, kind = list(ratings.index), "rating"
        shares = np.round((ratings.to_numpy() - lowest) / max(highest - lowest, 1e-9), DECIMALS)
    if len(levels) > MOST_LEVELS:
        raise InputError(
            f"touchpoint {name}: has {len(levels):,} different answers, and a scorecard lists at most {MOST_LEVELS}. "
            "Round its answers, or leave it out of survey_answers."
        )
    shares = [np.nan] * len(levels) if shares is None else [float(share) for share in shares]
    return Term(name, kind, (NO_ANSWER, *levels), (np.nan, *shares))


def _bands(mean: np.ndarray) -> Term:
    """Bands of about as many cases each. An edge lies between two means that occurred."""
    known = mean[~np.isnan(mean)]
    values = np.unique(np.round(known, 9))
    cuts = np.unique(np.quantile(known, np.arange(1, MEAN_BANDS) / MEAN_BANDS)) if len(known) else np.array([])
    places = np.unique(np.searchsorted(values, np.round(cuts, 9), side="left"))
    between = [np.round((values[place - 1] + values[place]) / 2, DECIMALS) for place in places if place > 0]
    edges = tuple(float(edge) for edge in np.unique(between))
    ends = (0.0, *edges, 1.0) if len(known) else ()
    names = tuple(f"{low:.4f} to {high:.4f}" for low, high in pairwise(ends))
    codes = np.searchsorted(np.array(edges), known, side="right")
    shares = tuple(round(float(known[codes == band].mean()), DECIMALS) for band in range(len(names)))
    return Term(MEAN_RATING, MEAN_RATING, (NO_ANSWER, *names), (np.nan, *shares), edges)


def _segment(segments: pd.Series) -> Term:
    levels = tuple(sorted(segments.dropna().unique()))
    return Term(SEGMENT, SEGMENT, levels, (np.nan,) * len(levels))
