"""The steering experiments of the toy, each a pure function of one base model, mapped over base models.

The unit of replication is the base model: everything that is compared is compared within one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, PartitionSpec

from corollary.settings import Config
from models.parameters import Parameters
from models.steering_scaling import Scaling
from sims.steering_scaling.toy import nested
from sims.steering_scaling.toy_factor import factor_map, flips
from sims.steering_scaling.toy_loreft import loreft
from sims.steering_scaling.toy_steering import (
    Numbers,
    assess,
    overall_score,
    pairs,
    placement_masks,
    scalings,
    train_vector,
)

STRENGTHS = (0.25, 0.5, 0.8, 1.0, 1.25, 1.6, 2.0)
"""Factors on a trained vector."""

COMPARED = (2, 4)
"""The numbers of the placements p2+s2 and all."""


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
    """measured: [2, strengths, measures], of the vectors of COMPARED, [2, width], times each of STRENGTHS."""
    masks = jnp.asarray(placement_masks(config["length"])[list(COMPARED)])

    def effects(vector: jax.Array, mask: jax.Array, strength: jax.Array) -> jax.Array:
        return assess(weights, strength * vector, mask, key, config, depth)

    factors = jnp.asarray(STRENGTHS, jnp.float32)
    return {"measured": jax.vmap(jax.vmap(effects, (None, None, 0)), (0, 0, None))(vector, masks, factors)}


EXPERIMENTS: dict[str, Any] = {
    "placements": placements,
    "strengths": strengths,
    "loreft": loreft,
    "factor_map": factor_map,
    "flips": flips,
}


def over_models(
    experiment: str,
    base: dict[str, Any],
    seeds: Sequence[int],
    config: Config,
    depth: int = 0,
    vector: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """One of EXPERIMENTS on every base model: arrays [models, ...].

    base: parameters by path, [models, ...], as the run's evaluation holds them. seeds: one a model. depth: the number
    of blocks before the intervention. vector: what `strengths` asks for, [models, 2, width].
    """
    keys = jax.vmap(jax.random.key)(jnp.asarray(seeds, jnp.uint32))
    inputs = (nested(base), keys) if vector is None else (nested(base), keys, vector)
    program = _program(experiment, tuple(config.items()), depth, _devices(len(seeds)))
    return jax.device_get(program(*inputs))


@lru_cache(maxsize=16)
def _program(experiment: str, settings: tuple[Any, ...], depth: int, devices: int) -> Any:
    def one(weights: Parameters, key: jax.Array, *vector: jax.Array) -> Numbers:
        return EXPERIMENTS[experiment](weights, key, dict(settings), depth, *vector)

    mesh = Mesh(np.array(jax.devices()[:devices]), ("models",))
    spread = PartitionSpec("models")
    return jax.jit(jax.shard_map(jax.vmap(one), mesh=mesh, in_specs=spread, out_specs=spread, check_vma=False))


def _devices(models: int) -> int:
    return max(k for k in range(1, len(jax.devices()) + 1) if models % k == 0)
