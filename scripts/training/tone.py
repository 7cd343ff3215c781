"""Learns the tables of tone from labelled texts, judges them on texts they did not see, and writes the seeds."""

import csv
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from training import fitting, twin
from training.labelled import NEUTRAL, POSITIVE, Texts, folds

FOLDS = 5
GRID = (1.0, 2.0, 4.0, 8.0)
# VADER's own cut-offs for three classes.
VADER_CUT = 0.05
DIGITS = 4
NEGLIGIBLE = 0.03


@dataclass(frozen=True)
class Start:
    """What is known before: a prior of the weights, the terms of the other kinds, and the settings."""

    prior: fitting.Prior
    others: dict[str, dict[str, float]]
    settings: dict[str, float]

    @property
    def tables(self) -> twin.Tables:
        """The tables that read a text: modifiers and settings."""
        return twin.Tables(self.others, {}, self.settings)


def start_from(tables: twin.Tables, from_scratch: bool) -> Start:
    """Begin with the weights of existing tables, or with none. Modifiers, natures and settings are carried over."""
    others = {kind: terms for kind, terms in tables.weights.items() if kind not in ("valence", "neutral")}
    prior = fitting.Prior(tables.weights["valence"], tables.weights.get("neutral", {}))
    return Start(fitting.Prior() if from_scratch else prior, others, tables.settings)


def learn(texts: Texts, reads: list[fitting.Read], start: Start, penalties: fitting.Penalties) -> twin.Tables:
    """The tables that these texts teach, rounded as they are written."""
    learned = fitting.fit(texts, reads, start.prior, penalties)
    weights = {
        "valence": _rounded(learned.valence, start.prior.valence),
        "neutral": _rounded(learned.neutral, start.prior.neutral),
    }
    settings = {**start.settings, "neutral_base": round(learned.neutral_base, DIGITS)}
    return twin.Tables({**start.others, **weights}, {}, settings)


def _rounded(weights: dict[str, float], known: dict[str, float]) -> dict[str, float]:
    least = {True: 10**-DIGITS, False: NEGLIGIBLE}
    return {term: round(weight, DIGITS) for term, weight in weights.items() if abs(weight) >= least[term in known]}


def reads_of(texts: Texts, start: Start) -> list[fitting.Read]:
    """Each text as the trainer sees it."""
    return [fitting.read(text, start.tables) for text in texts.texts]


def predicted(texts: Texts, tables: twin.Tables) -> tuple[np.ndarray, np.ndarray]:
    """Tone and class of each text; a blank text has tone 0 and is neutral."""
    predictions = [twin.predict(text, tables) for text in texts.texts]
    tones = np.array([prediction.tone or 0.0 for prediction in predictions])
    labels = np.array([twin.LABELS.index(prediction.label or "neutral") for prediction in predictions])
    return tones, labels


@dataclass(frozen=True)
class Judged:
    """Tone and class of texts by one way of judging them."""

    name: str
    tones: np.ndarray | None
    labels: np.ndarray


def choose(texts: Texts, reads: list[fitting.Read], start: Start, least_texts: int) -> fitting.Penalties:
    """The penalty of the grid that does best on a fifth of the texts when it learns from the others."""
    fold = folds(texts, FOLDS, seed=11)
    seen, unseen = np.flatnonzero(fold != 0), np.flatnonzero(fold == 0)
    held_out = texts.take(unseen)
    best, least_loss = None, np.inf
    for pull in GRID:
        penalties = fitting.Penalties(pull, pull, least_texts)
        tables = learn(texts.take(seen), [reads[place] for place in seen], start, penalties)
        loss = _mean_loss(held_out, tables)
        if loss < least_loss:
            best, least_loss = penalties, loss
    return best


def _mean_loss(texts: Texts, tables: twin.Tables) -> float:
    predictions = [twin.predict(text, tables) for text in texts.texts]
    v = np.array([prediction.valence for prediction in predictions])
    u = np.where(texts.is_two_way, -np.inf, [prediction.neutrality for prediction in predictions])
    chosen = np.where(texts.labels == NEUTRAL, u, np.where(texts.labels == POSITIVE, v, -v))
    return float(np.mean(np.logaddexp(np.logaddexp(v, -v), u) - chosen))


def cross_validate(texts: Texts, start: Start, least_texts: int) -> Judged:
    """Each text judged by tables that learned from the other folds; the penalty is chosen within those."""
    reads, fold = reads_of(texts, start), folds(texts, FOLDS)
    tones, labels = np.zeros(len(texts)), np.zeros(len(texts), dtype=int)
    for number in range(FOLDS):
        seen, unseen = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        known, read = texts.take(seen), [reads[place] for place in seen]
        tables = learn(known, read, start, choose(known, read, start, least_texts))
        tones[unseen], labels[unseen] = predicted(texts.take(unseen), tables)
    return Judged("these tables", tones, labels)


def vader(texts: Texts) -> Judged:
    """VADER's compound, and its usual three classes."""
    analyzer = SentimentIntensityAnalyzer()
    tones = np.array([analyzer.polarity_scores(text)["compound"] for text in texts.texts])
    return Judged("VADER", tones, np.where(tones >= VADER_CUT, 2, np.where(tones <= -VADER_CUT, 0, 1)))


def majority(texts: Texts) -> Judged:
    """The most frequent class for every text of a source."""
    labels = np.zeros(len(texts), dtype=int)
    for source in set(texts.sources):
        rows = texts.sources == source
        labels[rows] = np.bincount(texts.labels[rows]).argmax()
    return Judged("most frequent class", None, labels)


def bag_of_words(texts: Texts) -> Judged:
    """Logistic regression on words and pairs of neighbours, in the same folds."""
    fold, labels = folds(texts, FOLDS), np.zeros(len(texts), dtype=int)
    for number in range(FOLDS):
        seen, unseen = texts.take(fold != number), texts.take(fold == number)
        vectors = CountVectorizer(ngram_range=(1, 2), min_df=2, binary=True)
        model = LogisticRegression(C=0.5, max_iter=300)
        model.fit(vectors.fit_transform(seen.texts), seen.labels)
        labels[fold == number] = model.predict(vectors.transform(unseen.texts))
    return Judged("bag of words and pairs", None, labels)


def figures(texts: Texts, judged: Judged) -> dict[str, float | None]:
    """Accuracy, macro-F1, and AUC of the negative against the positive texts (None without tones or one of the two).

    Where no text is neutral the two classes are told apart by the sign of the tone, 0 counting as positive.
    """
    labels = judged.labels
    if judged.tones is not None and not (texts.labels == NEUTRAL).any():
        labels = np.where(judged.tones >= 0, 2, 0)
    felt = texts.labels != NEUTRAL
    both = len(set(texts.labels[felt])) == 2
    return {
        "accuracy": float(np.mean(labels == texts.labels)),
        "macro-F1": float(f1_score(texts.labels, labels, average="macro", labels=sorted(set(texts.labels)))),
        "AUC": float(roc_auc_score(texts.labels[felt] == POSITIVE, judged.tones[felt]))
        if judged.tones is not None and both
        else None,
    }


def table_of_figures(texts: Texts, ways: list[Judged]) -> str:
    """A Markdown table: a row per source and way of judging, and all sources together at the end."""
    lines = ["| source | texts | judged by | accuracy | macro-F1 | AUC |", "| --- | --- | --- | --- | --- | --- |"]
    groups = [(source, texts.sources == source) for source in sorted(set(texts.sources))]
    if len(groups) > 1:
        groups.append(("all", np.ones(len(texts), dtype=bool)))
    for source, rows in groups:
        for way in ways:
            part = replace(way, tones=None if way.tones is None else way.tones[rows], labels=way.labels[rows])
            values = figures(texts.take(rows), part)
            shown = " | ".join("–" if value is None else f"{value:.3f}" for value in values.values())
            lines.append(f"| {source} | {rows.sum()} | {way.name} | {shown} |")
    return "\n".join(lines)


@dataclass(frozen=True)
class Options:
    """How a table is trained and where it is written."""

    out: Path
    rules: Path
    from_scratch: bool = False
    version: str = "trained"
    least_texts: int = 2


def train(texts: Texts, options: Options) -> str:
    """Train on all texts, write the tables and the report into a folder, and return the report."""
    given = twin.read_tables(options.rules)
    start = start_from(given, options.from_scratch)
    ways = [cross_validate(texts, start, options.least_texts), vader(texts), majority(texts)]
    if (texts.labels == NEUTRAL).any():
        ways.append(bag_of_words(texts))
    reads = reads_of(texts, start)
    penalties = choose(texts, reads, start, options.least_texts)
    tables = learn(texts, reads, start, penalties)
    write_tables(tables, options.rules, options.out, options.version, start.prior)
    report = _report(texts, ways, tables, penalties, start)
    (options.out / "report.md").write_text(report, encoding="utf-8")
    return report


def _report(texts: Texts, ways: list[Judged], tables: twin.Tables, penalties: fitting.Penalties, start: Start) -> str:
    counts = ", ".join(f"{int((texts.labels == number).sum())} {name}" for number, name in enumerate(twin.LABELS))
    known = f"{penalties.known:g}"
    return f"""# What this table of tone was trained on, and how well it does

{len(texts)} different texts: {counts}. It began with {len(start.prior.valence)} known weights; now there are
{len(tables.weights["valence"])} of valence and {len(tables.weights["neutral"])} of neutrality. Penalty: {known}.

"These tables" are judged on texts that they did not learn from: {FOLDS} folds, the penalty chosen within the others.
The bag of words learns in the same folds. AUC: how often a positive text has a higher tone than a negative one. A
source without neutral texts is judged by the sign of the tone.

{table_of_figures(texts, ways)}

Known weights that the start had learned from some of these very texts would flatter the first rows.
"""


def write_tables(tables: twin.Tables, rules: Path, out: Path, version: str, judged: fitting.Prior) -> None:
    """tone_terms.csv and text_settings.csv in a folder; meanings of settings are those of the rules."""
    out.mkdir(parents=True, exist_ok=True)
    known = {"valence": judged.valence, "neutral": judged.neutral}
    rows = [
        (term, kind, f"{weight:.{DIGITS}f}".rstrip("0").rstrip("."), _origin(term, kind, known), version)
        for kind, terms in sorted(tables.weights.items())
        for term, weight in sorted(terms.items())
    ]
    _write(out / "tone_terms.csv", ("term", "kind", "weight", "origin", "rule_version"), rows)
    with (rules / "text_settings.csv").open(encoding="utf-8", newline="") as file:
        old = list(csv.DictReader(file))
    settings = [(row["setting"], f"{tables.settings[row['setting']]:g}", row["meaning"], version) for row in old]
    _write(out / "text_settings.csv", ("setting", "value", "meaning", "rule_version"), settings)


def _origin(term: str, kind: str, known: dict[str, dict[str, float]]) -> str:
    return "learned" if kind in known and term not in known[kind] else "judged"


def _write(path: Path, header: tuple[str, ...], rows: list[tuple]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
