"""Clamping a projection against adding a constant, on a Gaussian stream: what each leaves, from pairs of tokens."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.sims.numerics.gaussian import normal

ROWS = 8192


def left(key: Array, point: dict) -> dict[str, Float[Array, " rows"]]:
    """Half the squared difference of two tokens' residuals, whose mean is the variance: "clamped" with the set point,
    "constant" with a constant. point: m, s of the pre-activation, v of the projection, c their covariance. The key is
    consumed."""
    drawn = normal(key, (ROWS, 2, 2))
    a = point["m"] + point["s"] * drawn[..., 0]
    slope = point["c"] / point["s"]
    projection = slope * drawn[..., 0] + jnp.sqrt(point["v"] - slope**2) * drawn[..., 1]
    gate = jnp.maximum(a, 0)
    clamped = gate + projection
    return {"clamped": (clamped[:, 0] - clamped[:, 1]) ** 2 / 2, "constant": (gate[:, 0] - gate[:, 1]) ** 2 / 2}
