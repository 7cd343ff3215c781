"""The hierarchy of wants: how much of what the ratings tell of the outcome each touchpoint tells."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from training.journey.additive import Additive, best_strength, customer_folds, fit_ridge
from training.journey.frame import MEAN_RATING, NO_ANSWER, Frame

INTERVAL = (2.5, 97.5)
# Orders in which touchpoints become known, half of them the other half backwards.
ORDERS = 200
# More cases make the shares no better than the orders are.
MOST_CASES = 20_000


@dataclass(frozen=True)
class Want:
    """A touchpoint of the hierarchy. importance: its share of the held-out log-loss reduction."""

    touchpoint: str
    importance: float
    interval: tuple[float, float]
    rank: int
    rank_interval: tuple[int, int]
    points: dict[str, float]

    def as_rows(self, outcome: str, until: date, version: str) -> list[dict[str, str]]:
        """A row of advocacy_factor_effects for each level."""
        return [
            {
                "outcome": outcome,
                "touchpoint": self.touchpoint,
                "level": level,
                "log_odds": f"{points + 0.0:.6f}",
                "importance": f"{self.importance + 0.0:.6f}",
                "importance_lower": f"{self.interval[0] + 0.0:.6f}",
                "importance_upper": f"{self.interval[1] + 0.0:.6f}",
                "want_rank": str(self.rank),
                "want_rank_lower": str(self.rank_interval[0]),
                "want_rank_upper": str(self.rank_interval[1]),
                "trained_until": str(until),
                "version": version,
            }
            for level, points in self.points.items()
        ]


def hierarchy(frame: Frame, draws: int, seed: int, folds: int = 5) -> list[Want]:
    """The touchpoints with ratings, the most important first.

    From a ridge on levels without the mean, whose part no touchpoint could claim. Who did not answer is neither better
    nor worse known by it: a touchpoint's part begins where its answers differ from each other.
    """
    frame = frame.without(MEAN_RATING)
    rated = [place for place, term in enumerate(frame.terms) if term.kind == "rating"]
    some = frame.rows(np.sort(np.random.default_rng(seed).permutation(len(frame))[:MOST_CASES]))
    strength = best_strength(some)
    base, parts = np.zeros(len(some)), np.zeros((len(some), len(rated)))
    for train, test in customer_folds(some, folds, seed):
        table = fit_ridge(some.rows(train), strength).centred(some.rows(train))
        base[test], parts[test] = _parts(table, some.rows(train), some.rows(test), rated)
    shared = _shapley(some.outcome, base, parts, seed)
    importance = _shares(shared.mean(axis=0))
    drawn = _bootstrap(shared, some.customer, draws, seed)
    ranks, drawn_ranks = _ranks(importance[None, :])[0], _ranks(drawn)
    table = fit_ridge(frame, strength).centred(frame)
    wants = [
        Want(
            frame.terms[place].name,
            float(importance[number]),
            tuple(float(end) for end in np.percentile(drawn[:, number], INTERVAL)),
            int(ranks[number]),
            tuple(int(end) for end in np.percentile(drawn_ranks[:, number], INTERVAL, method="closest_observation")),
            dict(zip(frame.terms[place].levels, table.singles[place].tolist(), strict=True)),
        )
        for number, place in enumerate(rated)
    ]
    return sorted(wants, key=lambda want: want.rank)


def _parts(table: Additive, train: Frame, frame: Frame, rated: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds without any rating, (cases,), and what each touchpoint's answer adds to them, (cases, touchpoints)."""
    parts = np.zeros((len(frame), len(rated)))
    base = table.log_odds(frame)
    for number, place in enumerate(rated):
        seen = np.bincount(train.codes[:, place], minlength=len(table.singles[place]))
        assert table.terms[place].levels[0] == NO_ANSWER
        answered = seen[1:].sum()
        middle = float(table.singles[place][1:] @ seen[1:] / answered) if answered else 0.0
        codes = frame.codes[:, place]
        parts[:, number] = np.where(codes > 0, table.singles[place][codes] - middle, 0.0)
    return base - parts.sum(axis=1), parts


def _shapley(outcome: np.ndarray, base: np.ndarray, parts: np.ndarray, seed: int) -> np.ndarray:
    """Each case's reduction of log-loss, shared among touchpoints: (cases, touchpoints). Shapley (1953), by orders."""
    random = np.random.default_rng(seed)
    shared = np.zeros(parts.shape)
    orders = [random.permutation(parts.shape[1]) for _ in range(ORDERS // 2)]
    for order in (*orders, *(order[::-1] for order in orders)):
        log_odds = base.copy()
        before = row_losses_of(outcome, log_odds)
        for number in order:
            log_odds = log_odds + parts[:, number]
            after = row_losses_of(outcome, log_odds)
            shared[:, number] += before - after
            before = after
    return shared / (2 * len(orders))


def row_losses_of(outcome: np.ndarray, log_odds: np.ndarray) -> np.ndarray:
    """The log-loss of every case by its log-odds."""
    return np.logaddexp(0.0, np.where(outcome, -log_odds, log_odds))


def _shares(reductions: np.ndarray) -> np.ndarray:
    """Parts of the whole; nothing where the ratings tell nothing."""
    whole = reductions.sum(axis=-1, keepdims=True)
    return np.where(whole > 0, reductions / np.where(whole > 0, whole, 1.0), 0.0)


def _bootstrap(shared: np.ndarray, customer: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """Shares by draws of customers, (draws, touchpoints)."""
    _, customer = np.unique(customer, return_inverse=True)
    count = int(customer.max()) + 1
    by_customer = np.zeros((count, shared.shape[1]))
    np.add.at(by_customer, customer, shared)
    random = np.random.default_rng(seed)
    return np.array([_shares(by_customer[random.integers(count, size=count)].sum(axis=0)) for _ in range(draws)])


def _ranks(importance: np.ndarray) -> np.ndarray:
    """1 for the most important of each row."""
    return (-importance).argsort(axis=1, kind="stable").argsort(axis=1, kind="stable") + 1
