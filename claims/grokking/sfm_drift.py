"""The drift without a gate, and the step with which it is stable."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import corollary as co
from corollary.claims.grokking.paper import PAPER

with co.lazily():
    import numpy as np
    import sympy as sp

    from corollary.sims.grokking import sfm_design
    from corollary.sims.grokking import sfm_drift as sims
    from corollary.theory.grokking import sfm_drift as theory
    from corollary.theory.grokking import sfm_symbols as symbols


def _draw(rng: np.random.Generator) -> co.Point:
    """A modulus, a number of pairs, and a step up to the stability limit."""
    p = int(rng.choice([5, 7, 11]))
    n = int(rng.integers(p, p * p - 1))
    return {
        "seed": int(rng.integers(1 << 30)),
        "p": p,
        "n": n,
        "eta": rng.uniform(0.1, 1.95) * n / p**2,
        "steps": int(rng.integers(1, 8)),
    }


@PAPER.claim(
    "orthogonal-rows",
    says="The rows of the character matrix at distinct pairs are orthogonal, of squared length p^2.",
    where="reconstructed",
    status="reconstructed",
)
def orthogonal_rows() -> co.Identity:
    def rows(squared_length: float, off: float = 0.0) -> np.ndarray:
        return np.stack([squared_length * np.eye(12) + off, np.zeros((12, 12))], axis=-1)

    return co.Identity(
        left=lambda seed, p: sims.gram(seed, p, 12),
        right=lambda p: rows(p**2),
        draw=_draw,
        wrong={
            "length p": lambda p: rows(p),
            "length n": lambda p: rows(12),
            "a common part": lambda p: rows(p**2, 1.0),
        },
    )


@PAPER.claim(
    "ungated-drift",
    says="Without a gate every train output is [1 - (1 - eta/alpha)^t] y after t steps, and every held-out "
    "output is exactly 0: the dense machine is a lookup table, and beta = 0 never generalises.",
    where="reconstructed; the claim that beta = 0 removes the transition: section on the SFM",
    status="reconstructed",
)
def ungated_drift() -> co.Identity:
    Form = Callable[[np.ndarray, np.ndarray, float, int], np.ndarray]

    def predicted(form: Form) -> Callable[..., np.ndarray]:
        def at(seed: int, p: int, n: int, eta: float, steps: int) -> np.ndarray:
            outputs = form(sfm_design.drawn_target(seed, p), sfm_design.drawn_mask(seed, p, n), eta, steps)
            return np.stack([outputs.real, outputs.imag], axis=-1)

        return at

    def mean_elsewhere(y: np.ndarray, mask: np.ndarray, eta: float, steps: int) -> np.ndarray:
        return theory.outputs(y, mask, eta, steps) + 0.1 * np.where(mask, 0, y[mask].mean())

    return co.Identity(
        left=cache(sims.ungated),
        right=predicted(theory.outputs),
        draw=_draw,
        wrong={
            "a residual of (1 - eta)^t": predicted(lambda y, mask, eta, t: (1 - (1 - eta) ** t) * mask * y),
            "a residual of (1 - alpha eta)^t": predicted(
                lambda y, mask, eta, t: (1 - (1 - mask.mean() * eta) ** t) * mask * y
            ),
            "held-out outputs that follow the mean": predicted(mean_elsewhere),
            "one step more": predicted(lambda y, mask, eta, t: theory.outputs(y, mask, eta, t + 1)),
        },
    )


@PAPER.claim(
    "drift-stability",
    says="A step multiplies the train residual by 1 - eta/alpha, so that the drift converges exactly for 0 < "
    "eta < 2 alpha.",
    where="reconstructed",
    status="corrected",
)
def drift_stability() -> co.Value:
    alpha, eta, n, p = symbols.alpha, symbols.eta, symbols.n, symbols.p

    def growth(factor: sp.Expr) -> co.ClosedForm:
        return co.ClosedForm(sp.Abs(factor), ((alpha, n / p**2),), meanings=theory.FACTOR.meanings)

    sizes = ((7, 20, 0.4), (7, 40, 1.9), (11, 30, 2.3), (5, 12, 2.08), (11, 90, 1.2))
    return co.Value(
        predicts=growth(theory.FACTOR.expression),
        computes=sims.residual_growth,
        at=[{"p": p, "n": n, "eta": times * n / p**2} for p, n, times in sizes],
        within=1e-9,
        wrong={
            "1 - eta": growth(1 - eta),
            "1 - alpha eta": growth(1 - alpha * eta),
            "1 - eta / (2 alpha)": growth(1 - eta / (2 * alpha)),
            "only some of the pairs": co.Recomputed(lambda p, n, eta: sims.residual_growth(p, n - 2, eta)),
        },
    )


@PAPER.claim(
    "unit-step",
    says="At the paper's own split (p = 97, n = 4704) the drift converges with the unit step for which eq 6's "
    "threshold is the exact one.",
    where="eqs 5-6, read together",
    corrected_by="drift-stability",
    kinder="The paper leaves the step open: on all pairs the unit step converges, and at its split any step below 2 "
    "alpha does, such as alpha.",
)
def unit_step() -> co.Witness:
    def shrinks() -> dict[str, bool]:
        factor = theory.FACTOR.expression.subs({symbols.alpha: sp.Rational(4704, 97**2), symbols.eta: 1})
        return {"a step shrinks the residual": bool(abs(factor) < 1)}

    return co.Witness(computes=shrinks, states={"a step shrinks the residual": True})
