"""What a scorecard with pairs makes of a large survey, in which what matters depends on who somebody is.

130,000 made-up answers, 14 ratings from 0 to 5 and three fields of context, four fifths of them to learn from. As a
script it trains on them with the command line, scores the others in the warehouse, and prints the quality beside that
of scikit-learn's models: `python tests/python/pairs_study.py FOLDER`. It takes some minutes.
"""

import csv
import shutil
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.preprocessing import OneHotEncoder

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parents[2] / "scripts"))

from runner.project import ROOT, copy_project

RATINGS = (
    "wifi",
    "booking",
    "online_booking",
    "gate",
    "food",
    "boarding",
    "seat",
    "entertainment",
    "service",
    "legroom",
    "baggage",
    "check_in",
    "in_flight",
    "cleanliness",
)
CONTEXT = ("travel", "travel_class", "traveller")
UNTIL, AFTER = date(2025, 3, 31), date(2025, 6, 1)
LEARNED_FROM = 0.8


def made_survey(customers: int, seed: int = 1) -> pd.DataFrame:
    """One row per customer: customer_id, the ratings, the context, is_event, answered_on.

    A mood moves all ratings. Who travels privately looks at the wi-fi only; who is loyal wants entertainment and seat
    together; for others wi-fi and gate count, and the gate is best in the extremes.
    """
    random = np.random.default_rng(seed)
    mood = random.normal(size=customers)
    ratings = {}
    for name, loading in zip(RATINGS, random.uniform(0.2, 0.9, size=len(RATINGS)), strict=True):
        liking = loading * mood + np.sqrt(1 - loading**2) * random.normal(size=customers)
        rating = np.digitize(liking, [-1.3, -0.6, 0.1, 0.8]) + 1
        ratings[name] = np.where(random.random(customers) < 0.03, 0, rating)
    on_business, is_loyal = random.random(customers) < 0.69, random.random(customers) < 0.82
    classes = ["business", "economy", "economy plus"]
    travel_class = np.where(
        on_business,
        random.choice(classes, p=[0.65, 0.27, 0.08], size=customers),
        random.choice(classes, p=[0.06, 0.8, 0.14], size=customers),
    )
    log_odds = 2.8 * _liking(ratings, on_business, is_loyal, travel_class)
    return pd.DataFrame(
        {
            "customer_id": [f"c{number}" for number in range(customers)],
            **ratings,
            "travel": np.where(on_business, "business", "private"),
            "travel_class": travel_class,
            "traveller": np.where(is_loyal, "loyal", "occasional"),
            "is_event": random.random(customers) < 1 / (1 + np.exp(-log_odds)),
            "answered_on": np.where(np.arange(customers) < customers * LEARNED_FROM, UNTIL, AFTER),
        }
    )


def _liking(
    ratings: dict[str, np.ndarray], on_business: np.ndarray, is_loyal: np.ndarray, travel_class: np.ndarray
) -> np.ndarray:
    both = (ratings["entertainment"] >= 4) & (ratings["seat"] >= 4)
    gate = (ratings["gate"] == 5) | (ratings["gate"] <= 2)
    private = np.where(np.isin(ratings["wifi"], (0, 5)), 6.0, -4.0)
    loyal = 1.2 * (ratings["online_booking"] - 3) + np.where(both, 2.5, -1.5) + 0.8 * (ratings["legroom"] - 3)
    occasional = np.where(ratings["wifi"] >= 4, 4, -3) + np.where(gate, 1, -1.5) + 0.8 * (ratings["cleanliness"] - 3)
    liking = np.where(on_business, np.where(is_loyal, loyal, occasional), private)
    alike = np.where(ratings["wifi"] == ratings["online_booking"], 1.5, -1.5)
    return (
        liking
        + np.where(on_business & (travel_class != "business"), alike, 0)
        + 0.4 * (ratings["in_flight"] - 3) * np.where(ratings["baggage"] >= 4, 1, 0.2)
        + 0.3 * (ratings["check_in"] - 3)
        + 0.2 * (ratings["service"] - 3) * (ratings["check_in"] >= 3)
    )


def write_raw(survey: pd.DataFrame, folder: Path) -> None:
    """Writes the survey as raw files: an advocate says 10, another 5."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.register("survey", survey)
        connection.register("answers", survey.melt("customer_id", [*RATINGS, *CONTEXT], "touchpoint", "rating"))
        for name, query in {
            "survey_responses": "select 'r_' || customer_id as response_id, customer_id, 'relationship' as survey, "
            "answered_on as responded_at, 'nps' as measure, if(is_event, 10, 5) as score from survey",
            "survey_answers": "select 'r_' || customer_id as response_id, touchpoint, rating from answers",
            "customer_segments": "select customer_id, 'resident' as segment, '2025-01-01' as started_on, "
            "'p1' as property_id from survey",
            "interactions": "select 'i1' as interaction_id, 'c1' as customer_id, '2025-01-02T00:00' as occurred_at",
        }.items():
            connection.execute(f"copy ({query}) to '{folder / name}.csv' (header)")


def project_with_context(folder: Path) -> Path:
    """The project, with the context among its touchpoints. Returns its command line."""
    copy_project(folder)
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    path = folder / "seeds" / "rules" / "touchpoints.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    more = {"stage": "fly", "stage_order": "1", "measure": "context", "rule_version": rows[0]["rule_version"]}
    rows += [dict.fromkeys(rows[0], "") | more | {"touchpoint": name} for name in CONTEXT]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return folder / "scripts" / "rapport.py"


def others(survey: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """AUC and log-loss on the later rows of models that nobody can read as a table, or that know no pairs."""
    later = (survey["answered_on"] > UNTIL).to_numpy()
    levels = survey[[*RATINGS, *CONTEXT]].astype(str)
    coded = OneHotEncoder(handle_unknown="ignore").fit_transform(levels)
    numbers = survey[list(RATINGS)].join(survey[list(CONTEXT)].astype("category"))
    event = survey["is_event"].to_numpy()
    result = {}
    for name, model, rows in (
        ("logistic regression on levels", LogisticRegression(max_iter=1000), coded),
        ("boosted trees", HistGradientBoostingClassifier(categorical_features="from_dtype"), numbers),
    ):
        train, test = (rows[~later], rows[later])
        probability = model.fit(train, event[~later]).predict_proba(test)[:, 1]
        result[name] = (roc_auc_score(event[later], probability), log_loss(event[later], probability))
    return result


def main(folder: Path, customers: int = 130_000) -> None:
    """Prints seconds and quality."""
    survey = made_survey(customers)
    write_raw(survey, folder / "raw")
    command = [sys.executable, str(project_with_context(folder / "project"))]
    raw = ["--raw", str(folder / "raw"), "--as-of", "2025-06-30"]
    begun = time.perf_counter()
    subprocess.run([*command, "train-journey", *raw, "--until", f"{UNTIL}", "--out", str(folder / "card")], check=True)
    print(f"\ntrained in {time.perf_counter() - begun:,.0f} s")
    warehouse = folder / "warehouse.duckdb"
    subprocess.run(
        [
            *command,
            "run",
            *raw,
            "--from",
            "2025-06-30",
            "--scorecard",
            str(folder / "card"),
            "--warehouse",
            str(warehouse),
        ],
        check=True,
    )
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        begun = time.perf_counter()
        rows = connection.execute(
            "select model, auc, log_loss from marts.journey_quality where split = 'later' order by auc"
        ).fetchall()
        print(f"\nmeasured in {time.perf_counter() - begun:,.0f} s")
    for name, (auc, loss) in (others(survey) | {f"{name}, in SQL": figures for name, *figures in rows}).items():
        print(f"{name:32} AUC {auc:.4f}  log-loss {loss:.4f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
