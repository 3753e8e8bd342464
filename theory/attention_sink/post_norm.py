"""What of a variance difference is left after the residual stream is normalised (reconstructed)."""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, limit, substituted
from corollary.theory.attention_sink.symbols import MEANINGS, V, g, m, s, t

TOTAL = ClosedForm(1 + g**2 * V, meanings=MEANINGS)
"""Variance of a coordinate of embedding + g times attention output, both through random unit-variance maps."""

FIRST_OVER_LATE = ClosedForm((1 + g**2) / (1 + g**2 / t), meanings=MEANINGS)
"""First position over position t, uniform attention, values of variance 1."""

SHARE = ClosedForm(s**2 / (m**2 + s**2), meanings=MEANINGS)
"""Variance over sequences of a coordinate of RMSNorm(m b + s xi), b fixed and of mean square 1, wide streams."""


def ratio() -> Derivation:
    """How far the first position stands out before a norm: boundedly."""
    return Derivation(
        "first-over-late",
        "Before a norm the first position's variance exceeds a late one's by at most 1 + g^2",
        "reconstructed",
        (
            Step("variance", TOTAL.expression, "embedding and write are uncorrelated"),
            Step(
                "ratio",
                FIRST_OVER_LATE.expression,
                "V = 1 at the first position, 1/t later",
                check=derived(lambda form: form.subs(V, 1) / form.subs(V, 1 / t)),
            ),
            Step("far", 1 + g**2, "t to infinity", check=limit(t, sp.oo)),
        ),
    )


def share() -> Derivation:
    """After a norm, power is equal everywhere: what is left is a share."""
    return Derivation(
        "post-norm-share",
        "After RMSNorm the variance is the share of power around the mean",
        "reconstructed",
        (
            Step("power", m**2 + s**2, "mean square of m b + s xi, b and xi of mean square 1 and uncorrelated"),
            Step("share", SHARE.expression, "divided by the power", check=derived(lambda form: s**2 / form)),
            Step(
                "no mean",
                sp.Integer(1),
                "without a fixed direction every position has variance 1",
                check=substituted({m: 0}),
            ),
        ),
    )
