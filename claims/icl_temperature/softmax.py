"""True softmax attention: the moments of its weights, its exact error, and where training leaves it."""

from __future__ import annotations

import math
from typing import Any

import corollary as co
from corollary.claims.icl_temperature.errors import by_depth
from corollary.claims.icl_temperature.paper import PAPER
from corollary.claims.icl_temperature.points import REFERENCE

with co.lazily():
    from corollary.sims import icl_temperature as sims
    from corollary.theory import icl_temperature as theory
    from corollary.theory.calculus import random_energy
    from corollary.theory.icl_temperature import softmax, trained_head


WEIGHTS = [{"n": 10, "h": 0.3}, {"n": 40, "h": 1.0}, {"n": 40, "h": 4.0}]


def moments(n: int, h: float) -> list[float]:
    """A1, A2, P2 of one softmax head."""

    participation, square = random_energy.softmax_moments(n, h)
    return [h * (1 - participation), square, participation]


@PAPER.claim(
    "weight-moments",
    says="Softmax weights of n Gaussian scores of variance h have mean score h (1 - P2); P2 and the mean squared score are "
    "one-dimensional integrals.",
    where="exact softmax theory",
    status="reconstructed",
)
def weight_moments() -> co.Mean:

    def leading_order(n: int, h: float) -> list[float]:
        participation = math.exp(h) / n
        return [h * (1 - participation), moments(n, h)[1], participation]

    def linearised(n: int, h: float) -> list[float]:
        return [h * (n - 1) / n, h / n + h**2 * (n**2 - 1) / n**2, (1 + h * (n - 1) / n) / n]

    return co.Mean(
        predicts=moments,
        measures=sims.softmax_weight_moments,
        at=by_depth(WEIGHTS[:2], WEIGHTS, WEIGHTS),
        within=by_depth(0.04, 0.005, 0.001),
        wrong={"P2 = e^h / n": leading_order, "linearised weights": linearised},
    )


@PAPER.claim(
    "weight-moments-two-heads",
    says="The weights of two opposite softmax heads have exact moments, without the exponential noise of one head.",
    where="exact softmax theory",
    status="reconstructed",
)
def two_heads() -> co.Mean:

    def stated_moments(n: int, h: float) -> list[float]:
        first, participation, square = random_energy.two_head_moments(n, h)
        return [first, square, participation]

    def independent(n: int, h: float) -> list[float]:
        """The two heads' cross terms forgotten."""
        first, square, participation = moments(n, h)
        return [2 * first, 2 * square, 2 * participation]

    points = [{"n": 10, "h": 2.0}, {"n": 40, "h": 1.0}]
    return co.Mean(
        predicts=stated_moments,
        measures=sims.two_head_weight_moments,
        at=by_depth(points[:1], points, points),
        within=by_depth(0.04, 0.005, 0.001),
        wrong={"heads taken as independent": independent},
    )


def isotropic_point(h: float, tau: float = 1.0) -> dict[str, Any]:
    """n = 40 labelled points in d = 20 at score variance h, with a readout near the best one."""

    m = math.sqrt(h / 20)
    readout = 1 / (m * (1 + 21 * math.exp(min(h, 1.0)) / 40))
    return {"d": 20, "l": 41, "a": 1.0, "b": 1.0, "sigma": 1.0, "m": m, "v": readout, "tau": tau}


@PAPER.claim(
    "error-softmax",
    says="The error of true softmax attention over the labelled points is exact at every score variance, isotropic inputs.",
    where="exact softmax theory",
    status="reconstructed",
)
def error_softmax() -> co.Mean:

    points = [isotropic_point(1.0), isotropic_point(2.0, tau=1.4), isotropic_point(4.0)]
    return co.Mean(
        predicts=softmax.isotropic_error,
        measures=sims.softmax_error_given_inputs,
        at=by_depth(points[:1], points[:2], points),
        within=by_depth(0.03, 0.02, 0.002),
        wrong={
            "linearised softmax": theory.coefficients("masked", isotropic=True).error,
            "two opposite heads": lambda **point: softmax.isotropic_error(**point, heads=2),
        },
    )


@PAPER.claim(
    "error-softmax-general",
    says="The exact error of true softmax attention holds for any means and covariances.",
    where="exact softmax theory",
    status="reconstructed",
)
def error_softmax_general() -> co.Mean:

    def exact(tau: float, **point: Any) -> float:
        return softmax.error({**point, "m21": [0.0, 0.0]}, tau)

    points = [{**REFERENCE, "tau": 1.0}, {**REFERENCE, "tau": 0.4}]
    return co.Mean(
        predicts=exact,
        measures=sims.softmax_error_given_inputs,
        at=by_depth(points[:1], points, points),
        within=by_depth(0.02, 0.005, 0.002),
        wrong={"linearised softmax": theory.coefficients("masked").error},
    )


@PAPER.claim(
    "trained-score-variance",
    says="In long contexts a trained softmax head sits at a score variance below 1, set by dimension and noise; it tends to "
    "d / (d + 2) where label noise dominates.",
    where="optimal pretraining of one head",
    status="reconstructed",
)
def trained_score_variance() -> co.Identity:

    def finite(d: int, sigma: float) -> float:
        """The optimum of the exact error at 10^6 labelled points."""
        return softmax.trained(a=1.0, b=1.0, d=d, l=10**6 + 1, sigma=sigma)["h"]

    return co.Identity(
        left=finite,
        right=lambda d, sigma: trained_head.LONG_CONTEXT_SCORE_VARIANCE(d=d, a=1.0, b=1.0, sigma=sigma),
        draw=lambda generator: {"d": int(generator.integers(5, 20)), "sigma": float(generator.uniform(0.5, 3))},
        digits=3,
        wrong={"d / (d + 2), the readout's noise alone": lambda d: d / (d + 2), "1": lambda: 1.0},
    )
