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

from corollary.models.parameters import Parameters
from corollary.models.steering_scaling import Scaling
from corollary.sims.steering_scaling.toy import nested
from corollary.sims.steering_scaling.toy_baselines import baselines
from corollary.sims.steering_scaling.toy_factor import factor_map, flips
from corollary.sims.steering_scaling.toy_loreft import loreft
from corollary.sims.steering_scaling.toy_steering import (
    COMPARED,
    Numbers,
    assess,
    over_grid,
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


def placements(weights: Parameters, key: jax.Array, config: Config, depth: int) -> Numbers:
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
        found = train_vector(weights, examples, mask, scaling, start, config, depth)
        vector = found["alpha"] * found["v"]
        return {**found, "vector": vector, "rated": overall_score(weights, vector, mask, choice_key, config, depth)}

    fits = over_grid(train, masks, tried, starts)
    choice = fits["rated"].mean(axis=2).argmax(axis=1)
    best = {name: values[jnp.arange(len(masks)), choice] for name, values in fits.items()}

    def effects(vector: jax.Array, mask: jax.Array, test: jax.Array) -> jax.Array:
        return assess(weights, vector, mask, test, config, depth)

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


def strengths(weights: Parameters, key: jax.Array, config: Config, depth: int, vector: jax.Array) -> Numbers:
    """measured: [2, strengths, measures], of the vectors of COMPARED, [2, starts, width], times each of STRENGTHS, the
    mean over starts. The key is consumed."""
    masks = jnp.asarray(placement_masks(config["length"])[list(COMPARED)])
    tests = jax.random.split(key, vector.shape[1])

    def effects(row: jax.Array, start: jax.Array, strength: jax.Array) -> jax.Array:
        return assess(weights, strength * vector[row, start], masks[row], tests[start], config, depth)

    rows, starts = (jnp.arange(size) for size in vector.shape[:2])
    return {"measured": over_grid(effects, rows, starts, jnp.asarray(STRENGTHS, jnp.float32)).mean(axis=1)}


EXPERIMENTS: dict[str, Any] = {
    "placements": placements,
    "strengths": strengths,
    "loreft": loreft,
    "factor_map": factor_map,
    "coarse_factor_map": partial(factor_map, every=2),
    "baselines": baselines,
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
    of blocks before the intervention. vector: what `strengths` asks for, [models, 2, starts, width].
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
