"""The trap of a factor below its learning rate: signSGD circles with period two for ever (reconstructed).

Symbols as in `linear_model`, whose recursion it is.
"""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, stated, substituted
from corollary.theory.steering_scaling.linear_model import HALF_NORMAL, A, M, c1, c_v, lam, n

TRAP = ClosedForm(
    sp.erf(HALF_NORMAL * c_v * sp.sqrt(n / lam) / sp.sqrt(2)) / 2,
    meanings={"c_v": "eta_v sqrt(n)", "lam": "n times the variance of v_0", "n": "width"},
)
"""Probability that signSGD with 0 < A_0 < 1 circles with period two for ever, up to O(1 / n)."""


def trap() -> Derivation:
    """signSGD from 0 < A < 1 and -c1 < M < 0 is back after two steps; how likely that start is."""
    x, w = sp.symbols("x w", positive=True)
    start = {A: x / (1 + x), M: -c1 * w / (1 + w)}
    once = A + sp.sign(M), M + c1 * sp.sign(A)
    twice = once[0] + sp.sign(once[1]), once[1] + c1 * sp.sign(once[0])
    spread, z = sp.Symbol("s", positive=True), sp.Symbol("z", real=True)
    density = sp.exp(-(z**2) / (2 * spread**2)) / sp.sqrt(2 * sp.pi * spread**2)
    likely = sp.erf(c1 / (sp.sqrt(2) * spread)) / 2
    return Derivation(
        "trap",
        "signSGD with 0 < A_0 < 1 circles for ever with a probability near one half",
        "reconstructed",
        (
            Step(
                "two steps of A", twice[0].subs(start, simultaneous=True), "0 < A < 1 and -c1 < M < 0, below the target"
            ),
            Step("A is back", start[A], "the signs of M, then of M + c1, cancel"),
            Step("two steps of M", twice[1].subs(start, simultaneous=True), "the same for M", stated),
            Step("M is back", start[M], "it rises above 0 and falls back"),
            Step("start", density, "M_0 is normal with variance s^2 = lam / (n c_v^2)", stated),
            Step(
                "probability", likely, "integrate over -c1 < M_0 < 0", derived(lambda f: sp.integrate(f, (z, -c1, 0)))
            ),
            Step(
                "in the paper's scaling",
                TRAP.expression,
                "c1 = sqrt(2 / pi)",
                substituted({c1: HALF_NORMAL, spread: sp.sqrt(lam / n) / c_v}),
            ),
        ),
        TRAP,
    )
