"""What pretraining on finitely many prompts does to the best temperature."""

from __future__ import annotations

from collections.abc import Callable

import corollary as co
from corollary.claims.icl_temperature.errors import at_temperature
from corollary.claims.icl_temperature.paper import PAPER

with co.lazily():
    from corollary.sims import icl_temperature as sims
    from corollary.theory.icl_temperature import finite_pretraining as theory

MISS = {"error": 0.8, "optimal_temperature": 0.9}
"""The forms drop terms of order 1/d. Their size over d at four prompts a parameter, fitted: no theory gives it."""


def pretrained_point(d: int) -> co.Point:
    test = {"d": d, "l": 2 * d + 1, "a": 1.0, "b": 1.0, "sigma": 1.0, "tau": 1.0}
    return {**test, "training_prompts": 4 * d**2, "prompts_per_parameter": 4.0}


def finite_pretraining_claim(what: str) -> Callable[[], co.Mean]:
    def build() -> co.Mean:
        form = theory.FINITE_PRETRAINING[what]

        def with_miss(factor: float = 1.0, miss: float = MISS[what]) -> Callable[..., float]:
            """With the fitted miss, as if pretrained on so many times the prompts."""
            return lambda d, prompts_per_parameter, **point: (
                (1 + miss / d) * form(d=d, prompts_per_parameter=factor * prompts_per_parameter, **point)
            )

        return co.Mean(
            predicts=with_miss(),
            measures=sims.finite_pretraining_moments,
            compares=co.Contrast(at_temperature) if what == "error" else co.ratio(2, 1),
            at=co.Depths(*([pretrained_point(d) for d in sizes] for sizes in ((6,), (6, 9), (6, 9, 13)))),
            mutants=False,
            within=co.Depths(0.04, 0.03, 0.02),
            wrong={
                "as if pretrained without end": with_miss(factor=1e9),
                "as if twice the prompts": with_miss(factor=2.0),
                "as if half the prompts": with_miss(factor=0.5),
                "nothing of order 1/d": with_miss(miss=0.0),
            },
        )

    return build


PAPER.claim(
    "finite-pretraining-error",
    says="Least-squares pretraining on 4 d^2 prompts multiplies the error without shift by 4/3, up to a miss of order "
    "1/d, fitted as 0.8/d.",
    where="finite pretraining",
    status="reconstructed",
    depth="standard",
)(finite_pretraining_claim("error"))

PAPER.claim(
    "finite-pretraining-temperature",
    says="Pretraining on 4 d^2 prompts alone raises the best temperature above 1, by a third of the error over what is "
    "explained, up to a miss of order 1/d, fitted as 0.9/d.",
    where="finite pretraining",
    status="reconstructed",
    depth="standard",
)(finite_pretraining_claim("optimal_temperature"))
