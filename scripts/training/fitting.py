"""The weights of terms by penalised logistic regression, pulled towards what was known before.

Three classes with the logits -v, u, v; v and u are linear in the terms' weights. A text of a source without a neutral
class is judged between the other two alone: P(positive) = 1 / (1 + exp(-2v)). A weight is scale * prior + difference,
and the squared differences are penalised; the two scales and the base of u are free.
"""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from scipy import optimize, sparse

from training import twin
from training.labelled import NEUTRAL, POSITIVE, Texts

# What masking leaves in the place of what it hides.
NEVER_LEARNED = {"email", "phone", "card", "account"}


@dataclass(frozen=True)
class Prior:
    """What is known of valence and neutrality before a text is seen, by term, and how sure it is."""

    valence: dict[str, float] = field(default_factory=dict)
    neutral: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Penalties:
    """L2 penalties of the differences, for terms with a prior and for new ones; what a new term has to be.

    A new term stands in at least `least_texts` texts and is none of `not_learned`.
    """

    known: float = 1.0
    new: float = 1.0
    least_texts: int = 2
    not_learned: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Read:
    """A text as the trainer sees it: the strength of each occurrence, for valence and for neutrality."""

    terms: list[str]
    felt: list[float]
    said: list[float]


@dataclass(frozen=True)
class Learned:
    """Weights by term and the base of neutrality."""

    valence: dict[str, float]
    neutral: dict[str, float]
    neutral_base: float


def read(text: str, tables: twin.Tables) -> Read:
    """What a text's terms would be multiplied by."""
    tokens = twin.tokenise(text, tables.settings)
    at = [a * g * c for a, g, c in twin.modifiers(tokens.all, tables)]
    share = twin.length_share(len(tokens.words), tables.settings)
    loud = twin.exclaimed(tokens, tables.settings) / share
    found = twin.occurrences(tokens)
    return Read(
        [term for _, term in found],
        # Signs have no valence of their own: exclamation marks have a setting.
        [0.0 if term in ("?", "!", "!!") else at[place] * loud for place, term in found],
        [1 / share] * len(found),
    )


def vocabulary(reads: list[Read], prior: Prior, penalties: Penalties) -> list[str]:
    """The terms to weigh: those known before that occur, and those in at least so many texts."""
    counts = Counter(term for each in reads for term in set(each.terms))
    known = prior.valence.keys() | prior.neutral.keys()
    return sorted(
        term
        for term, texts in counts.items()
        if term in known
        or (
            texts >= penalties.least_texts
            and term not in penalties.not_learned
            and not NEVER_LEARNED & set(term.split(" "))
        )
    )


def matrices(reads: list[Read], terms: list[str]) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Texts by terms, for valence and for neutrality."""
    place_of = {term: place for place, term in enumerate(terms)}
    rows, columns, felt, said = [], [], [], []
    for row, each in enumerate(reads):
        for term, of_valence, of_neutrality in zip(each.terms, each.felt, each.said, strict=True):
            if term in place_of:
                rows.append(row)
                columns.append(place_of[term])
                felt.append(of_valence)
                said.append(of_neutrality)
    shape = (len(reads), len(terms))
    return tuple(sparse.csr_matrix((values, (rows, columns)), shape=shape) for values in (felt, said))


def fit(texts: Texts, reads: list[Read], prior: Prior, penalties: Penalties) -> Learned:
    """The weights that fit the texts, as far as the penalties let them leave the prior."""
    terms = vocabulary(reads, prior, penalties)
    felt, said = matrices(reads, terms)
    prior_felt = np.array([prior.valence.get(term, 0.0) for term in terms])
    prior_said = np.array([prior.neutral.get(term, 0.0) for term in terms])
    known = np.array([term in prior.valence or term in prior.neutral for term in terms])
    pulls = np.where(known, penalties.known, penalties.new)
    felt_before, said_before = felt @ prior_felt, said @ prior_said
    two_way = texts.is_two_way
    is_neutral, sign = texts.labels == NEUTRAL, np.where(texts.labels == POSITIVE, 1.0, -1.0)
    count = len(terms)
    felt_turned, said_turned = felt.T.tocsr(), said.T.tocsr()

    def loss(free: np.ndarray) -> tuple[float, np.ndarray]:
        valence_scale, neutral_scale, base = free[:3]
        felt_change, said_change = free[3 : 3 + count], free[3 + count :]
        v = valence_scale * felt_before + felt @ felt_change
        u = base + neutral_scale * said_before + said @ said_change
        u = np.where(two_way, -np.inf, u)
        total = np.logaddexp(np.logaddexp(v, -v), u)
        chosen = np.where(is_neutral, u, sign * v)
        p_neutral, p_positive, p_negative = np.exp(u - total), np.exp(v - total), np.exp(-v - total)
        v_slope = p_positive - p_negative - np.where(is_neutral, 0.0, sign)
        u_slope = np.where(two_way, 0.0, p_neutral - is_neutral)
        penalty = 0.5 * (pulls @ felt_change**2 + pulls @ said_change**2)
        slopes = np.concatenate(
            (
                [v_slope @ felt_before, u_slope @ said_before, u_slope.sum()],
                felt_turned @ v_slope + pulls * felt_change,
                said_turned @ u_slope + pulls * said_change,
            )
        )
        # The scales are kept near 1 just enough to have a value where nothing known occurs.
        near = free[:3] - np.array([1.0, 1.0, 0.0])
        slopes[:3] += 1e-3 * near
        return float((total - chosen).sum() + penalty + 0.5e-3 * near @ near), slopes

    start = np.concatenate(([1.0, 1.0, 0.0], np.zeros(2 * count)))
    best = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300, "ftol": 1e-7}).x
    valence = {term: best[0] * weight for term, weight in prior.valence.items()}
    neutral = {term: best[1] * weight for term, weight in prior.neutral.items()}
    for place, term in enumerate(terms):
        valence[term] = best[0] * prior_felt[place] + best[3 + place]
        neutral[term] = best[1] * prior_said[place] + best[3 + count + place]
    return Learned(valence, neutral, float(best[2]))
