"""How text becomes tone, nature and category: what the SQL does, once more in Python, for training and to compare.

The tables are the seeds `tone_terms`, `issue_categories` and `text_settings`; docs/tone.md says it in words.
"""

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import regex

NATURES = ("grievance", "request", "commendation", "inquiry")
LABELS = ("negative", "neutral", "positive")

# Before lower case, because ":D" laughs and ":d" is the middle of "note:done". The longer ones come first.
EMOTICONS = (
    ("emoticonfrown", (":'-(", ":'(", ":-(", ":(", "=(")),
    ("emoticonsmile", (":-)", ":)", "=)", ";-)", ";)", ":-D", ":D", "^_^")),
    ("emoticonwry", (":-/", ":/", ":-|", ":|")),
)
# "<3" is a heart, "<30 minutes" is none.
HEART = regex.compile(r"<3([^0-9]|$)")
APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'", **dict.fromkeys(range(0xFE00, 0xFE10), " ")})
WORD = r"[\p{L}\p{M}\p{N}]+(?:'[\p{L}\p{M}\p{N}]+)*"
# Symbols and emoji without the five skin tones.
SYMBOL = "[\u2600-\u27bf\U0001f300-\U0001f3fa\U0001f400-\U0001faff]"
TOKEN = regex.compile(f"{WORD}|{SYMBOL}")
MODIFIER_REACH = 3
INTENSIFIER_REACH = 2


@dataclass(frozen=True)
class Tables:
    """The three seeds. `weights` is by kind and term, `categories` by category and term, `settings` by name."""

    weights: dict[str, dict[str, float]]
    categories: dict[str, dict[str, float]]
    settings: dict[str, float]


@dataclass(frozen=True)
class Tokens:
    """The words of a text and the signs after them (`?`, `!`, `!!`)."""

    words: list[str]
    signs: list[str]

    @property
    def all(self) -> list[str]:
        """Words, then signs."""
        return self.words + self.signs


@dataclass(frozen=True)
class Prediction:
    """What a text says. `tone`, `label`, `nature` and `category` are None where it does not."""

    tone: float | None
    confidence: float
    label: str | None
    nature: str | None
    category: str | None
    deciding_words: str | None
    valence: float
    neutrality: float


def read_tables(directory: Path) -> Tables:
    """The seeds of a folder."""
    weights: dict[str, dict[str, float]] = {}
    for row in _rows(directory / "tone_terms.csv"):
        weights.setdefault(row["kind"], {})[row["term"]] = float(row["weight"])
    categories: dict[str, dict[str, float]] = {}
    for row in _rows(directory / "issue_categories.csv"):
        categories.setdefault(row["issue_category"], {})[row["term"]] = float(row["weight"])
    settings = {row["setting"]: float(row["value"]) for row in _rows(directory / "text_settings.csv")}
    return Tables(weights, categories, settings)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def lowered(text: str) -> str:
    """Lower case, one character at a time, as a database does it."""
    if text.isascii():
        return text.lower()
    return "".join(character.lower()[0] for character in text)


def tokenise(text: str, settings: dict[str, float]) -> Tokens:
    """The tokens of the text's first `text_characters` characters, at most `text_words` of them."""
    text = text[: int(settings["text_characters"])]
    signs = [sign for sign, is_there in _signs(text) if is_there]
    text = text.replace("://", " ")
    for word, emoticons in EMOTICONS:
        for emoticon in emoticons:
            text = text.replace(emoticon, f" {word} ")
    text = HEART.sub(r" emoticonheart \1", text)
    text = lowered(text.translate(APOSTROPHES))
    return Tokens(TOKEN.findall(text)[: int(settings["text_words"])], signs)


def _signs(text: str) -> tuple[tuple[str, bool], ...]:
    return ("?", "?" in text), ("!", "!" in text), ("!!", text.count("!") > 2)


def modifiers(tokens: list[str], tables: Tables) -> list[tuple[float, float, float]]:
    """Amplification, negation and contrast of an occurrence that begins at each token."""
    settings, weights = tables.settings, tables.weights
    intensifiers, negators = weights.get("intensifier", {}), weights.get("negator", {})
    contrasts = weights.get("contrast", {})
    fade, flip = settings["intensifier_fade"], 1 + settings["negation"]
    stronger = [intensifiers.get(token, 0.0) for token in tokens]
    negated = [1 - negators[token] * flip if token in negators else 1.0 for token in tokens]
    last_contrast = max((place for place, token in enumerate(tokens) if token in contrasts), default=None)
    result = []
    for place in range(len(tokens)):
        amplification, negation = 1.0, 1.0
        for distance in range(1, min(place, MODIFIER_REACH) + 1):
            if distance <= INTENSIFIER_REACH and stronger[place - distance]:
                amplification += stronger[place - distance] * fade ** (distance - 1)
            negation *= negated[place - distance]
        contrast = 1.0
        if last_contrast is not None and place != last_contrast:
            contrast = settings["contrast_before" if place < last_contrast else "contrast_after"]
        result.append((amplification, negation, contrast))
    return result


def length_share(words: int, settings: dict[str, float]) -> float:
    """What the sums of a text of so many words are divided by."""
    return max(1.0, words / settings["length_words"]) ** settings["length_power"]


def exclaimed(tokens: Tokens, settings: dict[str, float]) -> float:
    """What valence is multiplied by for exclamation marks."""
    if "!!" in tokens.signs:
        return 1 + 2 * settings["exclamation"]
    return 1 + settings["exclamation"] if "!" in tokens.signs else 1.0


def occurrences(tokens: Tokens) -> list[tuple[int, str]]:
    """Each token and each pair of neighbouring words, with its place."""
    words = tokens.words
    pairs = [(place, f"{words[place]} {words[place + 1]}") for place in range(len(words) - 1)]
    return [*enumerate(tokens.all), *pairs]


def three_way(valence: float, neutrality: float) -> tuple[float, str]:
    """P(positive) - P(negative) of logits -v, u, v, and the largest's label."""
    top = max(abs(valence), neutrality)
    positive, negative = math.exp(valence - top), math.exp(-valence - top)
    tone = (positive - negative) / (positive + negative + math.exp(neutrality - top))
    # Rounded, so that a tie is one in whatever order the sums were added up.
    if round(neutrality, 9) >= round(abs(valence), 9) or valence == 0:
        return tone, "neutral"
    return tone, "positive" if valence > 0 else "negative"


def predict(text: str | None, tables: Tables) -> Prediction:
    """Tone, nature, category and the words that decided."""
    settings, weights = tables.settings, tables.weights
    tokens = tokenise(text or "", settings)
    if not tokens.all:
        return Prediction(None, 0.0, None, None, None, None, 0.0, 0.0)
    found = occurrences(tokens)
    at = modifiers(tokens.all, tables)
    share = length_share(len(tokens.words), settings)

    felt = []
    for place, term in found:
        if term in weights["valence"]:
            amplification, negation, contrast = at[place]
            strength = weights["valence"][term] * amplification * negation * contrast
            felt.append((place, term, strength, negation < 0))
    valence = sum(strength for _, _, strength, _ in felt) * exclaimed(tokens, settings) / share
    base = settings["neutral_base"]
    neutrality = base + _total(found, weights.get("neutral", {})) / share
    tone, label = three_way(valence, neutrality)

    nature = None
    evidence_terms = {kind: weights.get(kind, {}) for kind in NATURES}
    if felt or any(term in terms for _, term in found for terms in evidence_terms.values()):
        feeling = {"grievance": max(-valence, 0.0), "commendation": max(valence, 0.0)}
        evidence = {
            kind: settings[f"nature_{kind}"]
            + _total(found, terms) / share
            + settings["nature_feeling"] * feeling.get(kind, 0.0)
            for kind, terms in evidence_terms.items()
        }
        nature = max(NATURES, key=lambda kind: round(evidence[kind], 9))
    totals = {name: _total(found, terms) for name, terms in sorted(tables.categories.items())}
    category = max(totals, key=lambda name: totals[name], default=None)
    if category is not None and totals[category] < settings["category_least"]:
        category = None
    return Prediction(
        tone if felt else 0.0,
        len(felt) / (len(felt) + settings["confidence_terms"]),
        label if felt else "neutral",
        nature,
        category,
        _deciding(felt, tables),
        valence,
        neutrality,
    )


def _total(found: list[tuple[int, str]], weights: dict[str, float]) -> float:
    # Rounded, so that 0.7 + 0.1 + 0.2 is 1, as it is where decimals are added.
    return round(sum(weights[term] for _, term in found if term in weights), 9)


def _deciding(felt: list[tuple[int, str, float, bool]], tables: Tables) -> str | None:
    negators = tables.weights.get("negator", {})
    strongest = sorted(felt, key=lambda each: (-round(abs(each[2]), 9), each[0], each[1]))
    said: list[str] = []
    for _, term, _, is_negated in strongest[: int(tables.settings["deciding_terms"])]:
        is_negated_pair = " " in term and term.split(" ")[0] in negators
        words = f"not {term}" if is_negated and not is_negated_pair else term
        if words not in said:
            said.append(words)
    return ", ".join(said[: int(tables.settings["deciding_words"])]) or None
