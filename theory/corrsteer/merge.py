"""Moments of two blocks of samples, merged (reconstructed; Chan, Golub and LeVeque). Of block i: n_i samples, mean a_i
of one variable and b_i of the other, squares and products of deviations from them summed."""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step

n1, n2 = sp.symbols("n1 n2", positive=True)
a1, a2, b1, b2, C1, C2 = sp.symbols("a1 a2 b1 b2 C1 C2", real=True)
MEANINGS = {
    "n1": "samples of the first block", "n2": "of the second", "a1": "mean of a variable in the first",
    "a2": "in the second", "b1": "mean of the other variable in the first", "b2": "in the second",
    "C1": "products of deviations, summed over the first", "C2": "over the second",
}  # fmt: skip

MEAN = ClosedForm(a1 + (a2 - a1) * n2 / (n1 + n2), meanings=MEANINGS)
PRODUCTS = ClosedForm(C1 + C2 + (a2 - a1) * (b2 - b1) * n1 * n2 / (n1 + n2), meanings=MEANINGS)
"""Products of deviations from the joint means; squares where both variables are the same."""


def merged() -> Derivation:
    """From sums of products."""
    products = C1 + n1 * a1 * b1 + C2 + n2 * a2 * b2
    return Derivation(
        "merge",
        "Moments of two blocks give those of both, and no sum of squares is taken",
        "reconstructed",
        (
            Step(
                "sum of products less the means'",
                products - (n1 * a1 + n2 * a2) * (n1 * b1 + n2 * b2) / (n1 + n2),
                "a block's sum of products is C + n a b",
            ),
            Step("merged", PRODUCTS.expression, "what cancels never appears"),
        ),
        PRODUCTS,
    )
