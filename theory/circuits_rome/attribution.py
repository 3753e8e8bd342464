"""What attribution sees of R equal copies behind a saturating readout y = tanh(c sum g_i), all gates at 1."""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

R, c = sp.symbols("R c", positive=True)
_MEANINGS = {"R": "copies", "c": "what one adds to the readout's input"}

GRADIENT = ClosedForm(c / sp.cosh(c * R) ** 2, meanings=_MEANINGS)
"""Of one gate (EAP)."""

ABLATED = ClosedForm(sp.tanh(c * R) - sp.tanh(c * (R - 1)), meanings=_MEANINGS)
"""Loss by closing one gate."""

INTEGRATED = ClosedForm(sp.tanh(c * R) / R, meanings=_MEANINGS)
"""Gradient of one gate integrated along all gates opening together (EAP-IG)."""


def gradient() -> Derivation:
    """At all gates open, and along the way."""
    total, u = sp.symbols("total u", positive=True)
    return Derivation(
        "hidden-copies",
        "The gradient forgets copies that the integral keeps",
        "reconstructed",
        (
            Step("readout", sp.tanh(c * total), "total: sum of the gates"),
            Step("slope", c / sp.cosh(c * total) ** 2, "in one gate", check=derived(lambda f: sp.diff(f, total))),
            Step("at 1", GRADIENT.expression, "all R gates open", check=derived(lambda f: f.subs(total, R))),
            Step(
                "along the way",
                INTEGRATED.expression,
                "gates at u, averaged over u in [0, 1]",
                check=derived(lambda f: sp.integrate(sp.diff(sp.tanh(c * R * u), u) / R, (u, 0, 1))),
                follows="slope",
            ),
        ),
        INTEGRATED,
    )
