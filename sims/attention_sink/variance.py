"""Values averaged by attention weights, and how far the average moves over sequences."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.numerics.gaussian import normal, normals

ROWS = 4096


@static()
def squares(key: Array, point: dict) -> Float[Array, " rows"]:
    """Squared attention outputs, one coordinate of mean 0 a sequence; point: weights [t], sigma, rho >= 0, the values'
    correlation, by a part that they have in common. The key is consumed."""
    weights = point["weights"]
    own, common = normals(key, (ROWS, weights.shape[0]), (ROWS, 1))
    values = point["sigma"] * (jnp.sqrt(1 - point["rho"]) * own + jnp.sqrt(point["rho"]) * common)
    return (values @ weights) ** 2


@static("t")
def uniform_squares(key: Array, point: dict) -> Float[Array, " rows"]:
    """The same under uniform attention; point: t, sigma, rho."""
    return squares(key, {**point, "weights": jnp.full(point["t"], 1 / point["t"])})


@static("t", "n")
def vocabulary_squares(key: Array, point: dict) -> Float[Array, " rows"]:
    """Squared means of t values, each that of one of n tokens drawn with replacement from a table of its own row;
    point: t, n. The key is consumed."""
    drawn, values = jax.random.split(key)
    tokens = jax.random.randint(drawn, (ROWS, point["t"]), 0, point["n"])
    table = normal(values, (ROWS, point["n"]))
    return jnp.take_along_axis(table, tokens, axis=1).mean(axis=1) ** 2


@static("t")
def table_squares(key: Array, point: dict) -> Float[Array, " rows"]:
    """Squared deviations of the mean of t values, drawn with replacement from one table, from the table's mean; point:
    t, table [n]. The key is consumed."""
    table = point["table"]
    tokens = jax.random.randint(key, (ROWS, point["t"]), 0, table.shape[0])
    return (table[tokens].mean(axis=1) - table.mean()) ** 2
