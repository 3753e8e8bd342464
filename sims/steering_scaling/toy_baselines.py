"""What one would otherwise do to the toy: name the concept in the prompt, train the direction under a fixed factor, or
add the difference of means times the best of many factors."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp

from corollary.models.parameters import Parameters
from corollary.models.steering_scaling import Scaling
from corollary.sims.numerics.grid import over_grid
from corollary.sims.steering.differences import matched_pairs, states
from corollary.sims.steering.digits import (
    COMPARED,
    PAIRS,
    Numbers,
    assess,
    overall_score,
    pairs,
    placement_masks,
    train_vector,
)
from corollary.sims.toys.digits import CONCEPT
from corollary.training.settings import Config

FIXED = (1.0, 8.0, 16.0)
"""Factors that are kept while a direction of unit length at the start is trained."""

FACTORS = (0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.5, 3.0, 4.0, 5.0)
"""On the difference of means: the grid that steering benchmarks choose from."""

SLOT = 1
"""The prompt's token at which the difference of means is read."""

C_V, STARTS = 0.25, 3
NAMES = (*(f"factor {factor:g}" for factor in FIXED), "diffmean")


def baselines(weights: Parameters, key: jax.Array, config: Config) -> Numbers:
    """measured: [NAMES, COMPARED, measures], fixed factors as means over STARTS; prompted: [measures], unsteered, the
    slot naming the concept; chosen: [COMPARED], the factor of diffmean. The key is consumed."""
    masks = jnp.asarray(placement_masks(config["length"])[list(COMPARED)])
    data_key, train_key, choice_key, test_key = jax.random.split(key, 4)
    starts, tests = (jax.random.split(one, STARTS) for one in (train_key, test_key))
    examples = pairs(data_key, config)
    width = config["width"]

    def fixed(factor: jax.Array, mask: jax.Array, number: jax.Array) -> jax.Array:
        scaling = Scaling(factor, 1 / math.sqrt(width), 0.0, C_V / math.sqrt(width))
        found = train_vector(weights, examples, mask, scaling, starts[number], config)
        return found["alpha"] * found["v"]

    trained = over_grid(fixed, jnp.asarray(FIXED, jnp.float32), masks, jnp.arange(STARTS))
    plain, named = states(weights, matched_pairs(data_key, config, PAIRS), config, config["depth"], place=SLOT)
    difference = (named - plain).mean(axis=0).astype(jnp.float32)

    def rated(factor: jax.Array, mask: jax.Array) -> jax.Array:
        return overall_score(weights, factor * difference, mask, choice_key, config)

    factors = jnp.asarray(FACTORS, jnp.float32)
    chosen = factors[over_grid(rated, factors, masks).argmax(axis=0)]
    scaled = jnp.broadcast_to((chosen[:, None] * difference)[None, :, None], (1, *trained.shape[1:]))
    vectors = jnp.concatenate([trained, scaled])

    def measure(row: jax.Array, place: jax.Array, number: jax.Array) -> jax.Array:
        return assess(weights, vectors[row, place, number], masks[place], tests[number], config)

    rows, places = jnp.arange(len(NAMES)), jnp.arange(len(COMPARED))
    return {
        "measured": over_grid(measure, rows, places, jnp.arange(STARTS)).mean(axis=2),
        "prompted": assess(weights, jnp.zeros_like(difference), masks[0], tests[0], config, CONCEPT),
        "chosen": chosen,
    }
