"""One large channel: the dominance ratio, the collapse that RMSNorm makes of it, and the key that it fixes.

x = lam e_c + bulk, lam > 0 in channel c and N(0, tau^2) in the d - 1 others. Formula of the ratio: arXiv 2605.06611;
the rest reconstructed. Wide streams, and lam above the bulk's maximum, about tau sqrt(2 ln d).
"""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, solved, stated, substituted
from corollary.theory.attention_sink.symbols import MEANINGS, d, lam, tau

R, c_norm, others_norm = sp.symbols("R c_norm others_norm", positive=True)
_MEANINGS = {
    **MEANINGS,
    "R": "dominance ratio",
    "c_norm": "squared norm of the large channel's row of gain times W_K",
    "others_norm": "sum of the squared norms of the other rows",
}
BULK = sp.sqrt(2 / sp.pi) * tau
"""Mean size of a channel of the bulk."""

RATIO = ClosedForm(d * lam / (lam + (d - 1) * BULK), meanings=_MEANINGS)
"""Largest channel over the mean of all."""

RATIO_TO_OTHERS = ClosedForm(lam / BULK, meanings=_MEANINGS)
"""Largest channel over the mean of the others."""

COSINE = ClosedForm(lam / sp.sqrt(lam**2 + (d - 1) * tau**2), meanings=_MEANINGS)
"""Cosine of x with channel c."""

NORMALISED = ClosedForm(sp.sqrt(d) * lam / sp.sqrt(lam**2 + (d - 1) * tau**2), meanings=_MEANINGS)
"""Channel c after RMSNorm."""

SIZE = ClosedForm(sp.sqrt(2 / sp.pi) * (d - 1) * R / (d - R), meanings=_MEANINGS)
"""lam / tau that gives the ratio R."""

KEY_ERROR = ClosedForm(tau**2 / lam**2 * others_norm / c_norm, meanings=_MEANINGS)
"""Mean squared distance of the key from the large channel's part of it, over that part's squared norm."""


def ratio() -> Derivation:
    """The ratio of a Gaussian bulk and its inverse."""
    z = sp.Symbol("z", positive=True)
    return Derivation(
        "dominance-ratio",
        "How large a channel has to be for a dominance ratio of R",
        "arXiv 2605.06611, DomRatio",
        (
            Step("half", tau * z * sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi), "size times density of a bulk channel"),
            Step(
                "bulk",
                BULK,
                "integrated over both halves",
                check=derived(lambda form: 2 * sp.integrate(form, (z, 0, sp.oo))),
            ),
            Step(
                "ratio",
                RATIO.expression,
                "over the mean of d channels, whose fluctuation is of order 1/sqrt(d)",
                check=derived(lambda form: d * lam / (lam + (d - 1) * form)),
            ),
            Step("as an equation", R - RATIO.expression.subs(lam, tau * lam), "lam in units of tau", check=stated),
            Step("size", SIZE.expression, "solved for lam / tau", check=solved(lam)),
        ),
        SIZE,
        domain={"R": lambda source, shape: source.uniform(0.1, 0.9), "d": lambda source, shape: source.randint(2, 99)},
    )


def collapse() -> Derivation:
    """RMSNorm of a stream with one large channel."""
    return Derivation(
        "collapse",
        "RMSNorm sends the large channel to sqrt(d) times the cosine",
        "reconstructed",
        (
            Step("square", lam**2 + (d - 1) * tau**2, "mean squared norm"),
            Step("cosine", COSINE.expression, "channel over norm", check=derived(lambda form: lam / sp.sqrt(form))),
            Step(
                "normalised",
                NORMALISED.expression,
                "RMS = norm / sqrt(d)",
                check=derived(lambda form: sp.sqrt(d) * form),
            ),
        ),
        NORMALISED,
    )


def key_error() -> Derivation:
    """How far the key is from a row of W_K."""
    rows = sp.symbols("w_1:4", positive=True)
    draws = sp.symbols("eta_1:4", real=True)
    squared = sum(sp.expand((tau * draw * row) ** 2) for draw, row in zip(draws, rows, strict=True))
    total = sum(row**2 for row in rows)
    return Derivation(
        "key-error",
        "The key deviates from the large channel's row by (tau / lam)^2 times the ratio of the rows' squares",
        "reconstructed",
        (
            Step(
                "deviation",
                squared,
                "squared norm of sum eta_j tau w_j over three other channels, cross terms of mean 0 left out; the "
                "common factor sqrt(d) / |x| drops out of the ratio",
            ),
            Step(
                "averaged",
                tau**2 * others_norm,
                "E eta^2 = 1",
                check=derived(lambda form: form.subs(dict.fromkeys(draws, 1)).subs(total, others_norm)),
                where=((others_norm, total),),
            ),
            Step(
                "relative",
                tau**2 * total / (lam**2 * c_norm),
                "over the squared norm lam^2 c_norm of the large channel's part",
                check=derived(lambda form: form / (lam**2 * c_norm)),
            ),
            Step(
                "in the rows' squares",
                KEY_ERROR.expression,
                "others_norm = sum of w_j^2",
                check=substituted({rows[2] ** 2: others_norm - rows[0] ** 2 - rows[1] ** 2}),
            ),
        ),
        KEY_ERROR,
    )
