"""How the factor's start and learning rate decide a training on the toy: final losses, and flips of its sign."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp

from corollary.models.parameters import Parameters
from corollary.models.steering_scaling import derived_scaling
from corollary.sims.numerics.grid import over_grid
from corollary.sims.steering.digits import STEPS, Numbers, pairs, placement_masks, train_vector
from corollary.training.settings import Config

BETAS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
C_ALPHAS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
C_V = 0.25
MAP_STARTS = 4

FLIP_RATIOS = (0.5, 4.0)
"""alpha_0 / eta_alpha, below and above where the first step can cross zero."""

FLIP_C_ALPHA, FLIP_STARTS, FLIP_STEPS = 0.2, 32, 24

PREFIX_AND_SUFFIX = 2
"""The number of that placement."""


def factor_map(weights: Parameters, key: jax.Array, config: Config, every: int = 1) -> Numbers:
    """loss: mean of the last ten steps; flipped: the share of starts of v whose factor was ever negative; both
    [betas, c_alphas], over MAP_STARTS starts. every: 2 for every second of BETAS and C_ALPHAS. The key is consumed."""
    betas, c_alphas = jnp.asarray(BETAS[::every], jnp.float32), jnp.asarray(C_ALPHAS[::every], jnp.float32)
    train, starts = _trainer(weights, key, config, MAP_STARTS)
    losses, factors = over_grid(train, betas, c_alphas, starts)
    return {"loss": losses[..., -10:].mean(axis=(2, 3)), "flipped": (factors < 0).any(axis=3).mean(axis=2)}


def flips(weights: Parameters, key: jax.Array, config: Config) -> Numbers:
    """flipped: the share of starts of v whose factor becomes negative within FLIP_STEPS steps, at each of FLIP_RATIOS.
    The key is consumed."""
    train, starts = _trainer(weights, key, config, FLIP_STARTS, FLIP_STEPS)
    betas = FLIP_C_ALPHA * jnp.asarray(FLIP_RATIOS, jnp.float32)
    _, factors = over_grid(lambda beta, start: train(beta, FLIP_C_ALPHA, start), betas, starts)
    return {"flipped": (factors < 0).any(axis=2).mean(axis=1)}


def _trainer(
    weights: Parameters, key: jax.Array, config: Config, starts: int, steps: int = STEPS
) -> tuple[Callable[..., tuple[jax.Array, jax.Array]], jax.Array]:
    """(beta, c_alpha, key) -> losses and factors, [steps], always on the same examples; and a key for every start."""
    mask = jnp.asarray(placement_masks(config["length"])[PREFIX_AND_SUFFIX])
    data_key, start_key = jax.random.split(key)
    examples = pairs(data_key, config)

    def train(beta: jax.Array, c_alpha: jax.Array | float, start: jax.Array) -> tuple[jax.Array, jax.Array]:
        scaling = derived_scaling(config["width"], beta=beta, c_alpha=c_alpha, c_v=C_V)
        found = train_vector(weights, examples, mask, scaling, start, config, steps)
        return found["losses"], found["factors"]

    return train, jax.random.split(start_key, starts)
