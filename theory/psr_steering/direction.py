"""How far estimated directions lie from the true one (reconstructed). Delta_j = g_j z + sigma xi_j, xi ~ N(0, I_d), n
tokens; sin^2 = y / (1 + y) with y to leading order in 1/n. first, second: E g and E g^2."""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

d, n, sigma, first, second = sp.symbols("d n sigma first second", positive=True)
MEANINGS = {
    "d": "width", "n": "tokens", "sigma": "noise of each coordinate", "first": "mean of the gate",
    "second": "mean of its square",
}  # fmt: skip

_noise = (d - 1) * sigma**2 / n


def _sine(y: sp.Expr) -> ClosedForm:
    return ClosedForm(y / (1 + y), meanings=MEANINGS)


MEAN_DIFFERENCE = _sine(_noise / first**2)
WEIGHTED = _sine(_noise / second)
"""Least squares, the gates known."""
SINGULAR = _sine(_noise * (second + sigma**2) / second**2)
"""Top singular vector of what is not centred."""


def ratio() -> Derivation:
    """Of the two leading terms."""
    return Derivation(
        "direction-tokens",
        "The mean difference needs 1 / kappa times as many tokens",
        "reconstructed",
        (
            Step("mean difference over least squares", (_noise / first**2) / (_noise / second), "to leading order"),
            Step("1 / kappa", second / first**2, "whatever the width, the noise and the number of tokens"),
            Step("half-open gate", sp.pi, "E g = 1 / sqrt(2 pi), E g^2 = 1/2", check=derived(
                lambda f: f.subs({first: 1 / sp.sqrt(2 * sp.pi), second: sp.Rational(1, 2)})
            )),
        ),
        ClosedForm(sp.pi),
    )  # fmt: skip
