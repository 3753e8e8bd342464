"""What is done to the attention output o_k of one position: masking, amplifying, scaling (reconstructed).

o_k = m b + xi, b fixed and of mean square 1, xi of variance V. Masked: k sees itself alone. Amplified: m b + lam xi.
Scaled: lam (m b + xi), which the paper holds to keep the variance. The share is what of the normalised stream's power
is the write's variance, for embedding power e^2 and write gain g.
"""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, limit, solved, substituted
from corollary.theory.attention_sink.symbols import MEANINGS, V, e, g, k, lam, m, sigma

MASKED = ClosedForm(sigma**2, meanings=MEANINGS)
"""Variance of a position that sees itself alone: the first position's."""

CHANGED = ClosedForm(lam**2 * sigma**2 / k, meanings=MEANINGS)
"""Variance of position k under uniform attention, amplified or scaled by lam."""

PARITY = ClosedForm(sp.sqrt(k), meanings=MEANINGS)
"""The factor at which position k has the first position's variance."""

AMPLIFIED_SHARE = ClosedForm(g**2 * lam**2 * V / (e**2 + g**2 * (m**2 + lam**2 * V)), meanings=MEANINGS)
SCALED_SHARE = ClosedForm(g**2 * lam**2 * V / (e**2 + g**2 * lam**2 * (m**2 + V)), meanings=MEANINGS)
SCALED_LIMIT = ClosedForm(V / (m**2 + V), meanings=MEANINGS)
"""What scaling without end approaches; amplifying approaches 1."""


def changed() -> Derivation:
    """The variance that an intervention leaves."""
    mean, x = sp.symbols("mean x", real=True)
    return Derivation(
        "changed-variance",
        "Amplifying and scaling by lam raise the variance alike, by lam^2",
        "reconstructed",
        (
            Step("scaled", lam * (mean + x), "x: the deviation from the mean over sequences"),
            Step(
                "its slope", lam, "in x: the same as that of mean + lam x", check=derived(lambda form: sp.diff(form, x))
            ),
            Step(
                "variance",
                CHANGED.expression,
                "slope squared times the variance sigma^2 / k of a uniform mean",
                check=derived(lambda form: form**2 * sigma**2 / k),
            ),
            Step(
                "over the first position's",
                CHANGED.expression - sigma**2,
                "parity where this vanishes",
                check=derived(lambda form: form - sigma**2),
            ),
            Step("parity", PARITY.expression, "solved for lam", check=solved(lam)),
        ),
        PARITY,
    )


def shares() -> Derivation:
    """The share of power after RMSNorm, and its limits."""
    factor = sp.Symbol("factor", positive=True)
    power = e**2 + g**2 * (factor**2 * m**2 + lam**2 * V)
    return Derivation(
        "changed-share",
        "Scaling leaves the share below V / (m^2 + V), amplifying brings it to 1",
        "reconstructed",
        (
            Step("power", power, "embedding, mean times its factor, and deviation times lam"),
            Step(
                "share",
                g**2 * lam**2 * V / power,
                "the deviation's part of the power",
                check=derived(lambda form: g**2 * lam**2 * V / form),
            ),
            Step("amplified", AMPLIFIED_SHARE.expression, "the mean stays", check=substituted({factor: 1})),
            Step("amplified without end", sp.Integer(1), "lam to infinity", check=limit(lam, sp.oo)),
            Step("scaled", SCALED_SHARE.expression, "the mean grows too", substituted({factor: lam}), "share"),
            Step("scaled without end", SCALED_LIMIT.expression, "lam to infinity", check=limit(lam, sp.oo)),
            Step("without a mean", SCALED_SHARE.expression.subs(m, 0), "m = 0", substituted({m: 0}), "scaled"),
            Step(
                "one operation",
                AMPLIFIED_SHARE.expression.subs(m, 0),
                "amplifying and scaling are the same where the mean vanishes",
            ),
        ),
    )
