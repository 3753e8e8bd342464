"""What pretraining on finitely many prompts does to the best temperature."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.icl_temperature.errors import at_temperature, by_depth
from corollary.claims.icl_temperature.paper import PAPER

with co.lazily():
    from corollary.sims import icl_temperature as sims
    from corollary.theory.icl_temperature import finite_pretraining


SIZES = 8, 8, 24
"""d by depth."""


def margin(d: int) -> float:
    """The form drops terms of order 1/d; at four prompts a parameter they are to stay below 1.1/d, 4.6% at d = 24."""
    return 1.1 / d


def pretrained_point(d: int, per_parameter: int) -> dict[str, Any]:
    return {
        "d": d,
        "l": 2 * d + 1,
        "a": 1.0,
        "b": 1.0,
        "sigma": 1.0,
        "tau": 1.0,
        "training_prompts": per_parameter * d**2,
        "prompts_per_parameter": float(per_parameter),
    }


def finite_pretraining_claim(what: str, **wrong: Any) -> Any:
    def build() -> co.Mean:

        form = finite_pretraining.FINITE_PRETRAINING[what]

        def at(per_parameter: Any) -> Any:
            return lambda **point: form(
                **{**point, "prompts_per_parameter": per_parameter(point["prompts_per_parameter"])}
            )

        return co.Mean(
            predicts=form,
            measures=sims.finite_pretraining_moments,
            compares=co.Contrast(at_temperature) if what == "error" else co.ratio(2, 1),
            at=by_depth(*([pretrained_point(d, 4)] for d in SIZES)),
            mutants=False,
            within=by_depth(*map(margin, SIZES)),
            wrong={
                "as if pretrained without end": at(lambda per_parameter: 1e9),
                "as if twice the prompts": at(lambda per_parameter: 2 * per_parameter),
                "as if half the prompts": at(lambda per_parameter: per_parameter / 2),
            },
        )

    return build


PAPER.claim(
    "finite-pretraining-error",
    says="Least-squares pretraining on t d^2 prompts multiplies the error without shift by t / (t - 1), up to O(1/d).",
    where="finite pretraining",
    status="reconstructed",
    depth="standard",
)(finite_pretraining_claim("error"))

PAPER.claim(
    "finite-pretraining-temperature",
    says="Finite pretraining alone raises the best temperature above 1, by the error over (t - 1) times what is explained.",
    where="finite pretraining",
    status="reconstructed",
    depth="standard",
)(finite_pretraining_claim("optimal_temperature"))
