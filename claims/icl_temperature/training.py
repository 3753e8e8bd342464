"""What training finds: each statistic is fixed in advance and has to be seen over independent seeds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise
from typing import Any

import corollary as co
from corollary.claims.icl_temperature.paper import PAPER

with co.lazily():
    from corollary.sims.icl_temperature import training_classification
    from corollary.theory import icl_temperature as theory
    from corollary.theory.icl_temperature import softmax


Statistic = Callable[[Mapping[str, float]], bool]


def trained(run: str, point: dict[str, Any] | None = None) -> dict[str, Any]:
    """What a Phenomenon on a training run needs: who observes, and at what settings."""

    def observe(seeds: list[int], point: Mapping[str, Any]) -> Any:
        return partial(co.train_and_measure, PAPER.run(run))(seeds, dict(point))

    return {"observe": observe, "point": point or {}}


def near(name: str, value: float, relative: float) -> Statistic:
    return lambda seen: abs(seen[name] / value - 1) < relative


def phenomenon(name: str, says: str, where: str) -> Any:
    return PAPER.claim(name, says=says, where=where, status="reconstructed", depth="full")


@phenomenon(
    "trained-linearised", "A trained linearised layer, tempered, follows the input covariance.", "experiment E3"
)
def trained_linearised() -> co.Phenomenon:

    exact = theory.coefficients("masked", isotropic=True).optimal_temperature
    product = 1 / (1 + (8 + 0.25) / 40)  # the population optimum of v22 M11
    shape = {"d": 8, "l": 41, "b": 1.0, "sigma": 0.5, "m": product, "v": 1.0}

    def follows(seen: Mapping[str, float]) -> bool:
        factors = {"covariance_x2": 2.0, "covariance_x0.5": 0.5}
        return all(near(f"{name}/optimal_temperature", exact(a=a, **shape), 0.05)(seen) for name, a in factors.items())

    return co.Phenomenon(
        **trained("attention", {"attention": "linearised"}),
        shows=follows,
        effect="covariance_x2/optimal_temperature",
        wrong={
            "temperature 1 stays best": near("covariance_x2/optimal_temperature", 1.0, 0.1),
            "the square root of the factor": near("covariance_x2/optimal_temperature", 2**0.5, 0.05),
        },
    )


@phenomenon(
    "trained-softmax-head", "A trained softmax head sits at the predicted score variance and error.", "experiment E3"
)
def trained_softmax() -> co.Phenomenon:

    best = softmax.trained(a=1.0, b=1.0, d=8, l=41, sigma=0.5)

    def as_predicted(seen: Mapping[str, float]) -> bool:
        return near("error", best["error"], 0.01)(seen) and near("score_variance", best["h"], 0.05)(seen)

    return co.Phenomenon(
        **trained("attention", {"attention": "softmax"}),
        shows=as_predicted,
        effect="score_variance",
        wrong={
            "the linearised optimum's error": near("error", 1.784, 0.05),
            "the score variance of infinite context, d/(d+2)": near("score_variance", 0.8, 0.05),
        },
    )


@phenomenon(
    "trained-two-heads", "Two trained heads become opposite and reach the error of linear attention.", "experiment E3"
)
def trained_two_heads() -> co.Phenomenon:

    shape: dict[str, Any] = {"a": 1.0, "b": 1.0, "d": 8, "l": 41, "sigma": 0.5}
    _, two = softmax.best_readout(**shape, m=(0.525 / 8) ** 0.5, heads=2)
    _, one = softmax.best_readout(**shape, m=(0.525 / 8) ** 0.5)

    def opposite(seen: Mapping[str, float]) -> bool:
        return seen["heads_sum"] < 0.05 and near("error", two, 0.01)(seen)

    return co.Phenomenon(
        **trained("attention", {"attention": "two_heads"}),
        shows=opposite,
        effect="error",
        wrong={"no better than one head": near("error", one, 0.2)},
    )


@phenomenon(
    "noise-raises-temperature",
    "In a small transformer the best temperature grows with the test noise, and tuning pays.",
    "experiment E4",
)
def noise_raises_temperature() -> co.Phenomenon:

    noises = ("none", "noise_1.5", "noise_3", "noise_6")

    def grows(seen: Mapping[str, float]) -> bool:
        best = [seen[f"{noise}/optimal_temperature"] for noise in noises]
        pays = seen["noise_3/gain"] > 4 * seen["noise_3/gain_se"]
        return pays and all(one < other for one, other in pairwise(best))

    return co.Phenomenon(
        **trained("regression"),
        shows=grows,
        effect="noise_3/gain",
        wrong={
            "temperature 1 stays best at noise 3": lambda seen: seen["noise_3/best_on_grid"] <= 1.0,
            "tuning pays without shift": lambda seen: seen["none/gain"] > 4 * seen["none/gain_se"],
            "doubled inputs ask for temperature 2": near("covariance_x2/optimal_temperature", 2.0, 0.3),
        },
    )


@phenomenon(
    "input-scale-sets-temperature",
    "Without normalisation, attention layers want the temperature of the input scale.",
    "experiment E4",
)
def input_scale() -> co.Phenomenon:

    factors = {"covariance_x0.5": 0.5, "covariance_x2": 2.0, "covariance_x4": 4.0}

    def proportional(seen: Mapping[str, float]) -> bool:
        return all(
            abs(math.log(seen[f"{name}/optimal_temperature"] / factor)) < 0.3 for name, factor in factors.items()
        )

    def root(seen: Mapping[str, float]) -> bool:
        return abs(math.log(seen["covariance_x4/optimal_temperature"] / 2)) < 0.3

    return co.Phenomenon(
        **{**trained("regression-attention-only"), "seeds": 64},
        shows=proportional,
        effect="covariance_x4/optimal_temperature",
        wrong={
            "the square root of the factor": root,
            "temperature 1 stays best": lambda seen: seen["covariance_x4/best_on_grid"] <= 1.0,
        },
    )


@phenomenon(
    "noisy-demonstrations",
    "In classification the best temperature does not fall as more demonstrations are mislabelled, and tuning pays.",
    "experiment E5",
)
def noisy_demonstrations() -> co.Phenomenon:

    shares = ("clean", "flipped_0.1", "flipped_0.2", "flipped_0.3", "flipped_0.4")

    def rises(seen: Mapping[str, float]) -> bool:
        places = [training_classification.TEMPERATURES.index(seen[f"{share}/best_on_grid"]) for share in shares]
        steady = all(other >= one - 1 for one, other in pairwise(places))
        pays = all(seen[f"flipped_{share}/gain"] > 2 * seen[f"flipped_{share}/gain_se"] for share in ("0.2", "0.3"))
        return steady and pays

    return co.Phenomenon(
        **trained("classification"),
        shows=rises,
        effect="flipped_0.3/gain",
        wrong={
            "temperature 1 stays best": lambda seen: seen["flipped_0.3/best_on_grid"] <= 1.0,
            "tuning pays on clean demonstrations": lambda seen: seen["clean/gain"] > 2 * seen["clean/gain_se"],
        },
    )
