"""Estimates of learning coefficients: what their standard error is worth."""

from __future__ import annotations

import math

import corollary as co
from corollary.claims.instruments.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.instruments import known as sims
    from corollary.theory.instruments import chains
    from corollary.theory.instruments import llc as theory


@PAPER.claim(
    "standard-error",
    says="An estimate's standard error, from the spread over its chains, covers the known coefficient as often as "
    "Student's t says: half of the time with 2 chains, 63% with 5.",
    where="arXiv 2308.12108, estimator; its error reconstructed",
    status="reconstructed",
)
def standard_error() -> co.Mean:
    curvatures = np.array([0.5, 1.0, 2.5])
    target = {"nbeta": 1000.0, "gamma": 100.0}
    point = {
        **target,
        "h": curvatures,
        "known": sum(chains.SOFT_COUNT(h=h, **target) for h in curvatures),
        "eps": 3e-4,
        "steps": 64,
        "at_once": 64,
    }

    def without_correction(chains: int) -> float:
        return _student(chains - 1, math.sqrt((chains - 1) / chains))

    return co.Mean(
        predicts=theory.COVERED,
        measures=sims.coverage,
        at=[{**point, "chains": 2}, {**point, "chains": 5}],
        within=co.Depths(0.1, 0.06, 0.02),
        support=(0.0, 1.0),
        wrong={
            "as of a normal, .683": lambda: math.erf(math.sqrt(0.5)),
            "a spread divided by the chains, not by one less": without_correction,
            "the spread itself": lambda chains: _student(chains - 1, math.sqrt(chains)),
        },
    )


def _student(freedom: int, reach: float) -> float:
    """P(|t| < reach), by the density's integral."""
    angles = np.linspace(0, math.atan(reach / math.sqrt(freedom)), 2001)
    density = np.cos(angles) ** (freedom - 1)
    scale = math.gamma((freedom + 1) / 2) / math.gamma(freedom / 2) / math.sqrt(math.pi)
    return float(2 * scale * np.trapezoid(density, angles))
