"""Softmax attention over random logits, and the heavy-tailed weights that it freezes into."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.numerics.gaussian import normals

ROWS = 2048
POINTS = 96
"""Largest weights that are drawn one by one; the mean of the others' sum stands for it."""


@static("t")
def attended(key: Array, point: dict) -> dict[str, Float[Array, " rows"]]:
    """ "squares": sum a_j^2. "slope": 1 - sum a_j s_j / beta^2, s_j the logits. "output": the squared output for
    independent N(0, 1) values. point: t, beta > 0. The key is consumed."""
    noise, values = normals(key, (ROWS, point["t"]), (ROWS, point["t"]))
    logits = point["beta"] * noise
    weights = jax.nn.softmax(logits)
    return {
        "squares": jnp.sum(weights**2, axis=1),
        "slope": 1 - jnp.sum(weights * logits, axis=1) / point["beta"] ** 2,
        "output": jnp.sum(weights * values, axis=1) ** 2,
    }


@static("t")
def output_squares(key: Array, point: dict) -> Float[Array, " rows"]:
    """The squared output alone."""
    return attended(key, point)["output"]


@static()
def heavy_squares(key: Array, point: dict) -> Float[Array, " rows"]:
    """Sum of squares over the square of the sum of the points of a Poisson process of intensity c w^(-c - 1), c the
    point's share, largest first: w = arrival^(-1/c). The key is consumed."""
    power = 1 / point["share"]
    arrivals = jnp.cumsum(jax.random.exponential(key, (ROWS, POINTS), jnp.float64), axis=1)
    weights = arrivals**-power
    rest = arrivals[:, -1] ** (1 - power) / (power - 1)
    return jnp.sum(weights**2, axis=1) / (jnp.sum(weights, axis=1) + rest) ** 2
