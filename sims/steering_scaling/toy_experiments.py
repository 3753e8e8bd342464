"""The steering experiments of the toy, each a pure function of one base model, mapped over base models.

The unit of replication is the base model: everything that is compared is compared within one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, PartitionSpec

from corollary.settings import Config, configure
from models.parameters import Parameters
from models.steering_scaling import Scaling
from sims.steering_scaling.toy import RUN, nested
from sims.steering_scaling.toy_steering import (
    Numbers,
    assess,
    overall_score,
    pairs,
    placement_masks,
    scalings,
    train_vector,
)

Experiment = Callable[[Parameters, jax.Array, Config], Numbers]

STRENGTHS = (0.25, 0.5, 0.8, 1.0, 1.25, 1.6, 2.0)
"""Factors on a trained vector."""


def placements(weights: Parameters, key: jax.Array, config: Config, depth: int) -> Numbers:
    """At each placement, the vector of the best constants and what it does.

    measured: [placements, measures]; random: the same for a random vector of equal norm; vector: [placements, width];
    alpha, start: the factor's end and beginning, [placements]; choice: the constants' number.
    """
    masks = jnp.asarray(placement_masks(config["length"]))
    data_key, train_key, choice_key, test_key, random_key = jax.random.split(key, 5)
    tried = scalings(config["width"])
    examples = pairs(data_key, config)

    def train(mask: jax.Array, scaling: Scaling) -> Numbers:
        return train_vector(weights, examples, mask, scaling, train_key, config, depth)

    fits = jax.vmap(lambda mask: jax.vmap(partial(train, mask))(tried))(masks)
    vectors = fits["alpha"][..., None] * fits["v"]

    def rate(vector: jax.Array, mask: jax.Array) -> jax.Array:
        return overall_score(weights, vector, mask, choice_key, config, depth)

    choice = jax.vmap(jax.vmap(rate, (0, None)))(vectors, masks).argmax(axis=1)
    rows = jnp.arange(len(masks))
    best = vectors[rows, choice]
    direction = jax.random.normal(random_key, best.shape, best.dtype)
    noise = direction * (jnp.linalg.norm(best, axis=1) / jnp.linalg.norm(direction, axis=1))[:, None]

    def effects(vector: jax.Array, mask: jax.Array) -> jax.Array:
        return assess(weights, vector, mask, test_key, config, depth)

    return {
        "measured": jax.vmap(effects)(best, masks),
        "random": jax.vmap(effects)(noise, masks),
        "vector": best,
        "alpha": fits["alpha"][rows, choice],
        "start": jnp.asarray(tried.alpha_0)[choice],
        "choice": choice,
        "losses": fits["losses"][rows, choice],
    }


def strengths(weights: Parameters, key: jax.Array, config: Config, depth: int, vector: jax.Array) -> Numbers:
    """measured: [placements, strengths, measures] of trained vectors [placements, width] times each of STRENGTHS."""
    masks = jnp.asarray(placement_masks(config["length"]))

    def effects(vector: jax.Array, mask: jax.Array, strength: jax.Array) -> jax.Array:
        return assess(weights, strength * vector, mask, key, config, depth)

    factors = jnp.asarray(STRENGTHS, jnp.float32)
    return {"measured": jax.vmap(jax.vmap(effects, (None, None, 0)), (0, 0, None))(vector, masks, factors)}


def over_models(experiment: Any, base: dict[str, Any], seeds: Sequence[int], config: Config, **inputs: Any) -> Any:
    """The experiment on every base model: arrays [models, ...]. base: parameters by path, [models, ...], as the run's
    evaluation holds them. inputs: ints, which are static, or arrays [models, ...]."""
    static = {name: value for name, value in inputs.items() if isinstance(value, int)}
    traced = {name: jnp.asarray(value) for name, value in inputs.items() if name not in static}
    keys = jax.vmap(jax.random.key)(jnp.asarray(seeds, jnp.uint32))
    program = _program(experiment, tuple(config.items()), tuple(static.items()), _devices(len(seeds)))
    return jax.device_get(program(nested(base), keys, traced))


@lru_cache(maxsize=16)
def _program(experiment: Any, settings: tuple[Any, ...], static: tuple[Any, ...], devices: int) -> Any:
    def one(weights: Parameters, key: jax.Array, traced: dict[str, jax.Array]) -> Numbers:
        return experiment(weights, key, dict(settings), **dict(static), **traced)

    mesh = Mesh(np.array(jax.devices()[:devices]), ("models",))
    spread = PartitionSpec("models")
    return jax.jit(jax.shard_map(jax.vmap(one), mesh=mesh, in_specs=spread, out_specs=spread, check_vma=False))


def _devices(models: int) -> int:
    return max(k for k in range(1, len(jax.devices()) + 1) if models % k == 0)


def settings(**overrides: Any) -> Config:
    """The base models' settings."""
    return configure(RUN.name, RUN.settings, overrides)
