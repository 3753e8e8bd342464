"""The residual stream before and after RMSNorm, over sequences."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.numerics.gaussian import normals

ROWS, PAIRS = 4096, 128


def rms_normalised(x: Float[Array, "*batch d"]) -> Float[Array, "*batch d"]:
    """x over its root mean square, without epsilon or gain."""
    return x / jnp.sqrt(jnp.mean(x * x, axis=-1, keepdims=True))


def half_squared_difference(one: Float[Array, "*batch d"], other: Float[Array, "*batch d"]) -> Float[Array, "*batch"]:
    """The variance of a coordinate, averaged over coordinates: unbiased, from two independent sequences."""
    return jnp.mean((one - other) ** 2, axis=-1) / 2


@static("d")
def normalised_variance(key: Array, point: dict) -> Float[Array, " pairs"]:
    """Variance over sequences of RMSNorm(m b + s xi), from pairs of sequences with one b of mean square 1; point: d, m,
    s. The key is consumed."""
    fixed, one, other = normals(key, *3 * ((PAIRS, point["d"]),))
    mean = point["m"] * rms_normalised(fixed)
    return half_squared_difference(*(rms_normalised(mean + point["s"] * noise) for noise in (one, other)))


@static("t", "d")
def stream_squares(key: Array, point: dict) -> dict[str, Float[Array, " rows"]]:
    """Squares of one channel of embedding + g (mean of t values) W_O: "first" with the first value alone, "late" with
    all t. W_O: entries N(0, 1/d), another for each row. point: t, d, g. The key is consumed."""
    values, output, embedding = normals(key, (ROWS, point["t"], point["d"]), (ROWS, point["d"]), (ROWS, 2))
    output = output / jnp.sqrt(point["d"])
    writes = {"first": values[:, 0], "late": values.mean(axis=1)}
    return {
        name: (embedding[:, place] + point["g"] * jnp.sum(write * output, axis=1)) ** 2
        for place, (name, write) in enumerate(writes.items())
    }
