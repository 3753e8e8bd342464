"""True softmax attention: its exact error, and where training leaves it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import corollary as co
from corollary.claims.icl_temperature.paper import PAPER
from corollary.claims.icl_temperature.prompts import REFERENCE, random_point

with co.lazily():
    import numpy as np

    from corollary.sims import icl_temperature as sims
    from corollary.theory import icl_temperature as theory
    from corollary.theory.icl_temperature import softmax, trained_head


def isotropic_point(h: float, tau: float = 1.0) -> co.Point:
    """n = 40 labelled points in d = 20 at score variance h / tau^2, with a readout near the best one."""
    m = math.sqrt(h / 20)
    readout = 1 / (m * (1 + 21 * math.exp(min(h, 1.0)) / 40))
    return {"d": 20, "l": 41, "a": 1.0, "b": 1.0, "sigma": 1.0, "m": m, "v": readout, "tau": tau}


@PAPER.claim(
    "error-softmax",
    says="The error of true softmax attention over the labelled points is exact at score variances from 0.1 to 4, "
    "isotropic inputs.",
    where="exact softmax theory",
    status="reconstructed",
)
def error_softmax() -> co.Mean:
    points = [isotropic_point(1.0), isotropic_point(4.0), isotropic_point(0.1), isotropic_point(3.0, tau=1.4)]
    return co.Mean(
        predicts=softmax.isotropic_error,
        measures=sims.softmax_error_given_inputs,
        at=co.Depths(points[:1], points),
        within=co.Depths(0.03, 0.01, 0.002),
        wrong={
            "linearised softmax": theory.closed_form("error", "masked", isotropic=True),
            "two opposite heads": lambda **point: softmax.isotropic_error(**point, heads=2),
        },
    )


@PAPER.claim(
    "error-two-heads",
    says="The error of two opposite softmax heads over the labelled points is exact, isotropic inputs.",
    where="exact softmax theory",
    status="reconstructed",
    depth="standard",
)
def error_two_heads() -> co.Mean:
    def exact(**point: Any) -> float:
        return softmax.isotropic_error(**point, heads=2)

    return co.Mean(
        predicts=exact,
        measures=sims.two_head_error,
        at=[{"d": 3, "l": 7, "a": 1.4, "b": 0.8, "sigma": 0.6, "m": 0.6, "v": 0.9, "tau": 1.2}],
        within=co.Depths(0.04, 0.015, 0.005),
        wrong={
            "one head": softmax.isotropic_error,
            "two heads that agree": lambda v, **point: softmax.isotropic_error(**point, v=2 * v),
            "one key more": lambda l, **point: exact(**point, l=l + 1),
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
        return softmax.error({**point, "m21": np.zeros(len(point["mu_x"]))}, tau)

    points = [{**REFERENCE, "tau": 1.0}, {**random_point(13, 10, 3), "tau": 20.0}, {**REFERENCE, "tau": 0.4}]
    return co.Mean(
        predicts=exact,
        measures=sims.softmax_error_given_inputs,
        at=co.Depths(points[:2], points),
        within=co.Depths(0.02, 0.005, 0.002),
        wrong={"linearised softmax": theory.closed_form("error", "masked")},
    )


@PAPER.claim(
    "softmax-long-context",
    says="In long contexts true softmax predicts what linear attention does, at any temperature: the weights' noise, a "
    "share P2 of which is left, falls as 1/n.",
    where="exact softmax theory",
    status="reconstructed",
)
def softmax_long_context() -> co.Identity:
    linear = theory.closed_form("error", "linear", isotropic=True)

    def softmax_at(l: int) -> Callable[..., float]:
        return lambda **point: softmax.isotropic_error(**point, l=l)

    return co.Identity(
        left=softmax_at(10**7),
        right=lambda **point: linear(**point, l=10**9),
        draw=lambda generator: {
            "d": int(generator.integers(2, 9)),
            "m": float(generator.uniform(0.1, 0.3)),
            **{name: float(generator.uniform(0.6, 1.6)) for name in ("a", "b", "sigma", "v", "tau")},
        },
        digits=3,
        wrong={
            "at a hundred points": softmax_at(101),
            "the temperature forgotten": lambda tau, **point: linear(**point, tau=1.0, l=10**9),
            "uniform weights": lambda a, b, d, sigma: a * b * d + sigma**2,
        },
    )


@PAPER.claim(
    "trained-score-variance",
    says="In long contexts a trained softmax head sits at a score variance below 1, set by dimension and noise; it "
    "tends to d / (d + 2) where label noise dominates.",
    where="optimal pretraining of one head",
    status="reconstructed",
)
def trained_score_variance() -> co.Identity:
    def finite(d: int, a: float, b: float, sigma: float) -> float:
        """The optimum of the exact error at 10^6 labelled points."""
        return softmax.trained(a=a, b=b, d=d, l=10**6 + 1, sigma=sigma)["h"]

    return co.Identity(
        left=finite,
        right=trained_head.LONG_CONTEXT_SCORE_VARIANCE,
        draw=lambda generator: {
            "d": int(generator.integers(5, 20)),
            **{name: float(generator.uniform(0.5, 3)) for name in ("a", "b", "sigma")},
        },
        digits=3,
        wrong={"d / (d + 2), the readout's noise alone": lambda d: d / (d + 2), "1": lambda: 1.0},
    )
