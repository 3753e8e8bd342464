"""Softmax over one key of fixed logit and random others."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.numerics.gaussian import normal

ROWS = 1024
BISECTIONS = 60


def attention_on_first(logits: Float[Array, "rows others"], s0: Array) -> Float[Array, " rows"]:
    """Attention on a key of logit s0 beside others of the given logits."""
    first = jnp.broadcast_to(s0, (logits.shape[0], 1))
    return jax.nn.softmax(jnp.concatenate([first, logits], axis=1))[:, 0]


@static("t")
def mass(key: Array, point: dict) -> Float[Array, " rows"]:
    """Attention on the sink, one softmax a row; point: t, beta, s0. The key is consumed."""
    return attention_on_first(point["beta"] * normal(key, (ROWS, point["t"] - 1)), point["s0"])


def needed_odds(t: int, beta: float, p: float, seed: int = 0) -> float:
    """e^s0 at which the mean attention on the sink, over fixed draws of t - 1 other logits, is p: by bisection."""
    logits = beta * normal(jax.random.key(seed), (ROWS, int(t) - 1))
    reached = jax.jit(lambda s0: attention_on_first(logits, s0).mean())
    low, high = -40.0, 40.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle) > p else (middle, high)
    return float(jnp.exp(high))
