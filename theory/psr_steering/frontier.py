"""Strength against coherence, solvable (reconstructed). With sig the logistic function, on tokens of the trait
P(trait) = sig(s - t); on others the share sig(delta s - m) leaks, delta the gate there over the gate on the trait;
coherence C = 1 - leakage. A constant has delta = 1."""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

t, m, s = sp.symbols("t m s", real=True)
C, delta = sp.symbols("C delta", positive=True)
MEANINGS = {"C": "coherence", "delta": "leak of the gate", "m": "margin of coherence", "t": "threshold of the trait"}


def logistic(at: sp.Expr) -> sp.Expr:
    return 1 / (1 + sp.exp(-at))


STRENGTH = ClosedForm((m + sp.log((1 - C) / C)) / delta, meanings=MEANINGS)
"""At which the coherence is C."""
TRAIT = ClosedForm(logistic(STRENGTH.expression - t), meanings=MEANINGS)
"""P(trait) there."""


def trait() -> Derivation:
    """From the strength at a coherence."""
    return Derivation(
        "frontier",
        "Trait at equal coherence, by the gate's leak",
        "reconstructed",
        (
            Step("coherence less C", (1 - logistic(delta * s - m)) - C, "of strength s"),
            Step("at that strength", sp.Integer(0), "none", check=derived(
                lambda f: sp.simplify(f.subs(s, STRENGTH.expression))
            )),
        ),
        ClosedForm(sp.Integer(0)),
    )  # fmt: skip
