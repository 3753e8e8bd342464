"""Kendall's tau, and what permutations of one ranking leave of it."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static

ROWS = 2048


def tau(x: Float[Array, " size"], y: Float[Array, " size"]) -> Float[Array, ""]:
    """Agreeing less disagreeing pairs over all pairs (tau-a); pairs with a tie count for neither."""

    def signs(z: Array) -> Array:
        return jnp.sign(z[:, None] - z[None, :])

    size = x.shape[0]
    return jnp.sum(signs(x) * signs(y)) / (size * (size - 1))


@static("size")
def null_squares(key: Array, point: dict) -> Float[Array, " rows"]:
    """tau^2 between 1, ..., size and those of independent draws; point: size. The key is consumed."""
    drawn = jax.random.uniform(key, (ROWS, point["size"]), jnp.float64)
    return jax.vmap(lambda ranking: tau(jnp.arange(point["size"]), ranking) ** 2)(drawn)
