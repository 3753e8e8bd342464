"""Rank-1 LoReFT beside a steering vector, on the same data, positions and order of batches.

LoReFT replaces the stream's component along a unit vector r by an affine function of the stream:
h + r (w.h + b - r.h). A steering vector is what is left of it when the bracket is the same for every h.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float

from corollary.models.parameters import Parameters
from corollary.sims.steering_scaling.toy_language import NEUTRAL, TASK_A, draw_prompts
from corollary.sims.steering_scaling.toy_model import logits, reply_loss
from corollary.sims.steering_scaling.toy_steering import (
    BATCH,
    PAIRS,
    STEPS,
    Numbers,
    over_grid,
    pairs,
    placement_masks,
    scalings,
    train_vector,
)
from corollary.training.settings import Config

RATES = (0.02, 0.05, 0.1)
"""Learning rates of LoReFT; the lowest loss of the last ten steps is kept."""

PREFIX_AND_SUFFIX = 2
"""The number of that placement."""


def loreft(weights: Parameters, key: Array, config: Config, depth: int) -> Numbers:
    """cosine: between z and LoReFT's mean change of the stream at the steered positions; random: with a random vector
    in z's place; again: between z and what another start of v gave. losses: [2, steps], of the vector and of LoReFT.
    The key is consumed."""
    data_key, train_key, again_key, start_key, test_key, random_key = jax.random.split(key, 6)
    mask = jnp.asarray(placement_masks(config["length"])[PREFIX_AND_SUFFIX])
    examples = pairs(data_key, config)

    def vector(key: Array, scaling: Any) -> Numbers:
        return train_vector(weights, examples, mask, scaling, key, config, depth)

    starts = jnp.stack([train_key, again_key])
    fits = over_grid(vector, starts, scalings(config["width"]))
    best = fits["losses"][0, :, -10:].mean(axis=1).argmin()
    z, again = fits["alpha"][:, best, None] * fits["v"][:, best]
    variables, losses = jax.vmap(lambda rate: _train(weights, examples, mask, rate, start_key, config, depth))(
        jnp.asarray(RATES, jnp.float32)
    )
    chosen = losses[:, -10:].mean(axis=1).argmin()
    change = _mean_change(weights, jax.tree.map(lambda leaf: leaf[chosen], variables), mask, test_key, config, depth)
    return {
        "cosine": _cosine(z, change),
        "random": _cosine(jax.random.normal(random_key, z.shape, z.dtype), change),
        "again": _cosine(z, again),
        "losses": jnp.stack([fits["losses"][0, best], losses[chosen]]),
    }


def edit(variables: dict[str, Array], hidden: Float[Array, "*batch width"]) -> Float[Array, "*batch width"]:
    """What LoReFT adds to the stream."""
    r = variables["r"] / jnp.linalg.norm(variables["r"])
    return (hidden @ variables["w"] + variables["b"] - hidden @ r)[..., None] * r


def _train(
    weights: Parameters, examples: Any, mask: Bool[Array, " t"], rate: Array, key: Array, config: Config, depth: int
) -> tuple[dict[str, Array], Float[Array, " steps"]]:
    width = config["width"]
    start_key, order_key = jax.random.split(key)
    r = jax.random.normal(start_key, (width,), jnp.float32)
    # w = r and b = 0 change nothing at the start.
    variables = {"r": r, "w": r / jnp.linalg.norm(r), "b": jnp.zeros((), jnp.float32)}
    transform = optax.scale_by_adam(0.9, 0.999, 1e-8)

    def loss(variables: dict[str, Array], batch: Any) -> Array:
        prompts, replied = batch

        def intervene(hidden: Array) -> Array:
            return hidden + mask[:, None] * edit(variables, hidden)

        return reply_loss(weights, prompts, replied, jnp.ones(replied.shape, bool), config, intervene, depth)

    def step(carry: Any, inputs: Any) -> Any:
        variables, state = carry
        rows, decay = inputs
        value, gradient = jax.value_and_grad(loss)(variables, jax.tree.map(lambda leaf: leaf[rows], examples))
        moves, state = transform.update(gradient, state)
        return (jax.tree.map(lambda one, move: one - rate * decay * move, variables, moves), state), value

    rows = jax.vmap(lambda one: jax.random.choice(one, PAIRS, (BATCH,), replace=False))(
        jax.random.split(order_key, STEPS)
    )
    decays = 1 - jnp.arange(STEPS, dtype=jnp.float32) / STEPS
    (variables, _), losses = jax.lax.scan(step, (variables, transform.init(variables)), (rows, decays))
    return variables, losses


def _mean_change(
    weights: Parameters, variables: dict[str, Array], mask: Array, key: Array, config: Config, depth: int
) -> Float[Array, " width"]:
    """Over the steered positions of fresh neutral prompts."""
    prompts = draw_prompts(key, PAIRS, config["length"], TASK_A, NEUTRAL)
    seen: list[Array] = []

    def watch(hidden: Array) -> Array:
        seen.append(hidden)
        return hidden

    logits(weights, prompts, config, watch, depth)
    inside = mask[: prompts.shape[1], None]
    return (edit(variables, seen[0]) * inside).sum(axis=(0, 1)) / (PAIRS * inside.sum())


def _cosine(one: Array, other: Array) -> Array:
    return one @ other / (jnp.linalg.norm(one) * jnp.linalg.norm(other))
