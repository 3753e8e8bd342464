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
from corollary.sims.numerics.grid import over_grid
from corollary.sims.steering.digits import BATCH, PAIRS, STEPS, Numbers, pairs, placement_masks, scalings, train_vector
from corollary.sims.toys.digits import NEUTRAL, TASK_A, draw_prompts
from corollary.sims.toys.digits_model import reply_loss, residual
from corollary.sims.training.step import fit
from corollary.training.settings import Config

RATES = (0.02, 0.05, 0.1)
"""Learning rates of LoReFT; the lowest loss of the last ten steps is kept."""

PREFIX_AND_SUFFIX = 2
"""The number of that placement."""


def loreft(weights: Parameters, key: Array, config: Config) -> Numbers:
    """cosine: between z and LoReFT's mean change of the stream at the steered positions; random: with a random vector
    in z's place; again: between z and what another start of v gave. losses: [2, steps], of the vector and of LoReFT.
    The key is consumed."""
    data_key, train_key, again_key, start_key, test_key, random_key = jax.random.split(key, 6)
    mask = jnp.asarray(placement_masks(config["length"])[PREFIX_AND_SUFFIX])
    examples = pairs(data_key, config)

    def vector(key: Array, scaling: Any) -> Numbers:
        return train_vector(weights, examples, mask, scaling, key, config)

    starts = jnp.stack([train_key, again_key])
    fits = over_grid(vector, starts, scalings(config["width"]))
    best = fits["losses"][0, :, -10:].mean(axis=1).argmin()
    z, again = fits["alpha"][:, best, None] * fits["v"][:, best]
    variables, losses = jax.vmap(lambda rate: _train(weights, examples, mask, rate, start_key, config))(
        jnp.asarray(RATES, jnp.float32)
    )
    chosen = losses[:, -10:].mean(axis=1).argmin()
    change = _mean_change(weights, jax.tree.map(lambda leaf: leaf[chosen], variables), mask, test_key, config)
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
    weights: Parameters, examples: Any, mask: Bool[Array, " t"], rate: Array, key: Array, config: Config
) -> tuple[dict[str, Array], Float[Array, " steps"]]:
    """The edit's variables after STEPS steps of Adam at a rate that decays linearly to 0, and the losses."""
    start_key, order_key = jax.random.split(key)
    r = jax.random.normal(start_key, (config["width"],), jnp.float32)
    # w = r and b = 0 change nothing at the start.
    variables = {"r": r, "w": r / jnp.linalg.norm(r), "b": jnp.zeros((), jnp.float32)}

    def loss(variables: dict[str, Array], rows: Array) -> Array:
        prompts, replied = jax.tree.map(lambda leaf: leaf[rows], examples)

        def intervene(hidden: Array) -> Array:
            return hidden + mask[:, None] * edit(variables, hidden)

        counted = jnp.ones(replied.shape, bool)
        return reply_loss(weights, prompts, replied, counted, config, intervene, config["depth"])

    rows = jax.vmap(lambda one: jax.random.choice(one, PAIRS, (BATCH,), replace=False))(
        jax.random.split(order_key, STEPS)
    )
    return fit(variables, loss, optax.adam(optax.linear_schedule(rate, 0.0, STEPS)), rows)


def _mean_change(
    weights: Parameters, variables: dict[str, Array], mask: Array, key: Array, config: Config
) -> Float[Array, " width"]:
    """Over the steered positions of fresh neutral prompts."""
    prompts = draw_prompts(key, PAIRS, config["length"], TASK_A, NEUTRAL)
    inside = mask[: prompts.shape[1], None]
    change = edit(variables, residual(weights, prompts, config, config["depth"])) * inside
    return change.sum(axis=(0, 1)) / (PAIRS * inside.sum())


def _cosine(one: Array, other: Array) -> Array:
    return one @ other / (jnp.linalg.norm(one) * jnp.linalg.norm(other))
