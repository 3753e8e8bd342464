"""Ranking by correlation is ranking by a standardised mean difference."""

from __future__ import annotations

import math

import corollary as co
from corollary.claims.corrsteer.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.corrsteer import contrast as sims
    from corollary.theory.corrsteer import contrast as theory


def _drawn(generator: np.random.Generator) -> co.Point:
    return {"n": int(generator.integers(20, 60)), "seed": int(generator.integers(1000))}


@PAPER.claim(
    "mean-difference",
    says="The correlation of any sample of activations with success is sqrt(pi (1 - pi)) times the gap of the class "
    "means over the standard deviation, divisor n.",
    where="ranking of features",
    status="reconstructed",
)
def difference() -> co.Identity:
    return co.Identity(
        left=sims.correlation,
        right=lambda n, seed: theory.SAMPLE(**sims.moments(n, seed)),
        draw=_drawn,
        digits=10,
        wrong={
            "divisor n - 1": lambda n, seed: theory.SAMPLE(**sims.moments(n, seed, ddof=1)),
            "the gap alone": lambda n, seed: sims.moments(n, seed)["gap"],
            "classes of equal size": lambda n, seed: theory.SAMPLE(**{**sims.moments(n, seed), "pi": 0.5}),
        },
    )


@PAPER.claim(
    "t-statistic",
    says="r sqrt((n - 2) / (1 - r^2)) is the pooled two-sample t statistic.",
    where="ranking of features",
    status="reconstructed",
)
def statistic() -> co.Identity:
    return co.Identity(
        left=sims.statistic,
        right=lambda n, seed: theory.STATISTIC(n=n, rho=sims.correlation(n, seed)),
        draw=_drawn,
        digits=9,
        wrong={
            "n samples for n - 2": lambda n, seed: theory.STATISTIC(n=n + 2, rho=sims.correlation(n, seed)),
            "a large sample's": lambda n, seed: math.sqrt(n) * sims.correlation(n, seed),
        },
    )


@PAPER.claim(
    "another-ranking",
    says="Correlation ranks features as contrastive activation addition does, by the gap of the class means.",
    where="comparison with contrastive activation addition",
    corrected_by="standardised-ranking",
    kinder="It stands where all features have the same standard deviation.",
)
def gap_ranks() -> co.Witness:
    return co.Witness(
        computes=lambda: {"same order": all(sims.same_order(40, 90, seed, "gap") for seed in range(3))},
        states={"same order": True},
    )


@PAPER.claim(
    "standardised-ranking",
    says="Of 40 features in 3 samples, correlation ranks as the gap of the class means over the standard deviation "
    "does, and neither as the gap nor as the mean on successes.",
    where="reconstructed",
    status="corrected",
)
def ranking() -> co.Witness:
    def order(by: str = "gap over deviation") -> dict[str, bool]:
        return {"same order": all(sims.same_order(40, 90, seed, by) for seed in range(3))}

    return co.Witness(
        computes=order,
        states={"same order": True},
        wrong={"by the gap": lambda: order("gap"), "by the mean on successes": lambda: order("mean on success")},
    )
