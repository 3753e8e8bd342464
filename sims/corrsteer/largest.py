"""The largest correlation of many Gaussian features with successes that have nothing to do with them."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.numerics.gaussian import normal

ROWS = 8


@static("n", "F")
def below(key: Array, point: dict) -> Float[Array, " rows"]:
    """Whether the largest of F correlations over n samples, half of them successes, stays at or below x. point: n, F
    (ints), x. The key is consumed."""
    n, F = point["n"], point["F"]
    z = normal(key, (ROWS, F, n), dtype=jnp.float32)
    y = jnp.where(jnp.arange(n) < n // 2, 1.0, 0.0).astype(jnp.float32)
    z = z - z.mean(-1, keepdims=True)
    y = y - y.mean()
    r = (z @ y) / jnp.sqrt((z**2).sum(-1) * (y @ y))
    return (r.max(1) <= point["x"]).astype(jnp.float64)
