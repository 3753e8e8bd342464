"""The criterion beta_c > sum of the other betas, and the gauge that it needs (arXiv 2605.01844, section 4).

The normal contributions V [m, N] add up to zero, so that beta and beta + t give the same vector V beta.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived
from corollary.theory.cylindrical_steering.symbols import N

t = sp.Symbol("t", real=True)
GAUGE_SHIFT = ClosedForm(-(N - 2) * t, meanings={"N": "number of concepts", "t": "added to every beta"})
"""How much beta_c less the other betas moves when t is added to all of them."""


def gauge() -> Derivation:
    """The criterion moves while the vector stays."""
    own, others = sp.symbols("beta_c others", real=True)
    before = own - others
    after = (own + t) - (others + (N - 1) * t)
    return Derivation(
        "gauge",
        "Adding t to all coefficients moves the criterion and not the vector",
        "reconstructed",
        (
            Step("moved criterion", after, "V (beta + t 1) = V beta, since V 1 = 0; N - 1 others each gain t"),
            Step(
                "its change",
                GAUGE_SHIFT.expression,
                "less the criterion before",
                check=derived(lambda value: value - before),
            ),
        ),
        GAUGE_SHIFT,
    )


def combine(contributions: Sequence[Sequence[Fraction]], beta: Sequence[Fraction]) -> list[Fraction]:
    """V beta, exactly; contributions: one row a concept."""
    return [
        sum((b * v[axis] for b, v in zip(beta, contributions, strict=True)), Fraction(0))
        for axis in range(len(contributions[0]))
    ]


def favours(beta: Sequence[Fraction], concept: int) -> bool:
    """beta_c > sum of the others."""
    return beta[concept] > sum(beta) - beta[concept]


def least_norm(contributions: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """The coefficients [N] of least norm with V beta = vector; they add up to zero because V 1 = 0.

    contributions: V [m, N]. vector: [m], in the span of V.
    """
    return contributions.T @ np.linalg.pinv(contributions @ contributions.T, rcond=1e-10) @ vector


def sector_centre(contributions: np.ndarray, concept: int) -> np.ndarray:
    """Unit vector [m]: the middle of the half-space in which the least-norm coefficient of the concept is positive."""
    centre = np.linalg.pinv(contributions @ contributions.T, rcond=1e-10) @ contributions[:, concept]
    return centre / np.linalg.norm(centre)
