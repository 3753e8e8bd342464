"""What an error needs of the scores: moments of the weights on Gaussian scores, and of scores with labels."""

from __future__ import annotations

import math
from typing import Any

import corollary as co
from corollary.claims.icl_temperature.paper import PAPER
from corollary.claims.icl_temperature.prompts import REFERENCE, WIDE

with co.lazily():
    import numpy as np

    from corollary.sims.icl_temperature import scores as sims
    from corollary.theory.calculus import random_energy
    from corollary.theory.icl_temperature import score_moments

WEIGHTS = [{"n": 10, "h": 0.3}, {"n": 40, "h": 1.0}, {"n": 40, "h": 4.0}]


def moments(n: int, h: float) -> list[float]:
    """A1, A2, P2 of one softmax head."""
    participation, square = random_energy.softmax_moments(n, h)
    return [h * (1 - participation), square, participation]


@PAPER.claim(
    "weight-moments",
    says="Softmax weights of n Gaussian scores of variance h have mean score h (1 - P2); P2 and the mean squared "
    "score are one-dimensional integrals.",
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
        at=co.Depths(WEIGHTS[:2], WEIGHTS),
        within=co.Depths(0.04, 0.005, 0.001),
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
        at=co.Depths(points[:1], points),
        within=co.Depths(0.04, 0.005, 0.001),
        wrong={"heads taken as independent": independent},
    )


@PAPER.claim(
    "score-moments",
    says="The moments of scores and labels that make up the optimal temperature have closed forms.",
    where="score-moment form of Theorem 4.3",
    status="reconstructed",
)
def score_statistics() -> co.Mean:
    symbols = {symbol.name: symbol for symbol, _ in score_moments.SCORE_MOMENTS}
    names = ("cov_squared", "cov_label", "var_s", "var_y", "self_score")
    predicts = {name: co.ClosedForm(symbols[name], score_moments.SCORE_MOMENTS) for name in names}
    points = [{name: value for name, value in point.items() if name != "v21"} for point in (REFERENCE, WIDE)]

    def own_score(**point: Any) -> float:
        second_moment = np.asarray(point["Sigma_x"]) + np.outer(point["mu_x"], point["mu_x"])
        return predicts["self_score"](**{**point, "Sigma_x": second_moment})

    return co.Mean(
        predicts=predicts,
        measures=sims.score_statistics,
        at=co.Depths(points[:1], points),
        within=co.Depths(0.05, 0.02, 0.005),
        wrong={
            "variance of the label without noise": {
                **predicts,
                "var_y": lambda **point: predicts["var_y"](**{**point, "sigma": 0.0}),
            },
            "the own score, nothing subtracted": {**predicts, "self_score": own_score},
        },
    )
