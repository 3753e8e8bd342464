"""Draws of random gates."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.models.circuits.gates import binary_gate, hard_concrete

DRAWS = 8192


def kept(key: Array, point: dict) -> Float[Array, " draws"]:
    """Binary gates of logit l at temperature tau. The key is consumed."""
    logits = jnp.full(DRAWS, point["l"], jnp.float32)
    return binary_gate(key, logits, jnp.float32(point["tau"]))


def kept_normal(key: Array, point: dict) -> Float[Array, " draws"]:
    """The same with normal noise of the logistic's deviation."""
    noise = jax.random.normal(key, (DRAWS,)) * jnp.pi / jnp.sqrt(3.0)
    return (point["l"] + noise > 0).astype(jnp.float32)


def hard(key: Array, point: dict) -> dict[str, Float[Array, " draws"]]:
    """Hard-concrete gates: "mean", and whether they are "open" (above 0) and "full" (1). The key is consumed."""
    at = jnp.full(DRAWS, point["log_alpha"], jnp.float32)
    gate = hard_concrete(key, at, *(jnp.float32(point[name]) for name in ("beta", "low", "zeta")))
    return {"open": (gate > 0).astype(jnp.float32), "full": (gate == 1).astype(jnp.float32), "mean": gate}
