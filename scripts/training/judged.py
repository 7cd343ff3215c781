"""What people judged before any text was learned from: VADER's lexicon, and the terms beside this file.

VADER's lexicon (C. J. Hutto and E. E. Gilbert, MIT licence, see docs/tone.md) gives words a mean valence by ten raters,
-4 to 4, and emoji a description in words. It is read from the installed package.
"""

import csv
from pathlib import Path

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from training import twin
from training.fitting import Prior

TERMS = Path(__file__).parent / "terms"
# Log-odds per point of judged valence; the training scales all of them together once more.
PER_POINT = 0.5
# Ten raters know better than one author, who knows better what a word means to a landlord.
OWN_SHARE = 0.1
# What an author alone says of a word, in points of ten raters.
OWN_ALONE = 0.7
PLAIN = {"text_characters": 4000, "text_words": 400}


def read_terms(directory: Path = TERMS) -> dict[str, dict[str, float]]:
    """Weights by kind and term, of every file of a folder. A term that stands twice has the mean."""
    found: dict[str, dict[str, list[float]]] = {}
    for path in sorted(directory.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                found.setdefault(row["kind"], {}).setdefault(row["term"], []).append(float(row["weight"]))
    return {
        kind: {term: sum(weights) / len(weights) for term, weights in terms.items()} for kind, terms in found.items()
    }


def vader_valences() -> dict[str, float]:
    """VADER's valence of each word and emoji that is one token here, -4 to 4."""
    analyzer = SentimentIntensityAnalyzer()
    valences = {}
    for word, valence in analyzer.lexicon.items():
        if twin.tokenise(word, PLAIN).words == [word]:
            valences[word] = valence
    for emoji, description in analyzer.emojis.items():
        compound = analyzer.polarity_scores(description)["compound"]
        if compound and twin.tokenise(emoji, PLAIN).words == [emoji]:
            valences[emoji] = 3 * compound
    return valences


def prior() -> tuple[Prior, dict[str, dict[str, float]]]:
    """What training starts from, and the terms of the other kinds. Of a word judged twice, own terms have a share."""
    terms = read_terms()
    own, theirs = terms.pop("valence"), vader_valences()
    valence = {}
    for term in own.keys() | theirs.keys():
        if term in theirs:
            valence[term] = PER_POINT * (OWN_SHARE * own.get(term, theirs[term]) + (1 - OWN_SHARE) * theirs[term])
        else:
            valence[term] = PER_POINT * OWN_ALONE * own[term]
    return Prior(dict(sorted(valence.items())), terms.pop("neutral")), terms
