"""Which candidate wins: repeated cross-validation, and the simplest one that is not clearly worse than the best."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from training.journey.additive import TOLERANCE, Additive, customer_folds, fit_boosted, fit_ridge, row_losses
from training.journey.frame import Frame


@dataclass(frozen=True)
class Options:
    """How much is tried. folds: of customers; pairs: the numbers of pairs that a boosted candidate may have.

    bags: fits that a boosted model averages, in cross-validation and in the end; jobs: processes.
    """

    repeats: int
    folds: int
    pairs: tuple[int, ...]
    bags: int
    last_bags: int
    seed: int = 7
    jobs: int = 1


# With so many cases one repeat tells the candidates apart, and pairs by the dozen can be learned.
LARGE = 20_000


def options_for(cases: int) -> Options:
    """What is worth trying on so many cases."""
    if cases >= LARGE:
        return Options(repeats=1, folds=2, pairs=(20, 60, 120), bags=1, last_bags=4, jobs=2)
    return Options(repeats=10, folds=5, pairs=(4, 12), bags=3, last_bags=14)


@dataclass(frozen=True)
class Candidate:
    """A kind of model. pairs: how many its boosted table has; None for the ridge."""

    name: str
    pairs: int | None

    def fit(self, frame: Frame, bags: int, options: Options) -> Additive:
        """The table; raises AssertionError where it does not give the library's own log-odds back."""
        if self.pairs is None:
            return fit_ridge(frame)
        table, log_odds = fit_boosted(frame, self.pairs, bags, options.seed, options.jobs)
        assert np.abs(table.log_odds(frame) - log_odds).max() < TOLERANCE
        return table


@dataclass(frozen=True)
class MeanModel:
    """The benchmark: a logistic regression of the mean rating alone. `absent` is the log-odds of who has none."""

    intercept: float
    slope: float
    absent: float

    def log_odds(self, frame: Frame) -> np.ndarray:
        known = ~np.isnan(frame.mean)
        return np.where(known, self.intercept + self.slope * np.nan_to_num(frame.mean), self.absent)

    def probability(self, frame: Frame) -> np.ndarray:
        return expit(self.log_odds(frame))


def base_rate(frame: Frame) -> float:
    """The share of cases with the outcome, kept off 0 and 1 by half a case of either."""
    return float((frame.outcome.sum() + 0.5) / (len(frame) + 1))


def fit_mean(frame: Frame) -> MeanModel:
    known = ~np.isnan(frame.mean)
    rate = base_rate(frame.rows(~known)) if (~known).any() else base_rate(frame)
    absent = float(np.log(rate / (1 - rate)))
    if len(np.unique(frame.outcome[known])) < 2:
        return MeanModel(absent, 0.0, absent)
    # As good as no penalty, and finite where the mean separates the cases.
    model = LogisticRegression(C=1e6, solver="newton-cholesky", tol=1e-10, max_iter=200)
    model.fit(frame.mean[known][:, None], frame.outcome[known])
    return MeanModel(float(model.intercept_[0]), float(model.coef_[0, 0]), absent)


@dataclass(frozen=True)
class Selection:
    """What cross-validation found: by model the mean held-out probability and log-loss of every case, (cases,)."""

    options: Options
    candidates: tuple[Candidate, ...]
    winner: Candidate
    best: Candidate
    probabilities: dict[str, np.ndarray]
    losses: dict[str, np.ndarray]

    def difference(self, frame: Frame, one: str, other: str) -> tuple[float, float]:
        """Mean paired loss difference of two models, and its standard error by customer."""
        return paired(self.losses[one] - self.losses[other], frame.customer)


def paired(differences: np.ndarray, customer: np.ndarray) -> tuple[float, float]:
    """The mean of differences, and its standard error when cases of one customer go together."""
    mean = float(differences.mean())
    sums = np.bincount(customer, weights=differences - mean)
    count = len(np.unique(customer))
    return mean, float(np.sqrt((sums**2).sum() * count / max(count - 1, 1))) / len(differences)


def select(frame: Frame, options: Options, progress=lambda name, done, total: None) -> Selection:
    """Compares the candidates by repeated cross-validation and picks the winner.

    Within one standard error of the best the simplest wins: the ridge, then boosting without pairs, then with few.
    """
    candidates = (
        Candidate("ridge", None),
        Candidate("boosted", 0),
        *(Candidate(f"boosted with {pairs} pairs", pairs) for pairs in options.pairs),
    )
    names = ["base rate", "mean rating", *(candidate.name for candidate in candidates)]
    probabilities = {name: np.zeros(len(frame)) for name in names}
    losses = {name: np.zeros(len(frame)) for name in names}
    total, done = options.repeats * options.folds, 0
    for repeat in range(options.repeats):
        for train, test in customer_folds(frame, options.folds, options.seed + repeat):
            learned, held_out = frame.rows(train), frame.rows(test)
            predicted = {
                "base rate": np.full(len(test), base_rate(learned)),
                "mean rating": fit_mean(learned).probability(held_out),
            }
            for candidate in candidates:
                predicted[candidate.name] = candidate.fit(learned, options.bags, options).probability(held_out)
            for name, probability in predicted.items():
                probabilities[name][test] += probability / options.repeats
                losses[name][test] += row_losses(held_out.outcome, probability) / options.repeats
            done += 1
            progress("comparing candidates", done, total)
    best = min(candidates, key=lambda candidate: losses[candidate.name].mean())
    winner = next(
        candidate
        for candidate in candidates
        if candidate is best or _is_within(losses[candidate.name] - losses[best.name], frame.customer)
    )
    return Selection(options, candidates, winner, best, probabilities, losses)


def _is_within(differences: np.ndarray, customer: np.ndarray) -> bool:
    mean, error = paired(differences, customer)
    return mean < error
