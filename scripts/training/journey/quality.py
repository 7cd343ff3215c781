"""How good probabilities are on cases that they were not learned from."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression

Z = 1.959963984540054


@dataclass(frozen=True)
class Quality:
    """Of one model on some cases. auc_interval by DeLong; slope: None where the log-odds are all the same."""

    n: int
    events: int
    auc: float
    auc_interval: tuple[float, float]
    log_loss: float
    brier: float
    brier_skill: float
    intercept: float
    slope: float | None


def measure(outcome: np.ndarray, log_odds: np.ndarray, base_rate: float) -> Quality:
    """The quality of log-odds, (cases,), beside a base rate. Needs cases of both kinds."""
    probability = 1 / (1 + np.exp(-log_odds))
    brier = float(((probability - outcome) ** 2).mean())
    auc, error = auc_and_error(outcome, log_odds)
    return Quality(
        n=len(outcome),
        events=int(outcome.sum()),
        auc=auc,
        auc_interval=(max(auc - Z * error, 0.0), min(auc + Z * error, 1.0)),
        log_loss=float(np.logaddexp(0.0, np.where(outcome, -log_odds, log_odds)).mean()),
        brier=brier,
        brier_skill=1 - brier / float(((base_rate - outcome) ** 2).mean()),
        intercept=_shift(outcome, log_odds),
        slope=_slope(outcome, log_odds) if np.ptp(log_odds) > 0 else None,
    )


def auc_and_error(outcome: np.ndarray, score: np.ndarray) -> tuple[float, float]:
    """The area under the ROC curve and its standard error (DeLong, DeLong and Clarke-Pearson 1988), by midranks."""
    events, others = score[outcome], score[~outcome]
    among_all = rankdata(np.concatenate([events, others]))
    event_places = (among_all[: len(events)] - rankdata(events)) / len(others)
    other_places = 1 - (among_all[len(events) :] - rankdata(others)) / len(events)
    variance = sum(
        places.var(ddof=1) / len(places) if len(places) > 1 else 0.0 for places in (event_places, other_places)
    )
    return float(event_places.mean()), float(np.sqrt(variance))


def _shift(outcome: np.ndarray, log_odds: np.ndarray) -> float:
    """What must be added to all log-odds for as many events as came, by Newton's method."""
    shift = 0.0
    for _ in range(50):
        p = 1 / (1 + np.exp(-(log_odds + shift)))
        step = (outcome - p).sum() / (p * (1 - p)).sum()
        shift += step
        if abs(step) < 1e-12:
            break
    return float(shift)


def _slope(outcome: np.ndarray, log_odds: np.ndarray) -> float:
    model = LogisticRegression(C=1e9, solver="newton-cholesky", tol=1e-10).fit(log_odds[:, None], outcome)
    return float(model.coef_[0, 0])
