"""Does the experience score of the day before an outcome tell more than the journey's answers?

    PYTHONPATH=scripts .venv/bin/python -m training.journey.experience WAREHOUSE --until DATE

compares ridges on levels with and without it as a term, held out and on later outcomes.
"""

import argparse
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from runner.warehouse import connect
from threadpoolctl import threadpool_limits

from training.journey.additive import customer_folds, fit_ridge, row_losses
from training.journey.frame import NO_ANSWER, Frame, Term, make_frame
from training.journey.running import query_rows
from training.journey.selecting import paired

BANDS, REPEATS, FOLDS = 10, 10, 5


def compare(warehouse: Path, outcome: str, until: date) -> dict[str, tuple[int, float, float, float]]:
    """By split: cases with a score, the log-loss without it, the paired difference it makes, its standard error."""
    with connect(warehouse, read_only=True) as connection:
        rows = query_rows(connection, outcome, until)
        scores = connection.execute(
            "select cases.case_id, scores.score from intermediate.journey_cases as cases "
            "inner join marts.customer_scores_daily as scores on cases.customer_id = scores.customer_id "
            "and scores.score_date = cases.happened_on - 1 where cases.outcome = ?",
            [outcome],
        ).df()
    known = rows.cases[rows.cases["case_id"].isin(scores["case_id"])]
    answers = rows.answers[rows.answers["case_id"].isin(scores["case_id"])]
    without = make_frame(known, answers, rows.scales, until)
    ordered = known.sort_values(["happened_on", "case_id"], kind="stable")["case_id"]
    score = scores.set_index("case_id")["score"].astype(float).reindex(ordered).to_numpy()
    is_training = np.array([day <= until for day in without.day])
    frames = (without, _with_score(without, score, is_training))
    train = [frame.rows(is_training) for frame in frames]
    later = [frame.rows(~is_training) for frame in frames]
    losses = [_held_out(frame) for frame in train]
    result = {"held out": (len(train[0]), losses[0].mean(), *paired(losses[1] - losses[0], train[0].customer))}
    losses = [
        row_losses(test.outcome, fit_ridge(frame).probability(test)) for frame, test in zip(train, later, strict=True)
    ]
    result["later"] = (len(later[0]), losses[0].mean(), *paired(losses[1] - losses[0], later[0].customer))
    return result


def _with_score(frame: Frame, score: np.ndarray, is_training: np.ndarray) -> Frame:
    """The frame with the score in bands of about as many training cases each."""
    edges = np.unique(np.quantile(score[is_training], np.arange(1, BANDS) / BANDS))
    codes = 1 + np.searchsorted(edges, score, side="right")
    shares = pd.Series(score[is_training]).groupby(codes[is_training]).mean() / 100
    levels = tuple(f"band {band}" for band in range(1, len(edges) + 2))
    places = [float(shares.get(band, np.nan)) for band in range(1, len(levels) + 1)]
    term = Term("experience", "rating", (NO_ANSWER, *levels), (np.nan, *places))
    return replace(frame, terms=(*frame.terms, term), codes=np.column_stack([frame.codes, codes]))


def _held_out(frame: Frame) -> np.ndarray:
    losses = np.zeros(len(frame))
    for repeat in range(REPEATS):
        for train, test in customer_folds(frame, FOLDS, repeat):
            predicted = fit_ridge(frame.rows(train)).probability(frame.rows(test))
            losses[test] += row_losses(frame.outcome[test], predicted) / REPEATS
    return losses


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("warehouse", type=Path)
    parser.add_argument("--outcome", default="advocacy")
    parser.add_argument("--until", type=date.fromisoformat, required=True)
    options = parser.parse_args()
    with threadpool_limits(1):
        found = compare(options.warehouse, options.outcome, options.until)
    for split, (cases, loss, difference, error) in found.items():
        made = f"with the score {difference:+.5f}, standard error {error:.5f}"
        print(f"{split}: {cases:,} cases, log-loss {loss:.5f}, {made}")


if __name__ == "__main__":
    main()
