"""docs/tone.md: its worked example, recomputed."""

import re
import sys

import pytest
from harness import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
from training import twin

PAGE = (ROOT / "docs" / "tone.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"Take `([^`]+)`", PAGE)[1]


@pytest.fixture(scope="module")
def tables():
    return twin.read_tables(ROOT / "seeds" / "rules")


def test_the_example_lists_every_term_that_counts(tables):
    tokens = twin.tokenise(EXAMPLE, tables.settings)
    at = twin.modifiers(tokens.all, tables)
    weights = tables.weights["valence"]
    expected = []
    for place, term in sorted(twin.occurrences(tokens)):
        if term in weights:
            amplification, negation, contrast = at[place]
            factor = amplification * negation * contrast
            expected.append((term, f"{weights[term]:g}", f"× {factor:g}", f"{weights[term] * factor:.4f}"))
    rows = re.findall(r"^\| ([^|]+) \| (-?[\d.]+) \| (× [\d.-]+) \| (-?[\d.]+) \|$", PAGE, re.MULTILINE)
    assert rows == expected


def test_the_example_ends_with_the_tone_it_has(tables):
    found = twin.predict(EXAMPLE, tables)
    assert f"v = {found.valence:.4f}" in PAGE
    assert f"u = {found.neutrality:.4f}" in PAGE
    assert f"**{found.tone:.4f}**" in PAGE
    assert f"label: {found.label}" in PAGE
    assert f"= {found.confidence:.2f}" in PAGE
    assert f"decided: `{found.deciding_words}`" in PAGE
    assert f"v say `{found.nature}`" in PAGE.replace("\n", " ")
    assert f"`category_least`: `{found.category}`" in PAGE
