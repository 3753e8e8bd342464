"""Learning rates over a training, where optax's own do not say it."""

from __future__ import annotations

import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

SCHEDULES = ("constant", "cosine")
FINAL_SHARE = 0.01
"""Of the rate, at the end of a cosine."""


def warmed(rate: float, warmup: int, steps: int, after: str) -> optax.Schedule:
    """rate * t / warmup at step t = 1, 2, ... up to `warmup`; then constant, or a cosine to FINAL_SHARE of the rate at
    step `steps`. Every step moves, unlike with optax's warm-up, which begins at 0."""

    def at(count: Array) -> Float[Array, ""]:
        t = jnp.asarray(count, jnp.float32) + 1
        share = jnp.minimum(1.0, t / max(warmup, 1))
        if after == "cosine":
            past = jnp.clip((t - warmup) / max(steps - warmup, 1), 0.0, 1.0)
            share = share * (FINAL_SHARE + (1 - FINAL_SHARE) * (1 + jnp.cos(jnp.pi * past)) / 2)
        return rate * share.astype(jnp.float32)

    return at
