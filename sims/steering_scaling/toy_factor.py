"""How the factor's start and learning rate decide a training on the toy: final losses, and flips of its sign."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from corollary.settings import Config
from models.parameters import Parameters
from models.steering_scaling import derived_scaling
from sims.steering_scaling.toy_steering import Numbers, pairs, placement_masks, train_vector

BETAS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
C_ALPHAS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
C_V = 0.25
MAP_STARTS = 4

FLIP_RATIOS = (0.5, 4.0)
"""alpha_0 / eta_alpha, below and above where the first step can cross zero."""

FLIP_C_ALPHA, FLIP_STARTS, FLIP_STEPS = 0.2, 32, 24

PREFIX_AND_SUFFIX = 2
"""The number of that placement."""


def factor_map(weights: Parameters, key: jax.Array, config: Config, depth: int) -> Numbers:
    """loss: mean of the last ten steps; flipped: the share of starts of v whose factor was ever negative; both
    [betas, c_alphas], over MAP_STARTS starts. The key is consumed."""
    betas, c_alphas = jnp.asarray(BETAS, jnp.float32), jnp.asarray(C_ALPHAS, jnp.float32)

    def cell(beta: jax.Array, c_alpha: jax.Array) -> tuple[jax.Array, jax.Array]:
        return _trained(weights, key, config, depth, beta, c_alpha, MAP_STARTS)

    losses, factors = jax.vmap(lambda beta: jax.vmap(lambda c_alpha: cell(beta, c_alpha))(c_alphas))(betas)
    return {"loss": losses[..., -10:].mean(axis=(2, 3)), "flipped": (factors < 0).any(axis=3).mean(axis=2)}


def flips(weights: Parameters, key: jax.Array, config: Config, depth: int) -> Numbers:
    """flipped: the share of starts of v whose factor becomes negative within FLIP_STEPS steps, at each of FLIP_RATIOS.
    The key is consumed."""
    ratios = jnp.asarray(FLIP_RATIOS, jnp.float32)
    _, factors = jax.vmap(
        lambda ratio: _trained(
            weights, key, config, depth, ratio * FLIP_C_ALPHA, jnp.float32(FLIP_C_ALPHA), FLIP_STARTS, FLIP_STEPS
        )
    )(ratios)
    return {"flipped": (factors < 0).any(axis=2).mean(axis=1)}


def _trained(
    weights: Parameters,
    key: jax.Array,
    config: Config,
    depth: int,
    beta: jax.Array,
    c_alpha: jax.Array,
    starts: int,
    steps: int = 72,
) -> tuple[jax.Array, jax.Array]:
    """Losses and factors, [starts, steps], on the same examples."""
    mask = jnp.asarray(placement_masks(config["length"])[PREFIX_AND_SUFFIX])
    data_key, start_key = jax.random.split(key)
    examples = pairs(data_key, config)
    scaling = derived_scaling(config["width"], beta=beta, c_alpha=c_alpha, c_v=C_V)
    fits = jax.vmap(lambda one: train_vector(weights, examples, mask, scaling, one, config, depth, steps))(
        jax.random.split(start_key, starts)
    )
    return fits["losses"], fits["factors"]
