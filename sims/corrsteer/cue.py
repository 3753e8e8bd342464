"""Success, a feature that does something for it, and a cue that only goes along."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.numerics.gaussian import normals

ROWS = 512


@static("n")
def preferred(key: Array, point: dict) -> Float[Array, " rows"]:
    """Whether the cue's correlation with success is the larger one. point: n (int); pi, effect, direct, through: y is 1
    with probability pi, c = effect y + N(0, 1), b = direct y + through c + N(0, 1). The key is consumed."""
    drawn, noise = jax.random.split(key)
    first, second = normals(noise, (ROWS, point["n"]), (ROWS, point["n"]))
    y = (jax.random.uniform(drawn, first.shape) < point["pi"]).astype(first.dtype)
    c = point["effect"] * y + first
    b = point["direct"] * y + point["through"] * c + second
    return (_correlation(b, y) > _correlation(c, y)).astype(jnp.float64)


def _correlation(z: Array, y: Array) -> Array:
    z, y = z - z.mean(-1, keepdims=True), y - y.mean(-1, keepdims=True)
    return (z * y).sum(-1) / jnp.sqrt((z**2).sum(-1) * (y**2).sum(-1))
