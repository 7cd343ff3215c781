"""The table of tone that the project comes with: `make tone-table`, from ../shared/data/tone and the texts beside this.

Prints how it carries over: each source is judged by a table that learned from the other sources alone.
"""

import csv
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from training import judged, labelled, tone, twin
from training.fitting import Penalties

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data" / "tone"
RULES = ROOT / "seeds" / "rules"
TEXTS = Path(__file__).parent / "texts"
# Of ratings from -4 to 4: nearer to nothing than half a point is no feeling.
CUTS = labelled.Cuts(-0.5, 0.5)
# Chosen on sources left out. Function words are learned for one source at the cost of the others.
PENALTIES = Penalties(known=25.0, new=100.0, least_texts=3, not_learned=frozenset(ENGLISH_STOP_WORDS))
VERSION = "v1"


def read_sources(shared: Path = SHARED) -> labelled.Texts:
    """All labelled texts: review sentences of three kinds, product reviews, tweets, and this project's own."""
    found: dict[str, tuple[int, str]] = {}
    with (shared / "uci_sentences.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            label = labelled.POSITIVE if row["label"] == "1" else labelled.NEGATIVE
            found.setdefault(row["sentence"], (label, row["source"]))
    for name in ("tweets", "amazonReviewSnippets"):
        with (shared / f"{name}_ground_truth.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                found.setdefault(row["text"], (CUTS.label(float(row["mean_valence"])), name))
    for name in ("sentences", "more_sentences"):
        with (TEXTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                found.setdefault(row["text"], (labelled.NAMES[row["label"]], f"own {name.replace('_', ' ')}"))
    return labelled.join(found)


def start() -> tone.Start:
    """Judged weights, and the settings of the rules."""
    prior, others = judged.prior()
    with (RULES / "text_settings.csv").open(encoding="utf-8", newline="") as file:
        settings = {row["setting"]: float(row["value"]) for row in csv.DictReader(file)}
    return tone.Start(prior, others, settings)


def leave_sources_out(texts: labelled.Texts, begun: tone.Start) -> tone.Judged:
    """Each source judged by what the other sources teach."""
    reads = tone.reads_of(texts, begun)
    tones, labels = np.zeros(len(texts)), np.zeros(len(texts), dtype=int)
    for source in sorted(set(texts.sources)):
        seen, unseen = np.flatnonzero(texts.sources != source), np.flatnonzero(texts.sources == source)
        tables = tone.learn(texts.take(seen), [reads[place] for place in seen], begun, PENALTIES)
        tones[unseen], labels[unseen] = tone.predicted(texts.take(unseen), tables)
    return tone.Judged("learned from the other sources", tones, labels)


def build(out: Path = RULES) -> twin.Tables:
    """Trains on every source and writes the seeds."""
    texts, begun = read_sources(), start()
    tables = tone.learn(texts, tone.reads_of(texts, begun), begun, PENALTIES)
    tone.write_tables(tables, RULES, out, VERSION, begun.prior)
    return tables


if __name__ == "__main__":
    every = read_sources()
    print(tone.table_of_figures(every, [leave_sources_out(every, start()), tone.vader(every)]))
    build()
