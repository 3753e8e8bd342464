"""Redundant heads: what a readout loses with one of R copies, against what the read says of each (reconstructed).

Readout: softmax over V tokens, the right one at logit c R, the others at 0.
"""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, substituted

R, V = sp.symbols("R V", integer=True, positive=True)
c = sp.Symbol("c", positive=True)
_MEANINGS = {"R": "copies", "V": "tokens", "c": "logit that one copy adds"}

ABLATED = ClosedForm(1 / (1 + (V - 1) * sp.exp(-c * R)) - 1 / (1 + (V - 1) * sp.exp(-c * (R - 1))), meanings=_MEANINGS)
"""Probability lost without one copy."""


def saturation() -> Derivation:
    """From the softmax."""
    x = sp.Symbol("x", positive=True)
    told = 1 / (1 + (V - 1) * sp.exp(-c * x))
    return Derivation(
        "lost-copy",
        "What a softmax loses with one of R copies vanishes with R",
        "reconstructed",
        (
            Step("softmax", sp.exp(c * x) / (sp.exp(c * x) + V - 1), "probability with x copies"),
            Step("odds", told, "over e^(c x)"),
            Step(
                "lost",
                ABLATED.expression,
                "at R less at R - 1",
                check=derived(lambda f: f.subs(x, R) - f.subs(x, R - 1)),
            ),
            Step(
                "one copy",
                (1 - sp.exp(-c)) * (V - 1) / V / (1 + (V - 1) * sp.exp(-c)),
                "R = 1",
                check=substituted({R: 1}),
            ),
        ),
        ClosedForm((1 - sp.exp(-c)) * (V - 1) / V / (1 + (V - 1) * sp.exp(-c)), meanings=_MEANINGS),
    )
