"""Steering vectors on transformers trained from scratch: a base model is trained on two tasks, with and without a
concept, and then steered. Everything that is compared is compared within one base model.

Reproduces: the comparisons of arXiv 2605.05983 on a toy language (reconstructed).
Expects: reply loss below 0.01, and both tasks right on more than 99% of the prompts; see the claims for the rest.
Run: corollary train steering-scaling/toy --set experiment=vectors --seeds 3
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import numpy as np
from jaxtyping import Array

from corollary.models.parameters import Parameters
from corollary.sims.steering.digits import COMPARED, EXAMPLES, MEASURES, PLACEMENTS, Numbers
from corollary.sims.steering_scaling import toy_baselines
from corollary.sims.steering_scaling.toy_factor import FLIP_RATIOS, factor_map, flips
from corollary.sims.steering_scaling.toy_loreft import loreft
from corollary.sims.steering_scaling.toy_vectors import STRENGTHS, placements, strengths
from corollary.sims.toys import digits_training
from corollary.sims.training.step import State
from corollary.training.run import Run
from corollary.training.settings import Config, Setting

Arrays = dict[str, np.ndarray]


def evaluate(state: State, key: Array, config: Config) -> Numbers:
    """The base model's accuracies, and what the experiment gives: arrays by "experiment/name". The key is consumed."""
    base_key, steering_key = jax.random.split(key)
    weights = state["parameters"]
    found = EXPERIMENTS[config["experiment"]](weights, steering_key, config) if config["experiment"] != "none" else {}
    return {**digits_training.accuracies(weights, base_key, config), **found}


def vectors(weights: Parameters, key: Array, config: Config) -> Numbers:
    """`placements`, `strengths` of the vectors that it trains, and `baselines`. The key is consumed."""
    place_key, strength_key, other_key = jax.random.split(key, 3)
    placed = placements(weights, place_key, config)
    return {
        **_under("placements", placed),
        **_under("strengths", strengths(weights, strength_key, config, placed["vector"][np.array(COMPARED)])),
        **_under("baselines", toy_baselines.baselines(weights, other_key, config)),
    }


def measure(arrays: Arrays, config: Config) -> dict[str, float]:
    """accuracy_a, accuracy_b, and the experiment's numbers, as `vector_numbers` and its like name them."""
    found = {name: float(arrays[name]) for name in ("accuracy_a", "accuracy_b")}
    return {**found, **NUMBERS.get(config["experiment"], lambda arrays: {})(arrays)}


def vector_numbers(arrays: Arrays) -> dict[str, float]:
    """ "p2+s2/utility" and its like, for every placement and measure; "random p2+s2/utility", of random vectors of the
    same norm at the placements COMPARED; "p2+s2 x 0.5/utility" there, of trained vectors at other strengths; "factor 1
    all/utility", of every baseline; and "prompted/utility"."""
    compared = [PLACEMENTS[place] for place in COMPARED]
    table: dict[str, np.ndarray] = {
        **dict(zip(PLACEMENTS, arrays["placements/measured"], strict=True)),
        **dict(zip((f"random {name}" for name in compared), arrays["placements/random"], strict=True)),
        "prompted": arrays["baselines/prompted"],
    }
    for row, name in enumerate(compared):
        for column, strength in enumerate(STRENGTHS):
            table[f"{name} x {strength:g}"] = arrays["strengths/measured"][row, column]
        for column, baseline in enumerate(toy_baselines.NAMES):
            table[f"{baseline} {name}"] = arrays["baselines/measured"][column, row]
    return {
        f"{name}/{measure}": float(value)
        for name, values in table.items()
        for measure, value in zip(MEASURES, values, strict=True)
    }


def flip_numbers(arrays: Arrays) -> dict[str, float]:
    """ "flipped at 0.5" and its like: shares of starts, by alpha_0 / eta_alpha."""
    return {f"flipped at {ratio:g}": float(share) for ratio, share in zip(FLIP_RATIOS, arrays["flipped"], strict=True)}


def loreft_numbers(arrays: Arrays) -> dict[str, float]:
    """cosine, random, again; loss and loreft_loss: of the last ten steps."""
    loss, loreft_loss = arrays["losses"][:, -10:].mean(axis=1)
    cosines = {name: float(arrays[name]) for name in ("cosine", "random", "again")}
    return {**cosines, "loss": float(loss), "loreft_loss": float(loreft_loss)}


def _under(part: str, numbers: Numbers) -> Numbers:
    return {f"{part}/{name}": values for name, values in numbers.items()}


EXPERIMENTS: dict[str, Callable[[Parameters, Array, Config], Numbers]] = {
    "vectors": vectors,
    "flips": flips,
    "loreft": loreft,
    "factor-map": factor_map,
    "coarse-factor-map": partial(factor_map, every=2),
}
NUMBERS = {"vectors": vector_numbers, "flips": flip_numbers, "loreft": loreft_numbers}

RUN = Run(
    name="steering-scaling/toy",
    says="Transformers that reverse or sort digits, and weave a concept into the reply where the prompt names it; then "
    "steered to weave it in where it does not.",
    cost="3 CPU-s a seed for the base model, about 15 more for its vectors, and 15 to 45 s to compile",
    expects="both tasks right on more than 99% of the digits",
    settings={
        **digits_training.SETTINGS,
        "experiment": Setting("none", "what is done to the trained model", choices=("none", *EXPERIMENTS)),
        "depth": Setting(0, "blocks before the place where vectors are added", within=(0, 256)),
        "examples": Setting(
            "woven", "the replies that vectors are trained on; plain, dealt: controls", choices=EXAMPLES
        ),
    },
    init=digits_training.init,
    step=digits_training.step,
    evaluate=evaluate,
    measure=measure,
)
