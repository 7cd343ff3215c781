"""Made customers with answers, a made scorecard with pairs, and the same scorecard in scikit-learn."""

from dataclasses import dataclass
from itertools import combinations

import duckdb
import numpy as np

OUTCOME, SEGMENTS = "advocacy", ("prospect", "resident")
TOUCHPOINTS, RATINGS, BANDS, PAIRS = 14, 5, 10, 20
# Of ten customers seven have answered a touchpoint.
ANSWERED = 0.7
SCORE_DATE = "2026-01-31"
# As close the two probabilities must be.
EXACT = 1e-9


@dataclass(frozen=True)
class Scorecard:
    """Log-odds of levels by term, of pairs of levels by pair of terms, and the intercept. Level 0 is no answer.

    Terms are the touchpoints, the mean rating's bands, and the segment.
    """

    intercept: float
    singles: tuple[np.ndarray, ...]
    pairs: dict[tuple[int, int], np.ndarray]


def make_scorecard(seed: int = 1) -> Scorecard:
    random = np.random.default_rng(seed)
    levels = [RATINGS + 1] * TOUCHPOINTS + [BANDS + 1, len(SEGMENTS)]
    chosen = list(combinations(range(TOUCHPOINTS), 2))
    pairs = [chosen[place] for place in sorted(random.permutation(len(chosen))[:PAIRS])]
    return Scorecard(
        -0.3,
        tuple(random.normal(0, 0.3, size).round(9) for size in levels),
        {pair: random.normal(0, 0.2, (RATINGS + 1, RATINGS + 1)).round(9) for pair in pairs},
    )


def make_answers(customers: int, seed: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """(ratings (customers, touchpoints), 0 for no answer; segments (customers,))."""
    random = np.random.default_rng(seed)
    ratings = random.integers(1, RATINGS + 1, (customers, TOUCHPOINTS))
    ratings *= random.random((customers, TOUCHPOINTS)) < ANSWERED
    return ratings, random.integers(0, len(SEGMENTS), customers)


def coded(ratings: np.ndarray, segments: np.ndarray, scorecard: Scorecard) -> np.ndarray:
    """The levels of all terms and then of all pairs, as whole numbers: what scikit-learn is given."""
    answered = (ratings > 0).sum(axis=1)
    shares = np.where(ratings > 0, (ratings - 1) / (RATINGS - 1), 0).sum(axis=1)
    mean = shares / np.where(answered > 0, answered, 1)
    bands = np.where(answered > 0, 1 + np.minimum((mean * BANDS).astype(int), BANDS - 1), 0)
    pairs = [ratings[:, one] * (RATINGS + 1) + ratings[:, other] for one, other in scorecard.pairs]
    return np.column_stack([ratings, bands, segments, *pairs]).astype(np.int16)


def scikit_learn(scorecard: Scorecard):
    """A pipeline whose predict_proba is the scorecard's probability of `coded` rows."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    tables = [*scorecard.singles, *(points.ravel() for points in scorecard.pairs.values())]
    encoder = OneHotEncoder(categories=[np.arange(len(points), dtype=np.int16) for points in tables])
    encoder.fit(np.zeros((1, len(tables)), dtype=np.int16))
    model = LogisticRegression()
    model.coef_, model.intercept_ = np.concatenate(tables)[None, :], np.array([scorecard.intercept])
    model.classes_ = np.array([0, 1])
    return make_pipeline(encoder, model)


def install(connection: duckdb.DuckDBPyConnection, scorecard: Scorecard, ratings: np.ndarray, segments: np.ndarray):
    """Puts the made tables in the place of a warehouse's own."""
    connection.execute("delete from trained.journey_scorecard; delete from trained.journey_trainings")
    connection.execute(
        "insert into trained.journey_trainings (outcome, is_better_than_mean, scorecard_version) "
        "values (?, true, 'made')",
        [OUTCOME],
    )
    connection.executemany(
        "insert into trained.journey_scorecard (outcome, term, level, second_term, second_level, level_from, "
        "level_below, rating_share, log_odds, scorecard_version) values (?, ?, ?, ?, ?, ?, ?, ?, ?, 'made')",
        _rows(scorecard),
    )
    for relation in ("touchpoint_ratings", "customer_segments", "scoring_days"):
        (kind,) = connection.execute(
            "select table_type from information_schema.tables where table_schema = 'intermediate' and table_name = ?",
            [relation],
        ).fetchone()
        connection.execute(f"drop {'view' if kind == 'VIEW' else 'table'} intermediate.{relation}")
    connection.execute(f"create table intermediate.scoring_days as select date '{SCORE_DATE}' as score_date")
    columns = {f"t{place}": ratings[:, place].astype(np.int16) for place in range(TOUCHPOINTS)}
    made = columns | {"number": np.arange(len(segments)), "segment_no": segments}
    connection.register("made", made)
    connection.execute(
        "create table intermediate.customer_segments as select printf('c%08d', number) as customer_id, "
        "null::varchar as property_id, "
        f"case segment_no when 0 then '{SEGMENTS[0]}' else '{SEGMENTS[1]}' end as segment, "
        "date '2025-01-01' as started_on, null::date as ended_on from made"
    )
    parts = [
        f"select printf('c%08d', number) as customer_id, 'touchpoint_{place:02d}' as touchpoint, "
        f"t{place}::varchar as answer from made where t{place} > 0"
        for place in range(TOUCHPOINTS)
    ]
    connection.execute(
        "create table intermediate.touchpoint_ratings as select *, 'files' as source_kind, 'r1' as response_id, "
        f"timestamp '2026-01-15 12:00:00' as rated_at from ({' union all '.join(parts)})"
    )
    connection.unregister("made")


def keep_latest_answers(connection: duckdb.DuckDBPyConnection) -> None:
    """Puts a table in the place of the view: scikit-learn is given the latest answers, and need not look for them."""
    connection.execute("create table kept as from intermediate.latest_answers")
    connection.execute("drop view intermediate.latest_answers")
    connection.execute("create table intermediate.latest_answers as from kept")


def _rows(scorecard: Scorecard) -> list[tuple]:
    touchpoints = [f"touchpoint_{place:02d}" for place in range(TOUCHPOINTS)]

    def level(rating: int) -> str:
        return str(rating) if rating else "no answer"

    def row(term, name, log_odds, second=(None, None), ends=(None, None), share=None):
        return (OUTCOME, term, name, *second, *ends, share, float(log_odds))

    rows = [row("intercept", None, scorecard.intercept)]
    for touchpoint, points in zip(touchpoints, scorecard.singles, strict=False):
        for rating, log_odds in enumerate(points):
            share = (rating - 1) / (RATINGS - 1) if rating else None
            rows.append(row(touchpoint, level(rating), log_odds, share=share))
    *_, bands, segments = scorecard.singles
    for band, log_odds in enumerate(bands):
        ends = ((band - 1) / BANDS if band > 1 else None, band / BANDS if 0 < band < BANDS else None)
        rows.append(row("mean_rating", f"band {band}" if band else "no answer", log_odds, ends=ends))
    rows += [row("segment", name, log_odds) for name, log_odds in zip(SEGMENTS, segments, strict=True)]
    for (one, other), points in scorecard.pairs.items():
        for first, second in np.ndindex(points.shape):
            log_odds = points[first, second]
            rows.append(row(touchpoints[one], level(first), log_odds, (touchpoints[other], level(second))))
    return rows
