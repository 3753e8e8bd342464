"""Directions estimated from tokens, Delta_j = g_j z + sigma xi_j with z the first axis, g_j = max(m + N(0, 1), 0), and
the squared sine of their angle with z."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.numerics.gaussian import normals

ROWS, WHOLE = 512, 32
"""Estimates a chunk: of sums, whose noise is drawn as what it is, and of whole samples."""


@static("n", "d")
def of_sums(key: Array, point: dict) -> dict[str, Float[Array, " rows"]]:
    """Of the mean difference, and of the sum weighted by known gates. point: n, d (ints), m, sigma. Given gates, the
    noise of either sum is Gaussian, of variance n sigma^2 and sigma^2 sum g^2. The key is consumed."""
    n, d = point["n"], point["d"]
    gates, plain, weighted = normals(key, (ROWS, n), (ROWS, d), (ROWS, d))
    gates = jnp.maximum(point["m"] + gates, 0)
    first, second = gates.sum(1, keepdims=True), (gates**2).sum(1, keepdims=True)
    return {
        "mean difference": _sine(point["sigma"] * jnp.sqrt(1.0 * n) * plain, first),
        "weighted": _sine(point["sigma"] * jnp.sqrt(second) * weighted, second),
    }


@static("n", "d")
def of_samples(key: Array, point: dict) -> Float[Array, " rows"]:
    """Of the top right singular vector, nothing centred. point: as of_sums. The key is consumed."""
    n, d = point["n"], point["d"]
    gates, noise = normals(key, (WHOLE, n), (WHOLE, n, d))
    delta = point["sigma"] * noise
    delta = delta.at[:, :, 0].add(jnp.maximum(point["m"] + gates, 0))
    top = jnp.linalg.eigh(jnp.einsum("rni,rnj->rij", delta, delta))[1][:, :, -1]
    return 1 - top[:, 0] ** 2


def _sine(noise: Float[Array, "rows d"], signal: Float[Array, "rows 1"]) -> Float[Array, " rows"]:
    estimate = noise.at[:, :1].add(signal)
    return 1 - estimate[:, 0] ** 2 / jnp.sum(estimate**2, axis=1)
