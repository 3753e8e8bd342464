"""Geometry of embeddings: a ring, random angles, neighbours."""

from __future__ import annotations

import math

import corollary as co
from corollary.claims.instruments.paper import PAPER

with co.lazily():
    from corollary.sims.instruments import embeddings
    from corollary.theory.instruments import geometry as theory


@PAPER.claim(
    "ring",
    says="On an embedding that goes round a circle k times the ring is recognised at frequency k, with circular "
    "correlation 1, homomorphism error 0 and all of its spectrum in one mode.",
    where="section 3, geometry",
)
def ring() -> co.Value:
    def one() -> float:
        return 1.0

    stated = {
        "frequency": lambda k: k,
        "circular_correlation": one,
        "homomorphism_error": lambda: 0.0,
        "inverse_participation": one,
    }
    settings = [(11, 1, 0), (11, 3, 1), (11, 5, 2), (47, 2, 3), (47, 13, 4), (47, 23, 5)]
    return co.Value(
        predicts=stated,
        computes=embeddings.ring_measures,
        at=[{"p": p, "k": k, "seed": seed} for p, k, seed in settings],
        scale=one,
        wrong={
            "frequency p - k": {**stated, "frequency": lambda p, k: p - k},
            "frequencies k and p - k apart": {**stated, "inverse_participation": lambda: 0.5},
            "the error of random angles": {**stated, "homomorphism_error": theory.RANDOM_ANGLES},
        },
    )


@PAPER.claim(
    "random-angles",
    says="Random angles of many tokens have homomorphism error 4/pi, the level of chance.",
    where="reconstructed",
    status="reconstructed",
)
def random_angles() -> co.Mean:
    return co.Mean(
        predicts=theory.RANDOM_ANGLES,
        measures=embeddings.random_angle_errors,
        at=co.Depths([{"p": 151}], [{"p": 301}]),  # the turn that is fitted takes a share of about 1.7 / p
        within=co.Depths(0.02, 0.01),
        wrong={"sqrt 2": lambda p: math.sqrt(2), "1": lambda p: 1.0, "pi/2": lambda p: math.pi / 2},
    )


@PAPER.claim(
    "nearest-neighbours",
    says="Between points spread evenly over d dimensions the logarithm of the second-nearest over the nearest "
    "distance has mean 1/d, on which TwoNN's estimate rests.",
    where="Facco et al. 2017",
    status="reconstructed",
)
def nearest_neighbours() -> co.Mean:
    return co.Mean(
        predicts=theory.LOG_RATIO,
        measures=embeddings.torus_log_ratios,
        at=co.Depths([{"d": 2}, {"d": 3}], [{"d": 1}, {"d": 2}, {"d": 3}, {"d": 4}]),
        within=co.Depths(0.03, 0.02, 0.005),
        wrong={
            "1/(d + 1)": lambda d: 1 / (d + 1),
            "2/d, from squared distances": lambda d: 2 / d,
            "no dependence": lambda d: 1.0 if d > 1 else 0.5,
        },
    )
