"""Tables that add up to log-odds, and the models that become one: a ridge on levels, and boosted additive models."""

import warnings
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from interpret.glassbox import ExplainableBoostingClassifier
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from training.journey.frame import NO_ANSWER, Frame, Term

# Inverse strengths of the ridge that are compared, by folds of customers.
STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3)
# The library's own prediction and the table's must be this close.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Additive:
    """log-odds = intercept + singles[term][level] + pairs[term, term][level, level].

    singles: per term (levels,); pairs: by the places of two terms, (levels, levels).
    """

    terms: tuple[Term, ...]
    intercept: float
    singles: tuple[np.ndarray, ...]
    pairs: dict[tuple[int, int], np.ndarray]

    def log_odds(self, frame: Frame) -> np.ndarray:
        """(cases,). A level without a place adds nothing."""
        total = np.full(len(frame), self.intercept)
        for place, points in enumerate(self.singles):
            total += _looked_up(points, frame.codes[:, place])
        for (one, other), points in self.pairs.items():
            total += _looked_up(points, frame.codes[:, one], frame.codes[:, other])
        return total

    def probability(self, frame: Frame) -> np.ndarray:
        return expit(self.log_odds(frame))

    def centred(self, frame: Frame) -> "Additive":
        """The same log-odds with every term's mean over the frame in the intercept; 0 for a level that nobody has."""
        intercept, singles, pairs = self.intercept, [], {}
        for place, points in enumerate(self.singles):
            seen = np.bincount(frame.codes[:, place], minlength=len(points))
            mean = float(points @ seen / seen.sum())
            intercept += mean
            singles.append(np.where(seen > 0, points - mean, 0.0))
        for (one, other), points in self.pairs.items():
            mean = float(points[frame.codes[:, one], frame.codes[:, other]].mean())
            intercept += mean
            pairs[one, other] = points - mean
        return replace(self, intercept=intercept, singles=tuple(singles), pairs=pairs)


def _looked_up(points: np.ndarray, *codes: np.ndarray) -> np.ndarray:
    known = np.logical_and.reduce([code >= 0 for code in codes])
    return np.where(known, points[tuple(np.maximum(code, 0) for code in codes)], 0.0)


# Ridge


def fit_ridge(frame: Frame, strength: float | None = None) -> Additive:
    """A ridge logistic regression on levels, and on where a level lies on its scale.

    The straight line lets neighbouring levels learn from each other; the levels then depart from it where they must.
    """
    strength = strength or best_strength(frame)
    design, scales = _design(frame)
    model = _ridge(strength).fit(design, frame.outcome)
    return _table(frame, model.coef_[0], float(model.intercept_[0]), scales)


def _ridge(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, solver="newton-cholesky", tol=1e-8, max_iter=100)


def best_strength(frame: Frame) -> float:
    """The strength with the least held-out log-loss."""
    design, _ = _design(frame)
    losses = np.zeros(len(STRENGTHS))
    for train, test in customer_folds(frame, 3, seed=0):
        for place, strength in enumerate(STRENGTHS):
            predicted = _ridge(strength).fit(design[train], frame.outcome[train]).predict_proba(design[test])[:, 1]
            losses[place] += row_losses(frame.outcome[test], predicted).sum()
    return STRENGTHS[int(np.argmin(losses))]


def _line(term: Term, codes: np.ndarray) -> tuple[np.ndarray, float, float]:
    """A term's shares as values of mean 0 and spread 1 among who answered; 0 for who did not."""
    shares = np.array(term.shares)
    values = shares[codes]
    answered = ~np.isnan(values)
    mean = float(values[answered].mean()) if answered.any() else 0.0
    spread = float(values[answered].std()) if answered.any() else 0.0
    return np.nan_to_num((shares - mean) / spread) if spread > 0 else np.zeros(len(shares)), mean, spread


def _design(frame: Frame) -> tuple[np.ndarray, list[np.ndarray]]:
    columns, lines = [], []
    for place, term in enumerate(frame.terms):
        codes = frame.codes[:, place]
        columns.append(np.eye(len(term.levels))[codes] * (codes >= 0)[:, None])
        line = _line(term, codes)[0] if term.is_ordered else np.zeros(0)
        lines.append(line)
        if len(line):
            columns.append(line[codes][:, None])
    return np.hstack(columns), lines


def _table(frame: Frame, coefficients: np.ndarray, intercept: float, lines: list[np.ndarray]) -> Additive:
    singles, place = [], 0
    for term, line in zip(frame.terms, lines, strict=True):
        points = coefficients[place : place + len(term.levels)].copy()
        place += len(term.levels)
        if len(line):
            points += coefficients[place] * line
            place += 1
        singles.append(points)
    return Additive(frame.terms, intercept, tuple(singles), {})


# Boosting


def fit_boosted(frame: Frame, pairs: int, bags: int, seed: int = 0, jobs: int = 1) -> tuple[Additive, np.ndarray]:
    """An explainable boosting machine as its table, and the library's own log-odds of the frame, (cases,)."""
    values = _values(frame.terms, frame.codes)
    # Missing answers are a level of their own here, and the table shows it.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Missing values detected")
        model = _boosted(frame, values, pairs, bags, seed, jobs)
    singles = [np.zeros(len(term.levels)) for term in frame.terms]
    tables = {}
    for number, features in enumerate(model.term_features_):
        if len(features) == 1:
            singles[features[0]] = _points(model, frame.terms, number, features)
        else:
            one, other = features
            shape = (len(frame.terms[one].levels), len(frame.terms[other].levels))
            tables[one, other] = _points(model, frame.terms, number, features).reshape(shape)
    table = Additive(frame.terms, float(np.ravel(model.intercept_)[0]), tuple(singles), tables)
    return table, np.ravel(model.decision_function(values))


def _boosted(frame: Frame, values: np.ndarray, pairs: int, bags: int, seed: int, jobs: int):
    return ExplainableBoostingClassifier(
        feature_names=[term.name for term in frame.terms],
        feature_types=["continuous" if term.is_ordered else "nominal" for term in frame.terms],
        interactions=pairs,
        outer_bags=bags,
        n_jobs=jobs,
        random_state=seed,
    ).fit(values, frame.outcome)


def _values(terms: tuple[Term, ...], codes: np.ndarray) -> np.ndarray:
    """Codes as the library reads them: who gave no answer has none there either."""
    values = codes.astype(float)
    for place, term in enumerate(terms):
        missing = codes[:, place] < 0
        if term.levels and term.levels[0] == NO_ANSWER:
            missing |= codes[:, place] == 0
        values[missing, place] = np.nan
    return values


def _points(model, terms: tuple[Term, ...], number: int, features: tuple[int, ...]) -> np.ndarray:
    """What a term of the model says of every combination of levels."""
    combinations = list(product(*(range(len(terms[feature].levels)) for feature in features)))
    codes = np.zeros((len(combinations), len(terms)), dtype=np.int64)
    codes[:, list(features)] = combinations
    return model.eval_terms(_values(terms, codes))[:, number]


# Shared


def row_losses(outcome: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """The log-loss of every case, (cases,)."""
    p = np.clip(probability, 1e-15, 1 - 1e-15)
    return -np.where(outcome, np.log(p), np.log1p(-p))


def customer_folds(frame: Frame, folds: int, seed: int):
    """Pairs of places (train, test): all cases of a customer are in one fold."""
    count = int(frame.customer.max()) + 1
    shuffled = np.random.default_rng(seed).permutation(count)[frame.customer]
    # GroupKFold balances by size, and breaks ties by the group's number, which is shuffled.
    return GroupKFold(folds).split(frame.codes, frame.outcome, shuffled)
