"""Gates with an effect of the sequence and one of the token, and one coefficient for all tokens of a sequence."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.numerics.gaussian import normals

ROWS = 2048


@static("T")
def left(key: Array, point: dict) -> Float[Array, " rows"]:
    """The mean square of a sequence's gates about their own mean, of gates of variance 1. point: T (int), icc. The key
    is consumed."""
    T = point["T"]
    between, within = normals(key, (ROWS, 1), (ROWS, T))
    gates = jnp.sqrt(point["icc"]) * between + jnp.sqrt(1 - point["icc"]) * within
    return jnp.mean((gates - gates.mean(1, keepdims=True)) ** 2, axis=1)
