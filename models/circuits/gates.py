"""Random gates that gradients pass: the binary gate of DiscoGP and OASR, and hard-concrete gates."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array

TINY = 1e-10
"""What the released code adds inside its logarithms (arXiv 2605.12671)."""


def logistic_noise(key: Array, shape: tuple[int, ...], dtype: jnp.dtype = jnp.float32) -> Array:
    """-log(log U / log U'), as released. The key is consumed."""
    one, other = jax.random.uniform(key, (2, *shape), dtype)
    return -jnp.log(jnp.log(one + TINY) / jnp.log(other + TINY) + TINY)


def binary_gate(key: Array, logits: Array, tau: float = 1.0) -> Array:
    """1 where sigmoid((logit + noise) / tau) > 1/2, else 0, with the gradient of that sigmoid (straight-through)."""
    soft = jax.nn.sigmoid((logits + logistic_noise(key, jnp.shape(logits), logits.dtype)) / tau)
    hard = (soft > 0.5).astype(soft.dtype)
    return jax.lax.stop_gradient(hard - soft) + soft


def hard_concrete(key: Array, log_alpha: Array, beta: float = 2 / 3, low: float = -0.1, high: float = 1.1) -> Array:
    """clip((high - low) sigmoid((logit U + log_alpha) / beta) + low, 0, 1) (Louizos et al. 2018).

    The key is consumed."""
    noise = jax.random.logistic(key, jnp.shape(log_alpha), log_alpha.dtype)
    return jnp.clip((high - low) * jax.nn.sigmoid((noise + log_alpha) / beta) + low, 0.0, 1.0)
