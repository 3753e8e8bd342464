"""Displacements of several layers, added up by a residual stream that carries them unchanged (reconstructed)."""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, exactly, substituted
from corollary.theory.direction_magnitude.symbols import MEANINGS, delta, m

COHERENT = ClosedForm(m * delta, meanings=MEANINGS)
"""The same vector at every layer."""

INCOHERENT = ClosedForm(sp.sqrt(m) * delta, meanings=MEANINGS)
"""Root mean square of independent ones: random directions, or random signs along one."""

WALK = ClosedForm(delta * m * sp.binomial(m - 1, sp.floor((m - 1) / 2)) / 2 ** (m - 1), meanings=MEANINGS)
"""Mean of |sum of m independent signs| delta."""


def _walk_is_the_sum() -> bool:
    """E|S_m| = sum_k C(m, k) |m - 2 k| / 2^m for m = 1..12."""
    return all(
        sum(sp.binomial(n, k) * abs(n - 2 * k) for k in range(n + 1)) / sp.Integer(2) ** n
        == WALK.expression.subs({m: n, delta: 1})
        for n in range(1, 13)
    )


def injections() -> Derivation:
    """One vector again and again, or a fresh one each time."""
    same = sp.Symbol("same", real=True)
    return Derivation(
        "injections",
        "Re-used noise moves the stream by m delta, fresh noise by sqrt(m) delta",
        "reconstructed",
        (
            Step(
                "squared sum",
                m * delta**2 + m * (m - 1) * same * delta**2,
                "|e_1 + ... + e_m|^2 with |e_i| = delta and E e_i.e_j = same delta^2",
            ),
            Step("fresh", m * delta**2, "same = 0", check=substituted({same: 0})),
            Step("of a fresh one", INCOHERENT.expression, "its root", check=derived(sp.sqrt)),
            Step("re-used", (m * delta) ** 2, "same = 1", check=substituted({same: 1}), follows="squared sum"),
            Step("of a re-used one", COHERENT.expression, "its root", check=derived(sp.sqrt)),
            Step(
                "inflation",
                sp.sqrt(m),
                "re-used over fresh, in displacement; m in a quadratic damage",
                check=derived(lambda e: e / INCOHERENT.expression),
            ),
        ),
    )


def walk() -> Derivation:
    """The mean distance of a walk of m signs."""
    return Derivation(
        "walk",
        "The mean of |s_1 + ... + s_m| for fair signs",
        "reconstructed",
        (
            Step(
                "mean",
                WALK.expression,
                "sum_k C(m, k) |m - 2 k| / 2^m in closed form",
                check=exactly(lambda form: _walk_is_the_sum(), "exact for m = 1..12"),
            ),
        ),
        WALK,
    )
