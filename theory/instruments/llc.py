"""How often a standard error from the spread over chains covers the coefficient that they estimate."""

from __future__ import annotations

import sympy as sp

from corollary import ClosedForm

chains = sp.Symbol("chains", integer=True, positive=True)
_FREEDOM = chains - 1

COVERED = ClosedForm(
    1 - sp.betainc_regularized(_FREEDOM / 2, sp.Rational(1, 2), 0, _FREEDOM / chains),
    meanings={"chains": "independent chains with Gaussian means, at least 2"},
)
"""P(|value - mean| < standard error): that of Student's t with chains - 1 degrees of freedom to stay below 1. A half
for 2 chains, .683 for many."""
