"""How often a Gaussian query has a positive product with a key (reconstructed)."""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

product = sp.Symbol("product", real=True)
spread = sp.Symbol("spread", positive=True)
POSITIVE = ClosedForm(
    (1 + sp.erf(product / (sp.sqrt(2) * spread))) / 2,
    meanings={"product": "mean of the product of query and key", "spread": "its deviation over queries"},
)
"""Share of queries with q . k > 0."""


def positive() -> Derivation:
    """A Gaussian's mass above 0."""
    x = sp.Symbol("x", real=True)
    density = sp.exp(-((x - product) ** 2) / (2 * spread**2)) / (spread * sp.sqrt(2 * sp.pi))
    return Derivation(
        "positive-queries",
        "The share of queries that a key attracts is Phi(mean / deviation)",
        "reconstructed",
        (
            Step("density", density, "of q . k, a linear function of a Gaussian query"),
            Step(
                "positive",
                POSITIVE.expression,
                "integrated from 0",
                check=derived(lambda form: sp.integrate(form, (x, 0, sp.oo))),
            ),
        ),
        POSITIVE,
    )
