"""Answers that steering puts right and wrong (reconstructed). plus: wrong to right, minus: right to wrong, of N; the
side-effect ratio is minus / (plus + minus)."""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

plus, minus, N, changed, A = sp.symbols("plus minus N changed A", positive=True)
K = sp.Symbol("K", positive=True)
gain = sp.Symbol("gain", real=True)
MEANINGS = {
    "plus": "answers put right", "minus": "answers put wrong", "N": "answers", "gain": "change of the accuracy",
    "changed": "answers put right or wrong", "A": "accuracy without steering", "K": "options",
}  # fmt: skip

RATIO = ClosedForm(minus / (plus + minus), meanings=MEANINGS)
BY_GAIN = ClosedForm((1 - N * gain / changed) / 2, meanings=MEANINGS)
"""The ratio by the accuracy's gain and how many answers changed."""
RANDOM = ClosedForm(A / (A + (1 - A) / (K - 1)), meanings=MEANINGS)
"""Of answers that are replaced by another option at random."""
MCNEMAR = ClosedForm((plus - minus) / sp.sqrt(plus + minus), meanings=MEANINGS)
"""About N(0, 1) where steering has no effect."""


def side_effects() -> Derivation:
    """The ratio, by the gain."""
    return Derivation(
        "side-effects",
        "A side-effect ratio says what the accuracy and the number of changes say",
        "reconstructed",
        (
            Step("ratio", RATIO.expression, "answers put wrong over answers changed"),
            Step(
                "by the gain",
                BY_GAIN.expression,
                "plus = (changed + N gain)/2, minus = (changed - N gain)/2",
                check=derived(
                    lambda f: f.subs(
                        {plus: (changed + N * gain) / 2, minus: (changed - N * gain) / 2}, simultaneous=True
                    )
                ),
            ),
        ),
        BY_GAIN,
    )
