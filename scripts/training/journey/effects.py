"""What an exceeded need does to an outcome, against a missed one, and how much of it a general mood can explain.

Two doubly robust estimates (DoubleML's interactive regression model) of the same effect: one that adjusts for the mean
over the other touchpoints, which measures a mood with error, and one that does not. From how much the adjustment moved
the estimate, and how reliable the mean is, follows what the rest of the mood would still move it.
"""

import warnings
from dataclasses import dataclass

import doubleml
import numpy as np
import pandas as pd
from doubleml.utils import PSProcessorConfig
from scipy.optimize import brentq
from scipy.stats import norm
from sklearn import config_context
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

STRENGTH = 1.0
LEVEL = 0.95
# Propensities are not divided by less than this.
CLIPPED = 0.01
# What is so of fewer cases, or not so of fewer, is not adjusted for: it would tell the arm of these few by heart.
FEWEST_ALIKE = 20
# Ratings are not taken to have less in common than this (a mean correlation): that they seem to may be chance.
LEAST_SHARED = 0.05
# An arm is no more than this a matter of mood (squared correlation).
MOST_MOOD = 0.9
DECIMALS = 6


@dataclass(frozen=True)
class Options:
    """What is needed of either arm: cases, and events, with the outcome and without it.

    propensity: nearer to 0 or 1 than that a case has no like in the other arm.
    """

    cases: int = 200
    events: int = 10
    propensity: float = 0.05
    folds: int = 5
    repeats: int = 3
    seed: int = 20260331


@dataclass(frozen=True)
class Range:
    """An effect between two ends, with the interval that holds it wherever between them it lies, and its p-value.

    adjusted, corrected: without and with what the rest of the mood can explain. Where nobody rated anything else a mood
    can explain whatever it is: without the other end, and without an interval.
    """

    adjusted: float
    adjusted_error: float
    corrected: float | None = None
    corrected_error: float | None = None
    lower: float | None = None
    upper: float | None = None
    p_value: float = 1.0


@dataclass(frozen=True)
class Estimate:
    """A row of journey_effect_estimates. Effects are differences of probabilities; found is None where too few."""

    touchpoint: str
    exceeded: int
    missed: int
    exceeded_events: int
    missed_events: int
    overlap: float | None = None
    reliability: float | None = None
    found: Range | None = None
    placebo: Range | None = None
    robustness: float | None = None

    def as_row(self, outcome: str, until: str, version: str) -> dict[str, str]:
        found = self.found
        numbers = {
            "overlap": self.overlap,
            "reliability": self.reliability,
            "adjusted_effect": found and found.adjusted,
            "adjusted_standard_error": found and found.adjusted_error,
            "corrected_effect": found and found.corrected,
            "corrected_standard_error": found and found.corrected_error,
            "effect_lower": found and found.lower,
            "effect_upper": found and found.upper,
            "p_value": found and found.p_value,
            "placebo_p_value": self.placebo and self.placebo.p_value,
            "robustness_value": self.robustness,
        }
        counts = ("exceeded", "missed", "exceeded_events", "missed_events")
        return (
            {"outcome": outcome, "touchpoint": self.touchpoint}
            | {name: str(getattr(self, name)) for name in counts}
            | {name: "" if value is None else f"{value + 0.0:.{DECIMALS}f}" for name, value in numbers.items()}
            | {"trained_until": until, "version": version}
        )


@dataclass(frozen=True)
class _Arms:
    """The cases of one touchpoint. background, mood: (cases, columns), to adjust for; the mood's first is the mean.

    reliability: the share of the mean's variance that is mood.
    """

    exceeded: np.ndarray
    background: np.ndarray
    mood: np.ndarray
    reliability: float


def estimate(rows: pd.DataFrame, options: Options) -> list[Estimate]:
    """The effects of every touchpoint, in the order of their names.

    rows: one per case and touchpoint that was rated before the outcome: case_id, touchpoint, need_met, rating_share,
    is_rating, property_id, segment, is_event, tenure_days, had_grievance, rated_at. A customer has one case.
    """
    rows = rows.sort_values(["touchpoint", "case_id"]).reset_index(drop=True)
    wide = {
        name: rows.pivot(index="case_id", columns="touchpoint", values=name)
        for name in ("rating_share", "need_met", "rated_at", "is_rating")
    }
    return [
        _of_touchpoint(str(touchpoint), of_it[of_it["need_met"].isin(["exceeded", "missed"])], wide, options)
        for touchpoint, of_it in rows.groupby("touchpoint")
        if of_it["need_met"].notna().any()
    ]


def _of_touchpoint(touchpoint: str, rows: pd.DataFrame, wide: dict[str, pd.DataFrame], options: Options) -> Estimate:
    exceeded = (rows["need_met"] == "exceeded").to_numpy()
    outcome, placebo = (rows[name].to_numpy(dtype=float) for name in ("is_event", "had_grievance"))
    counts = {
        "exceeded": int(exceeded.sum()),
        "missed": int((~exceeded).sum()),
        "exceeded_events": int(outcome[exceeded].sum()),
        "missed_events": int(outcome[~exceeded].sum()),
    }
    if min(counts["exceeded"], counts["missed"]) < options.cases or not _varies(outcome, exceeded, options):
        return Estimate(touchpoint, **counts)
    arms = _arms(touchpoint, rows, exceeded, {name: table.loc[rows["case_id"]] for name, table in wide.items()})
    splits = _splits(exceeded + 2 * outcome, options)
    models = _models(arms, outcome, splits)
    models[0].sensitivity_analysis()
    propensities = [model.predictions["ml_m"][:, :, 0] for model in models]
    propensity = propensities[0].mean(axis=1)
    inside = (propensity >= options.propensity) & (propensity <= 1 - options.propensity)
    has_placebo = _varies(placebo, exceeded, options)
    return Estimate(
        touchpoint,
        **counts,
        overlap=float(inside.mean()),
        reliability=arms.reliability,
        found=_range(arms, models),
        placebo=_range(arms, _models(arms, placebo, splits, propensities)) if has_placebo else None,
        robustness=float(models[0].sensitivity_params["rv"][0]),
    )


def _varies(outcome: np.ndarray, exceeded: np.ndarray, options: Options) -> bool:
    arms = outcome[exceeded], outcome[~exceeded]
    return min(number for arm in arms for number in (arm.sum(), (1 - arm).sum())) >= options.events


def _arms(touchpoint: str, rows: pd.DataFrame, exceeded: np.ndarray, wide: dict[str, pd.DataFrame]) -> _Arms:
    others = [name for name in wide["rating_share"].columns if name != touchpoint]
    shares = wide["rating_share"][others].to_numpy(dtype=float)
    # A touchpoint where everybody is strict says no more of a mood than one where nobody is.
    centred = shares - _mean(shares)
    is_rating = (wide["is_rating"][others] == True).to_numpy()  # noqa: E712  (missing is not)
    is_earlier = wide["rated_at"][others].lt(pd.Series(rows["rated_at"].to_numpy(), wide["rated_at"].index), axis=0)
    is_earlier = is_earlier.to_numpy()
    need = wide["need_met"][others].to_numpy()
    mood, facts = [], []
    for place in range(len(others)):
        known = is_earlier[:, place]
        columns = [
            np.where(known, np.nan_to_num(centred[:, place]), 0.0),
            known & (need[:, place] == "exceeded"),
            known & (need[:, place] == "missed"),
        ]
        (mood if is_rating[:, place].any() else facts).extend(columns)
    mean, reliability = _mood(np.where(is_rating, centred, np.nan))
    tenure = np.log1p(rows["tenure_days"].to_numpy(dtype=float).clip(0))
    background = [tenure, *_dummies(rows["property_id"]), *_dummies(rows["segment"]), *facts]
    return _Arms(exceeded.astype(float), _centred(background), _centred([mean, *mood]), reliability)


def _mood(ratings: np.ndarray) -> tuple[np.ndarray, float]:
    """The mean of each case's ratings, the fewer the nearer to everybody's, and which share of its variance is common.

    ratings: (cases, touchpoints), centred, NaN without. The reliability of a mean of k ratings is Cronbach's alpha of
    as many (Spearman and Brown 1910), from the mean correlation of two. 0 where nobody rated anything.
    """
    given = ~np.isnan(ratings)
    filled, count = np.nan_to_num(ratings), given.sum(axis=1)
    pairs = (given.T.astype(float) @ given)[~np.eye(ratings.shape[1], dtype=bool)].sum()
    squares = (filled**2).sum()
    if squares == 0:
        return np.zeros(len(ratings)), 0.0
    products = (filled.sum(axis=1) ** 2).sum() - squares
    shared = max(products / max(pairs, 1) / (squares / given.sum()), LEAST_SHARED)
    reliability = count * shared / (1 + (count - 1).clip(0) * shared)
    return reliability * filled.sum(axis=1) / count.clip(1), float(reliability.mean())


def _splits(strata: np.ndarray, options: Options) -> list[list[tuple[np.ndarray, np.ndarray]]]:
    return [
        list(
            StratifiedKFold(options.folds, shuffle=True, random_state=options.seed + repeat).split(
                np.zeros(len(strata)), strata
            )
        )
        for repeat in range(options.repeats)
    ]


def _models(
    arms: _Arms, outcome: np.ndarray, splits: list, propensities: list[np.ndarray] | None = None
) -> tuple[doubleml.DoubleMLIRM, doubleml.DoubleMLIRM]:
    """The effect adjusted for the background and the mood, and for the background alone."""
    given = np.hstack([arms.background, arms.mood]), arms.background
    known = propensities or (None, None)
    return tuple(
        _fitted(table, arms.exceeded, outcome, splits, of_it) for table, of_it in zip(given, known, strict=True)
    )


def _range(arms: _Arms, models: tuple[doubleml.DoubleMLIRM, doubleml.DoubleMLIRM]) -> Range:
    """The effect without and with what the rest of the mood explains.

    With U the mood, D the arm, M the mean, r its reliability and q the squared correlation of D and U, adjusting for M
    takes r (1 - q) / (1 - q r) of the bias away and leaves (1 - r) / (1 - q r) of it (classical errors in variables;
    Fuller 1987, section 1.1): what is left is the change times (1 - r) / (r (1 - q)).
    """
    adjusted, bare = (model.framework for model in models)
    factor = _factor(arms)
    if factor is None:
        return Range(float(adjusted.thetas[0]), float(adjusted.ses[0]))
    corrected = adjusted * (1 + factor) - bare * factor
    ends = [(float(one.thetas[0]), float(one.ses[0])) for one in (adjusted, corrected)]
    return Range(*ends[0], *ends[1], *_interval(ends))


def _factor(arms: _Arms) -> float | None:
    mean, reliability = arms.mood[:, 0], arms.reliability
    if reliability == 0 or mean.std() == 0:
        return None
    of_arm = min(np.corrcoef(mean, arms.exceeded)[0, 1] ** 2 / reliability, MOST_MOOD)
    return (1 - reliability) / (reliability * (1 - of_arm))


def _interval(ends: list[tuple[float, float]]) -> tuple[float, float, float]:
    """The interval that holds an effect between two estimated ends, and the p-value of no effect.

    Imbens and Manski 2004, "Confidence intervals for partially identified parameters", with its inversion as p-value.
    Wherever the effect lies, it is near one end at most: the wider apart they are, the fewer standard errors it takes.
    Which end is the lower one may itself be chance, so that the interval reaches as far as either does.
    """
    apart = abs(ends[0][0] - ends[1][0]) / max(error for _, error in ends)
    errors = brentq(lambda value: norm.cdf(value + apart) - norm.cdf(-value) - LEVEL, 0, 10)
    lower, upper = (pick(end + sign * errors * error for end, error in ends) for pick, sign in ((min, -1), (max, 1)))
    distances = [end / error for end, error in ends]
    beyond = max(min(distances), -max(distances))
    p_value = norm.cdf(-beyond) + norm.cdf(-beyond - apart) if beyond > 0 else 1.0
    return float(lower), float(upper), float(min(p_value, 1.0))


def _fitted(
    given: np.ndarray, exceeded: np.ndarray, outcome: np.ndarray, splits: list, propensity: np.ndarray | None
) -> doubleml.DoubleMLIRM:
    learner = LogisticRegression(C=STRENGTH, solver="newton-cholesky")
    model = doubleml.DoubleMLIRM(
        doubleml.DoubleMLData.from_arrays(given, outcome, exceeded),
        learner,
        learner,
        n_folds=len(splits[0]),
        n_rep=len(splits),
        ps_processor_config=PSProcessorConfig(clipping_threshold=CLIPPED),
        draw_sample_splitting=False,
    )
    model.set_sample_splitting(splits)
    with config_context(assume_finite=True, skip_parameter_validation=True), warnings.catch_warnings():
        # Concerns the robustness value alone, and says that it was estimated in another way.
        warnings.filterwarnings("ignore", "The estimated nu2")
        model.fit(external_predictions=None if propensity is None else {"d": {"ml_m": propensity}})
    return model


def _mean(values: np.ndarray) -> np.ndarray:
    """Of every column with a value; 0 of others."""
    given = ~np.isnan(values)
    return np.nan_to_num(values).sum(axis=0) / given.sum(axis=0).clip(1)


def _dummies(names: pd.Series) -> list[np.ndarray]:
    return [(names == name).to_numpy() for name in sorted(names.dropna().unique())]


def _centred(columns: list[np.ndarray]) -> np.ndarray:
    """Columns of mean 0, without those that hardly vary but the first; numbers of deviation 1, flags as they are.

    So the ridge holds a flag of few cases nearer to nothing.
    """
    kept = []
    for place, column in enumerate(columns):
        column = np.asarray(column)
        is_flag = column.dtype == bool
        values, counts = np.unique(column, return_counts=True)
        if place > 0 and len(column) - counts.max() < FEWEST_ALIKE:
            continue
        scale = 1.0 if is_flag or len(values) == 1 else column.std()
        kept.append((column - column.mean()) / scale)
    return np.column_stack(kept)
