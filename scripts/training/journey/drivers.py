"""What to fix: by how much more often a need would be exceeded, were everybody satisfied with one driver."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

NEEDED_RESPONSES = 30
STRENGTH = 1.0
INTERVAL = (2.5, 97.5)


@dataclass(frozen=True)
class Driver:
    """A row of touchpoint_driver_effects. gain: growth of the share that exceeds, 0.14 for 14 points."""

    touchpoint: str
    driver: str
    asked: int
    satisfied_share: float
    gain: float
    gain_lower: float
    gain_upper: float

    def as_row(self, until: date, version: str) -> dict[str, str]:
        numbers = ("satisfied_share", "gain", "gain_lower", "gain_upper")
        shown = {name: f"{getattr(self, name) + 0.0:.6f}" for name in numbers}
        whole = {"touchpoint": self.touchpoint, "driver": self.driver, "asked": str(self.asked)}
        return whole | shown | {"trained_until": str(until), "version": version}


def driver_effects(responses: pd.DataFrame, answers: pd.DataFrame, draws: int, seed: int) -> list[Driver]:
    """The drivers of every touchpoint with enough responses.

    responses: response_id, touchpoint, customer_id, segment, is_exceeded. answers: response_id, touchpoint, driver,
    is_satisfied. The interval is a bootstrap of `draws` draws of customers.
    """
    effects = []
    for touchpoint, rows in responses.groupby("touchpoint"):
        of_it = answers[answers["touchpoint"] == touchpoint]
        rows = rows[rows["response_id"].isin(of_it["response_id"])].sort_values("response_id")
        if len(rows) >= NEEDED_RESPONSES and rows["is_exceeded"].nunique() == 2:
            effects += _of_touchpoint(str(touchpoint), rows, of_it, draws, seed)
    return effects


def _of_touchpoint(touchpoint: str, rows: pd.DataFrame, answers: pd.DataFrame, draws: int, seed: int) -> list[Driver]:
    # 1 satisfied, 0 not, missing where it was not asked: which is not unsatisfied.
    wide = answers.assign(is_satisfied=answers["is_satisfied"].astype(float)).pivot_table(
        index="response_id", columns="driver", values="is_satisfied", aggfunc="first"
    )
    given = wide.reindex(rows["response_id"]).to_numpy()
    drivers = list(wide.columns)
    design = _design(given, pd.get_dummies(rows["segment"]).to_numpy(dtype=float))
    outcome = rows["is_exceeded"].to_numpy(dtype=bool)
    customer = pd.factorize(rows["customer_id"])[0]
    gains = _gains(design, outcome, given, np.ones(len(outcome)))
    random = np.random.default_rng(seed)
    count = int(customer.max()) + 1
    drawn = []
    for _ in range(draws):
        weights = np.bincount(random.integers(count, size=count), minlength=count)[customer].astype(float)
        if len(np.unique(outcome[weights > 0])) == 2:
            drawn.append(_gains(design, outcome, given, weights))
    lower, upper = np.nanpercentile(np.array(drawn), INTERVAL, axis=0)
    return [
        Driver(
            touchpoint,
            driver,
            int((~np.isnan(given[:, place])).sum()),
            float(np.nanmean(given[:, place])),
            float(gains[place]),
            float(lower[place]),
            float(upper[place]),
        )
        for place, driver in enumerate(drivers)
    ]


def _design(given: np.ndarray, segments: np.ndarray) -> np.ndarray:
    """Satisfied and unsatisfied as a column each: who was not asked has 0 in both."""
    return np.hstack([(given == 1).astype(float), (given == 0).astype(float), segments])


def _gains(design: np.ndarray, outcome: np.ndarray, given: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Per driver, over those who were asked: the mean probability with it satisfied less that as it was."""
    model = LogisticRegression(C=STRENGTH, solver="newton-cholesky").fit(design, outcome, sample_weight=weights)
    as_it_was = model.predict_proba(design)[:, 1]
    drivers = given.shape[1]
    gains = np.full(drivers, np.nan)
    for place in range(drivers):
        asked = ~np.isnan(given[:, place])
        if weights[asked].sum() > 0:
            satisfied = design[asked].copy()
            satisfied[:, place], satisfied[:, drivers + place] = 1.0, 0.0
            moved = model.predict_proba(satisfied)[:, 1] - as_it_was[asked]
            gains[place] = np.average(moved, weights=weights[asked])
    return gains
