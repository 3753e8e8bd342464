"""The largest or the mean activation over T tokens (reconstructed). A token fires with probability lam1 on successes
and lam0 on failures, independently and with activation 1; pi: share of successes."""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, limit

lam1, lam0, pi = sp.symbols("lam1 lam0 pi", positive=True)
T = sp.Symbol("T", positive=True, integer=True)
MEANINGS = {
    "lam1": "rate of firing on successes", "lam0": "on failures", "T": "tokens", "pi": "share of successes"
}  # fmt: skip

_fires1, _fires0 = 1 - (1 - lam1) ** T, 1 - (1 - lam0) ** T
_fires = pi * _fires1 + (1 - pi) * _fires0
_fair = sp.sqrt(pi * (1 - pi))
_token = pi * lam1 * (1 - lam1) + (1 - pi) * lam0 * (1 - lam0)

MAX = ClosedForm(_fair * (_fires1 - _fires0) / sp.sqrt(_fires * (1 - _fires)), meanings=MEANINGS)
"""Correlation of the largest activation with success."""
MEAN = ClosedForm(_fair * (lam1 - lam0) / sp.sqrt(_token / T + pi * (1 - pi) * (lam1 - lam0) ** 2), meanings=MEANINGS)
"""Of the mean activation."""
RATIO = ClosedForm(_fires1 / lam1, meanings=MEANINGS)
"""Mean of the largest activation on successes over that of the mean one."""


def ratio() -> Derivation:
    """Of the two coefficients."""
    return Derivation(
        "pooled-coefficient",
        "What pooling by the largest activation multiplies a coefficient by",
        "reconstructed",
        (
            Step("ratio", RATIO.expression, "P(some token fires) over the rate"),
            Step("rare", T, "lam1 to 0: as many times larger as there are tokens", check=limit(lam1, 0)),
        ),
        ClosedForm(T),
    )


def one_token() -> Derivation:
    """Where there is one token all pooling is the same."""
    mixed = pi * lam1 + (1 - pi) * lam0
    return Derivation(
        "one-token",
        "Of one token the largest activation is the mean one",
        "reconstructed",
        (
            Step("mean", MEAN.expression, "by the law of total variance"),
            Step(
                "one token",
                MAX.expression.subs(T, 1),
                "T = 1: variances within and between classes are those of a Bernoulli variable",
                check=derived(lambda f: f.subs(T, 1)),
            ),
            Step("simplified", _fair * (lam1 - lam0) / sp.sqrt(mixed * (1 - mixed)), "a correlation of two bits"),
        ),
        ClosedForm(_fair * (lam1 - lam0) / sp.sqrt(mixed * (1 - mixed)), meanings=MEANINGS),
        domain={name: lambda source, shape: source.uniform(0.05, 0.95) for name in ("lam1", "lam0", "pi")},
    )
