"""Which temperature small transformers trained on in-context regression want under shift."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise

import corollary as co
from corollary.claims.icl_temperature.paper import PAPER


@PAPER.claim(
    "noise-raises-temperature",
    says="In a small transformer the best temperature grows with the test noise, and tuning pays at six times the "
    "noise of training.",
    where="experiment E4",
    status="reconstructed",
    depth="full",
)
def noise_raises_temperature() -> co.Phenomenon:
    noises = ("none", "noise_1.5", "noise_3", "noise_6")

    def grows(row: Mapping[str, float]) -> bool:
        best = [row[f"{noise}/optimal_temperature"] for noise in noises]
        pays = row["noise_3/gain"] > 4 * row["noise_3/gain_se"]
        return pays and all(one < other for one, other in pairwise(best))

    return co.Phenomenon(
        measures=PAPER.run("regression"),
        shows=grows,
        effect="noise_3/gain",
        wrong={
            "a network trained at noise 3": co.Control(point={"sigma": 3.0}),
            "a network of two training steps": co.Control(point={"steps": 2, "warmup": 1}),
            "tuning pays without shift": lambda row: row["none/gain"] > 4 * row["none/gain_se"],
            "doubled inputs ask for temperature 2": _wants("covariance_x2", 2.0),
        },
    )


@PAPER.claim(
    "input-scale-sets-temperature",
    says="Without normalisation, attention layers want a temperature within 35% of the factor on the input "
    "covariance; with it they do not.",
    where="experiment E4",
    status="reconstructed",
    depth="full",
)
def input_scale() -> co.Phenomenon:
    follows = [_wants(f"covariance_x{factor:g}", factor) for factor in (0.5, 2.0, 4.0)]
    return co.Phenomenon(
        measures=PAPER.run("regression-attention-only"),
        shows=lambda row: all(one(row) for one in follows),
        effect="covariance_x4/optimal_temperature",
        seeds=64,
        wrong={
            "the same layers with normalisation": co.Control(point={"norm": "rms"}),
            "label noise leaves temperature 1 best": _wants("noise_3", 1.0),
        },
    )


def _wants(shift: str, temperature: float) -> Callable[[Mapping[str, float]], bool]:
    """Whether the best temperature under a shift lies within 0.3 of this one in its logarithm. One that is not
    positive, which scores that hardly matter can have, does not."""

    def wanted(row: Mapping[str, float]) -> bool:
        found = row[f"{shift}/optimal_temperature"]
        return found > 0 and abs(math.log(found / temperature)) < 0.3

    return wanted
