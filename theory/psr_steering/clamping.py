"""Clamping the projection to a set point against adding a constant (reconstructed). g = max(a, 0), a = w.h + b;
v = Var(u.h), c = w' Sigma u, s^2 = w' Sigma w, m = E a. Clamping leaves Var(g + u.h), a constant Var g."""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived
from corollary.theory.psr_steering.gate import FIRST, MEANINGS, SECOND, cdf, m, s

v, g = sp.symbols("v g", positive=True)
c, cov = sp.symbols("c cov", real=True)
_MEANINGS = MEANINGS | {"v": "variance of the projection", "c": "covariance of pre-activation and projection"}

VARIANCE = ClosedForm(SECOND.expression - FIRST.expression**2, meanings=MEANINGS)
"""What a constant leaves."""
CLAMPED = ClosedForm(VARIANCE.expression + v + 2 * c * cdf(m / s), meanings=_MEANINGS)
"""What clamping leaves."""


def clamped() -> Derivation:
    """From the variance of a sum; the covariance by Stein's lemma."""
    return Derivation(
        "clamping",
        "Clamping beats a constant where the effect falls with the projection",
        "reconstructed",
        (
            Step("more than a constant leaves", g + v + 2 * cov - g, "Var(g + u.h) - Var g"),
            Step("sum", v + 2 * cov, "negative where Cov(g, u.h) < -v / 2"),
            Step(
                "Stein",
                v + 2 * c * cdf(m / s),
                "cov = c Phi(m / s)",
                check=derived(lambda f: f.subs(cov, c * cdf(m / s))),
            ),
        ),
        ClosedForm(v + 2 * c * cdf(m / s), meanings=_MEANINGS),
    )
