"""One feature that differs between successes and failures, among many that do not."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.numerics.gaussian import normal, normals

ROWS, PAIRS = 32, 512


@static("n", "n1", "F")
def first(key: Array, point: dict) -> Float[Array, " rows"]:
    """Whether its correlation is the largest. point: n, n1, F (ints): samples, successes and features; D: gap of its
    means. The key is consumed."""
    n, n1, F = point["n"], point["n1"], point["F"]
    z = normal(key, (ROWS, F, n), dtype=jnp.float32)
    y = jnp.where(jnp.arange(n) < n1, 1.0, 0.0).astype(jnp.float32)
    z = z.at[:, 0].add(jnp.asarray(point["D"], jnp.float32) * y)
    r = _correlation(z, y)
    return (r.argmax(1) == 0).astype(jnp.float64)


@static("n")
def spread(key: Array, point: dict) -> dict[str, Float[Array, " rows"]]:
    """n times the variance of its correlation, from the differences of pairs of samples: with "random" successes, and
    with as many in each sample ("design"). point: n (int), pi, D. The key is consumed."""
    n, pi, D = point["n"], point["pi"], point["D"]
    drawn, noise = jax.random.split(key)
    z, other = normals(noise, (PAIRS, 2, n), (PAIRS, 2, n))
    random = (jax.random.uniform(drawn, (PAIRS, 2, n)) < pi).astype(z.dtype)
    fixed = jnp.broadcast_to((jnp.arange(n) < pi * n - 0.5).astype(z.dtype), z.shape)
    out = {}
    for name, y, noise_of in (("random", random, z), ("design", fixed, other)):
        r = _correlation(noise_of + D * y, y)
        out[name] = n * (r[:, 0] - r[:, 1]) ** 2 / 2
    return out


def _correlation(z: Array, y: Array) -> Array:
    z, y = z - z.mean(-1, keepdims=True), y - y.mean(-1, keepdims=True)
    return (z * y).sum(-1) / jnp.sqrt((z**2).sum(-1) * (y**2).sum(-1))
