"""Cosines between a sample's difference vector, another sample's and the mean of many."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.numerics.gaussian import normals

ROWS = 512


@static("M", "d")
def cosines(key: Array, point: dict) -> Float[Array, "samples 2"]:
    """(cosine with DiffMean, cosine with one other sample) of v_d = mu + xi, xi isotropic of energy 1, |mu|**2 = r. The
    mean of M samples is drawn as what it is, mu + xi / sqrt(M); point: d, M (ints), r."""
    d, samples = point["d"], point["M"]
    mu = jnp.zeros(d, jnp.float64).at[0].set(jnp.sqrt(point["r"]))
    xi, others, mean = normals(key, (ROWS, d), (ROWS, d), (ROWS, d))
    sample, other = mu + xi / jnp.sqrt(d), mu + others / jnp.sqrt(d)
    return jnp.stack([_cosine(sample, mu + mean / jnp.sqrt(d * samples)), _cosine(sample, other)], axis=1)


def _cosine(one: Array, other: Array) -> Array:
    return jnp.sum(one * other, axis=1) / (jnp.linalg.norm(one, axis=1) * jnp.linalg.norm(other, axis=1))
