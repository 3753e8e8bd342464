"""The direction along which an answer's own value is read, against what its head passes on, in Gaussian heads."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static

HEADS = 8
"""Drawn with one key."""


@static("d", "h")
def cosine(key: Array, point: dict) -> Float[Array, " heads"]:
    """Cosine of x W_V W_V' and x (cos(eta) W_V W_V' + sin(eta) (W_V G)'), of some Gaussian
    heads. The key is consumed.

    point: d, width; h, head width; eta."""
    return _cosine(key, point, jnp.cos(point["eta"]))


@static("d", "h")
def without_copying(key: Array, point: dict) -> Float[Array, " heads"]:
    """The mistake: an output matrix that has no part along the transposed values. The key is consumed."""
    return _cosine(key, point, jnp.zeros(()))


def _cosine(key: Array, point: dict, along: Array) -> Float[Array, " heads"]:
    d, inner = int(point["d"]), int(point["h"])
    value_key, other_key = jax.random.split(key)
    values = jax.random.normal(value_key, (HEADS, d, inner), jnp.float32) / jnp.sqrt(jnp.float32(d))
    noise = jax.random.normal(other_key, (HEADS, inner), jnp.float32) / jnp.sqrt(jnp.float32(d))
    own = jnp.einsum("nij,nj->ni", values, values[:, 0])  # x: the first unit vector; then x G' is a column of noise
    exact = along * own + jnp.sin(point["eta"]) * jnp.einsum("nij,nj->ni", values, noise)
    return jnp.sum(own * exact, -1) / (jnp.linalg.norm(own, axis=-1) * jnp.linalg.norm(exact, axis=-1))
