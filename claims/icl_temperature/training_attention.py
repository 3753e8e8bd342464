"""What one trained attention layer becomes, and which temperature it wants under shift.

Each statistic is fixed in advance, and has to come out true over independent seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import corollary as co
from corollary.claims.icl_temperature.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.theory import icl_temperature as theory
    from corollary.theory.icl_temperature import pretraining, softmax

HOME: co.Point = {"d": 8, "l": 41, "sigma": 0.5}
"""Of the run: n = 40 labelled points."""

Statistic = Callable[[Mapping[str, float]], bool]


def near(name: str, value: float, relative: float) -> Statistic:
    return lambda row: abs(row[name] / value - 1) < relative


def linearised_optimum() -> co.Point:
    """The isotropic layer that pretraining without end leaves; only m v is fixed, and v vanishes."""
    [product, *_] = pretraining.POPULATION_PRODUCT(**HOME, Sigma_x=np.eye(8), Sigma_w=np.eye(8)).ravel()
    return {**HOME, "b": 1.0, "m": 1e9 * product, "v": 1e-9}


@PAPER.claim(
    "trained-linearised",
    says="A linearised layer trained from scratch, tempered, has the predicted best temperature where the input "
    "covariance doubles or halves.",
    where="experiment E3",
    status="reconstructed",
    depth="full",
)
def trained_linearised() -> co.Phenomenon:
    best = theory.closed_form("optimal_temperature", "masked", isotropic=True)
    layer = linearised_optimum()
    follows = [near(f"covariance_x{a:g}/optimal_temperature", best(**layer, a=a), 0.05) for a in (2.0, 0.5)]
    return co.Phenomenon(
        measures=PAPER.run("attention"),
        point={"attention": "linearised"},
        shows=lambda row: all(one(row) for one in follows),
        effect="covariance_x2/optimal_temperature",
        wrong={
            "a layer of one training step": co.Control(point={"attention": "linearised", "steps": 1}),
            "label noise leaves temperature 1 best": near("noise_5/optimal_temperature", 1.0, 0.1),
        },
    )


@PAPER.claim(
    "trained-softmax-head",
    says="A trained softmax head sits at the predicted score variance and error.",
    where="experiment E3",
    status="reconstructed",
    depth="full",
)
def trained_softmax() -> co.Phenomenon:
    best = softmax.trained(a=1.0, b=1.0, **HOME)
    variance, error = near("score_variance", best["h"], 0.05), near("error", best["error"], 0.01)
    return co.Phenomenon(
        measures=PAPER.run("attention"),
        point={"attention": "softmax"},
        shows=lambda row: variance(row) and error(row),
        effect="score_variance",
        wrong={
            "the score variance of a linearised layer": co.Control(point={"attention": "linearised"}, shows=variance),
            "a head of 100 training steps": co.Control(point={"attention": "softmax", "steps": 100}),
            "doubled inputs leave temperature 1 best": near("covariance_x2/optimal_temperature", 1.0, 0.1),
        },
    )


@PAPER.claim(
    "trained-two-heads",
    says="Two heads that start opposite stay so in training, and come within 5% of the least error of linearised "
    "attention, from above.",
    where="experiment E3",
    status="reconstructed",
    depth="full",
)
def trained_two_heads() -> co.Phenomenon:
    limit = theory.closed_form("minimum_error", "masked", isotropic=True)(**linearised_optimum(), a=1.0)

    def approaches(row: Mapping[str, float]) -> bool:
        return limit < row["error"] < 1.05 * limit

    return co.Phenomenon(
        measures=PAPER.run("attention"),
        point={"attention": "two_heads"},
        shows=lambda row: row["heads_sum"] < 0.05 and approaches(row),
        effect="error",
        wrong={
            "one head": co.Control(point={"attention": "softmax"}, shows=approaches),
            "two heads of 100 training steps": co.Control(point={"attention": "two_heads", "steps": 100}),
        },
    )
