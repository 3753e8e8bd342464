"""What trained vectors do to one base model of the toy: at every placement, and at other strengths."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from corollary.models.parameters import Parameters
from corollary.models.steering_scaling import Scaling
from corollary.sims.numerics.grid import over_grid
from corollary.sims.steering.digits import (
    COMPARED,
    Numbers,
    assess,
    overall_score,
    pairs,
    placement_masks,
    scalings,
    train_vector,
)
from corollary.training.settings import Config

STRENGTHS = (0.5, 0.8, 1.0, 1.25, 2.0)
"""Factors on a trained vector."""

STARTS = 3
"""Initial directions v_0 a placement, over which its numbers are averaged."""


def placements(weights: Parameters, key: jax.Array, config: Config) -> Numbers:
    """At each placement, what vectors of the best constants do.

    measured: [placements, measures], the mean over STARTS of v. vector: [placements, starts, width]. random: [2,
    measures], of random vectors as long as the first start's, at the placements COMPARED. alpha: [placements, starts],
    where the factor ends. choice: [placements], the constants' number. The key is consumed.
    """
    masks = jnp.asarray(placement_masks(config["length"]))
    data_key, train_key, choice_key, test_key, random_key = jax.random.split(key, 5)
    tried = scalings(config["width"])
    examples = pairs(data_key, config)
    starts, tests = (jax.random.split(one, STARTS) for one in (train_key, test_key))

    def train(mask: jax.Array, scaling: Scaling, start: jax.Array) -> Numbers:
        found = train_vector(weights, examples, mask, scaling, start, config)
        vector = found["alpha"] * found["v"]
        return {**found, "vector": vector, "rated": overall_score(weights, vector, mask, choice_key, config)}

    fits = over_grid(train, masks, tried, starts)
    choice = fits["rated"].mean(axis=2).argmax(axis=1)
    best = {name: values[jnp.arange(len(masks)), choice] for name, values in fits.items()}

    def effects(vector: jax.Array, mask: jax.Array, test: jax.Array) -> jax.Array:
        return assess(weights, vector, mask, test, config)

    def measure(place: jax.Array, start: jax.Array) -> jax.Array:
        return effects(best["vector"][place, start], masks[place], tests[start])

    rows = jnp.asarray(COMPARED)
    direction = jax.random.normal(random_key, (len(COMPARED), config["width"]), jnp.float32)
    length = jnp.linalg.norm(best["vector"][rows, 0], axis=1) / jnp.linalg.norm(direction, axis=1)
    return {
        "measured": over_grid(measure, jnp.arange(len(masks)), jnp.arange(STARTS)).mean(axis=1),
        "random": jax.vmap(effects, (0, 0, None))(direction * length[:, None], masks[rows], tests[0]),
        "vector": best["vector"],
        "alpha": best["alpha"],
        "choice": choice,
    }


def strengths(weights: Parameters, key: jax.Array, config: Config, vector: jax.Array) -> Numbers:
    """measured: [2, strengths, measures], of the vectors of COMPARED, [2, starts, width], times each of STRENGTHS, the
    mean over starts. The key is consumed."""
    masks = jnp.asarray(placement_masks(config["length"])[list(COMPARED)])
    tests = jax.random.split(key, vector.shape[1])

    def effects(row: jax.Array, start: jax.Array, strength: jax.Array) -> jax.Array:
        return assess(weights, strength * vector[row, start], masks[row], tests[start], config)

    rows, starts = (jnp.arange(size) for size in vector.shape[:2])
    return {"measured": over_grid(effects, rows, starts, jnp.asarray(STRENGTHS, jnp.float32)).mean(axis=1)}
