"""Claims about how many independent numbers answers depend on: a lower bound for every learner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import corollary as co
from corollary.claims.attention_queries.paper import PAPER

with co.lazily():
    from corollary.sims.attention_queries import counts as sims
    from corollary.theory.attention_queries import counts as theory
    from corollary.theory.attention_queries import symbols as sy

if TYPE_CHECKING:
    import sympy as sp


@PAPER.claim(
    "independent-parameters",
    where="optimality of Theorem 4.1 and of its variants",
    status="reconstructed",
    says="Answers depend on d^2 + d independent numbers of one head, (d + 1)^2 with biases, d (d - 1) behind "
    "LayerNorm, d + r (2 d - r) at rank r and H (d^2 + d) of H heads: no learner that is always right asks fewer "
    "queries.",
)
def independent_parameters() -> co.Value:
    d, r, H = sy.d, sy.r, sy.H

    def replacing(name: str, count: sp.Expr) -> dict[str, co.ClosedForm]:
        return {**theory.INDEPENDENT, name: co.ClosedForm(count)}

    points = [{"d": 5, "r": 2, "H": 2}, {"d": 4, "r": 3, "H": 3}]
    return co.Value(
        predicts=theory.INDEPENDENT,
        computes=sims.ranks,
        at=co.Depths(quick=points[:1], standard=points, full=[*points, {"d": 9, "r": 4, "H": 2}]),
        wrong={
            "the factors' entries, d + 2 d r": replacing("of rank r", d + 2 * d * r),
            "LayerNorm hides nothing": replacing("behind LayerNorm", d**2 + d),
            "the key bias shows": replacing("with biases", d**2 + 3 * d + 1),
            "the split of v shows": replacing("H heads with one W", d**2 + H * d),
        },
    )


@PAPER.claim(
    "degrees-of-freedom",
    where="classical; as a query count",
    status="reconstructed",
    says="r columns and r rows of a d x d matrix hold r (2 d - r) numbers: the parameters of a matrix of rank r.",
)
def degrees_of_freedom() -> co.Identity:
    d, r = sy.d, sy.r
    return co.Identity(
        left=theory.degrees_of_freedom(),
        right=theory.DEGREES_OF_FREEDOM,
        wrong={"2 d r": 2 * d * r, "r d": r * d, "r (2 d - r - 1)": r * (2 * d - r - 1)},
    )


@PAPER.claim(
    "completion",
    where="classical; as a learner",
    status="reconstructed",
    says="A matrix of rank r follows from its first r rows and columns: G = E C^-1 D.",
)
def completion() -> co.Identity:
    left, right = theory.L1 * theory.R1, theory.L2
    return co.Identity(
        left=theory.completion(),
        right=theory.REST,
        wrong={
            "without the core's inverse": co.ClosedForm(right * theory.R1 * theory.L1 * theory.R2),
            "the core inside": co.ClosedForm(right * left * theory.R2),
        },
    )
