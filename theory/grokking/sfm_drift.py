"""The drift without a gate (arXiv 2603.29262, eq 5), solved: characters at distinct pairs are orthogonal."""

from __future__ import annotations

import numpy as np
import sympy as sp

from corollary import ClosedForm, Derivation, Step
from corollary.formulas.derivation import derived, integers, stated
from corollary.theory.grokking.sfm_symbols import MEANINGS, alpha, eta, n, p

steps = sp.Symbol("steps", nonnegative=True, integer=True)
r = sp.Symbol("r", real=True, nonzero=True)

FACTOR = ClosedForm(1 - eta / alpha, meanings=MEANINGS)
"""What one step multiplies every train residual by (reconstructed)."""

FITTED = ClosedForm(1 - FACTOR.expression**steps, meanings={**MEANINGS, "steps": "number of iterations"})
"""The share of every train target that the output has reached; held-out outputs stay exactly 0 (reconstructed)."""


def drift_factor(alpha: float, eta: float) -> float:
    """1 - eta / alpha. Raises ValueError when the drift diverges."""
    if eta >= 2 * alpha:
        raise ValueError(
            f"eta = {eta:g}: must be < 2 alpha = {2 * alpha:g}, for a step multiplies the train residual "
            f"by 1 - eta / alpha = {1 - eta / alpha:.6g} and the drift diverges"
        )
    return float(FACTOR(alpha=alpha, eta=eta))


def outputs(target: np.ndarray, mask: np.ndarray, eta: float, steps: int) -> np.ndarray:
    """The machine's outputs after ungated steps from W = 0: complex [u v], zero on every held-out pair."""
    return FITTED(alpha=mask.mean(), eta=eta, steps=steps) * mask * target


def ungated() -> Derivation:
    """The residual after any number of steps, and the weights that they leave."""
    geometric = sp.Function("d")

    def solve(recursion: sp.Expr) -> sp.Expr:
        q = sp.cancel(recursion / r)
        return sp.rsolve(geometric(steps + 1) - q * geometric(steps), geometric(steps), {geometric(0): r})

    def accumulate(residual: sp.Expr) -> sp.Expr:
        q, s = sp.Symbol("q"), sp.Symbol("s", integer=True)
        total = sp.summation(q**s, (s, 0, steps - 1)).args[-1][0]  # the branch q != 1
        return (eta / n * total).subs(q, 1 - eta * p**2 / n)

    q = 1 - eta * p**2 / n
    return Derivation(
        "ungated-drift",
        "Without a gate the machine is a lookup table",
        "reconstructed",
        (
            Step(
                "one step",
                r - eta / n * p**2 * r,
                "delta - (eta / n) A A^H delta; distinct pairs give A A^H = p^2 I",
                check=stated,
            ),
            Step("any number of steps", r * q**steps, "a geometric recursion", check=derived(solve)),
            Step(
                "weights",
                (1 - q**steps) / p**2,
                "the coefficient of A^H y: (eta / n) sum of q^s",
                follows="one step",
                check=derived(accumulate),
            ),
            Step(
                "outputs",
                1 - q**steps,
                "h = A W on a train pair, A A^H = p^2 I; a held-out row is orthogonal to all "
                "train rows, so that its output is 0",
                check=derived(lambda e: e * p**2),
            ),
            Step("share", FITTED.expression, "n = alpha p^2", check=derived(lambda e: e.subs(n, alpha * p**2))),
        ),
        FITTED,
        domain={"steps": integers(1, 6)},
    )
