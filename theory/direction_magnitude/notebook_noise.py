"""What the published notebook does in place of a rotation by a given chord (reconstructed from its code).

It draws one unit vector n a token, not orthogonal to the state, takes h' = r (u + kappa n) / |u + kappa n|, and bisects
one kappa in [0, 2] for all tokens, so that the mean of |h' - h| over tokens is delta. c = u.n.
"""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, equal, stated, substituted
from corollary.theory.direction_magnitude.symbols import MEANINGS, delta, r

kappa = sp.Symbol("kappa", positive=True)
c = sp.Symbol("c", real=True)
T = sp.Symbol("T", positive=True, integer=True)
R = sp.Symbol("R", positive=True)
MEANINGS = {
    **MEANINGS,
    "kappa": "noise mixed in, in units of the state's norm",
    "c": "cosine of noise and state",
    "T": "tokens of the sequence",
    "R": "norm of the first token over that of the others",
}
LARGEST_KAPPA = 2

COSINE = ClosedForm((1 + kappa * c) / sp.sqrt(1 + 2 * kappa * c + kappa**2), meanings=MEANINGS)
"""Cosine of h' and h."""

DISPLACEMENT = ClosedForm(r * sp.sqrt(2 - 2 * COSINE.expression), meanings=MEANINGS)
"""|h' - h|."""

MOST = ClosedForm(r * sp.sqrt(2 - 2 / sp.sqrt(5)), meanings=MEANINGS)
"""The most it can be with orthogonal noise: kappa = 2."""

ORDINARY = ClosedForm(delta * T / (R + T - 1), meanings=MEANINGS)
"""How far an ordinary token moves when the first of T has R times the others' norm."""

_DOMAIN = {"c": lambda source, shape: 2 * source.random() - 1}


def displacement() -> Derivation:
    """The displacement, from the two inner products."""
    a, b, cos = sp.symbols("a b cosine", real=True)
    return Derivation(
        "notebook-displacement",
        "How far normalised noise moves a state",
        "reconstructed",
        (
            Step("mixed", a / sp.sqrt(b), "u.(u + kappa n) / |u + kappa n|, with a = u.(u + kappa n), b its square"),
            Step(
                "cosine",
                COSINE.expression,
                "|u| = |n| = 1, u.n = c",
                check=substituted({a: 1 + kappa * c, b: 1 + 2 * kappa * c + kappa**2}),
            ),
            Step("chord", r * sp.sqrt(2 - 2 * cos), "|h' - h|^2 = 2 r^2 (1 - cosine)", check=stated),
            Step(
                "displacement", DISPLACEMENT.expression, "at that cosine", check=substituted({cos: COSINE.expression})
            ),
        ),
        DISPLACEMENT,
        domain=_DOMAIN,
    )


def saturation() -> Derivation:
    """The most that the bisection can reach."""
    orthogonal = DISPLACEMENT.expression.subs(c, 0)
    return Derivation(
        "notebook-saturation",
        "A bisection over kappa in [0, 2] moves no state by more than 1.0515 of its norm",
        "reconstructed",
        (
            Step("orthogonal", orthogonal, "noise orthogonal to the state"),
            Step(
                "rises",
                sp.diff(orthogonal**2, kappa),
                "its square rises with kappa, so that the end of the interval gives most",
                check=lambda before, after, points: (
                    equal(ClosedForm(sp.diff(before.inlined() ** 2, kappa)), after, points)
                    if sp.simplify(after.inlined()).is_positive
                    else ""
                ),
            ),
            Step(
                "at the end",
                MOST.expression,
                "kappa = 2",
                check=substituted({kappa: LARGEST_KAPPA}),
                follows="orthogonal",
            ),
        ),
        MOST,
    )


def ordinary_token() -> Derivation:
    """What one kappa for all tokens does where norms differ."""
    mean = sp.Symbol("mean", positive=True)
    return Derivation(
        "ordinary-token",
        "With one angle for all tokens an ordinary token moves less than delta beside an attention sink",
        "reconstructed",
        (
            Step("one angle", delta * r / mean, "displacement is proportional to norm, and its mean is delta"),
            Step(
                "one sink",
                delta * r / (r * (R + T - 1) / T),
                "one token of norm R r and T - 1 of norm r",
                check=substituted({mean: (R * r + (T - 1) * r) / T}),
            ),
            Step("ordinary", ORDINARY.expression, "r cancels", check=derived(sp.simplify)),
        ),
        ORDINARY,
    )
