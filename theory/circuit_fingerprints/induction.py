"""The fingerprint of compiled induction: R1 previous-token heads, R2 induction heads, attention saturated
(reconstructed).

The answer alone: every head attends to it and copies it, so that the difference of two answers' one-hots e stands in
the token part once, in the previous-token part R1 times, in the output part R2 times.
"""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, substituted

R1, R2 = sp.symbols("R1 R2", integer=True, positive=True)
_MEANINGS = {"R1": "previous-token heads", "R2": "induction heads"}
_LENGTH = sp.sqrt(1 + R1**2 + R2**2)

COSINE = ClosedForm(R2 / _LENGTH, meanings=_MEANINGS)
"""Of the fingerprint and the difference of the unembedding's columns."""

BEHIND_BOS = ClosedForm(R2 / sp.sqrt(4 + R2**2), meanings={"R2": _MEANINGS["R2"]})
"""The same when BOS stands before the answer: previous-token heads then copy BOS, induction heads half of each."""

SCORE = ClosedForm(sp.sqrt(2) * R2 / _LENGTH, meanings=_MEANINGS)
"""Of an induction head, whichever channel the corruption changes."""

LINK = ClosedForm(SCORE.expression / R1, meanings=_MEANINGS)
"""Of an edge from a previous-token head to an induction head's keys, keys corrupted."""

THROUGH = ClosedForm(R2 * SCORE.expression / R1, meanings=_MEANINGS)
"""Importance of a previous-token head, keys corrupted."""

FOUND = ClosedForm((R2 + R1 * R2) / (R1 + R2 + R1 * R2), meanings=_MEANINGS)
"""Recall of the read, keys corrupted: the outputs and links, and not what previous-token heads read."""

FOUND_LAST = ClosedForm(R2 / (R1 + R2 + R1 * R2), meanings=_MEANINGS)
"""The same at the last position alone: outputs only."""

SPURIOUS = ClosedForm(2 * R2 / (2 * R2 + 1), meanings={"R2": _MEANINGS["R2"]})
"""Precision, queries corrupted: the query's own embedding has a part along the fingerprint that nothing reads."""


def score() -> Derivation:
    """From lengths of one-hot differences."""
    e = sp.Symbol("e", positive=True)
    length = sp.sqrt(e + R1**2 * e + R2**2 * e)
    return Derivation(
        "induction-score",
        "What an induction head writes along the fingerprint",
        "reconstructed",
        (
            Step("length", length, "e = |difference of two one-hots|^2, in three parts, 1, R1 and R2 times"),
            Step(
                "inner product",
                R2 * e / length,
                "an induction head writes the difference once, into the output part",
                check=derived(lambda f: R2 * e / f),
            ),
            Step("score", SCORE.expression, "e = 2", check=substituted({e: 2})),
            Step(
                "cosine",
                COSINE.expression,
                "over the length of what it writes, sqrt(2)",
                check=derived(lambda f: f / sp.sqrt(2)),
            ),
        ),
        COSINE,
    )


def recall() -> Derivation:
    """Edges that carry a change of keys, and those that the read finds."""
    return Derivation(
        "induction-recall",
        "What the read finds of induction when keys are corrupted",
        "reconstructed",
        (
            Step("carry", R1 + R2 + R1 * R2, "values of previous-token heads, outputs of induction heads, and links"),
            Step(
                "found",
                R2 + R1 * R2,
                "previous-token heads read elsewhere than where they are read from",
                check=derived(lambda f: f - R1),
            ),
            Step("recall", FOUND.expression, "their ratio", check=derived(lambda f: f / (f + R1))),
        ),
        FOUND,
    )
