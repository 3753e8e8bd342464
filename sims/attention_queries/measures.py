"""Chunks of samples: what rounding and noise do to a logit, and how far Gaussian noise is from a descent cone."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.point import Point
from corollary.sims.attention_queries.noise import noisy_estimate

ROUNDING_ROWS = 1 << 15
NOISE_ROWS = 1 << 14
CONE_ROWS = 64


@static()
def logit_rounding(key: jax.Array, point: Point) -> Float[Array, " samples"]:
    """|s_hat - s| in units of eps (1 + |v_j / (u . v)|), s_hat read off an answer of floating-point type point["dtype"]
    ("float32" or "float64") at the logit s; v_j, u . v ~ N(0, 1). The key is consumed."""
    dtype = jnp.dtype(point["dtype"])
    base, gain = jax.random.normal(key, (2, ROUNDING_ROWS), jnp.float64).astype(dtype)
    s = point["s"] * jnp.ones(ROUNDING_ROWS, dtype)
    answer = base + jax.nn.sigmoid(s.astype(dtype)) * gain
    alpha = ((answer - base) / gain).astype(jnp.float64)
    error = jnp.abs(jnp.log(alpha) - jnp.log1p(-alpha) - s.astype(jnp.float64))
    unit = jnp.finfo(dtype).eps * (1 + jnp.abs(base.astype(jnp.float64) / gain.astype(jnp.float64)))
    # A saturated answer shows no logit at all; its error counts as the whole logit.
    return jnp.where(jnp.isfinite(error), error, jnp.abs(point["s"])) / unit


@static()
def squared_errors(key: jax.Array, point: Point) -> Float[Array, "samples 2"]:
    """(W_hat_12 - W_ij)^2 and (W_hat_11 - W_ij)^2 of a head of width 2 with W_ij in both places, v = (v_i, v_j), probed
    at scales a, b under Gaussian noise of standard deviation tau. The key is consumed."""
    W = jnp.stack([jnp.stack([point["W_ij"], point["W_ij"]]), jnp.array([0.3, -0.2], jnp.float64)])
    v = jnp.stack([point["v_i"], point["v_j"]])
    single, pairs = (
        point["tau"] * jax.random.normal(k, shape, jnp.float64)
        for k, shape in zip(jax.random.split(key), ((NOISE_ROWS, 2), (NOISE_ROWS, 2, 2)), strict=True)
    )
    estimates = jax.vmap(lambda n, m: noisy_estimate(W, v, jnp.eye(2), point["a"], point["b"], n, m, 0.0)[0])(
        single, pairs
    )
    return (estimates[:, 0, ::-1] - W[0]) ** 2


@static("d", "r")
def squared_distance(key: jax.Array, point: Point) -> Float[Array, " samples"]:
    """Squared distance, over d^2, of a standard Gaussian d x d matrix to sqrt(d - r) t times the subdifferential of the
    nuclear norm at a matrix of rank r. The key is consumed."""
    d, r = point["d"], point["r"]
    level = jnp.sqrt(d - r) * point["t"]
    G = jax.random.normal(key, (CONE_ROWS, d, d), jnp.float64)
    # One matrix at a time: a batched eigensolver inside a program for several CPU devices can wait for itself.
    squares = jax.lax.map(lambda rest: jnp.linalg.eigvalsh(rest @ rest.T), G[:, r:, r:])
    singular = jnp.sqrt(jnp.maximum(squares, 0.0))
    beyond = jnp.sum(jnp.maximum(singular - level, 0.0) ** 2, axis=1)
    core = jnp.sum((G[:, :r, :r] - level * jnp.eye(r)) ** 2, axis=(1, 2))
    sides = jnp.sum(G[:, :r, r:] ** 2, axis=(1, 2)) + jnp.sum(G[:, r:, :r] ** 2, axis=(1, 2))
    return (core + sides + beyond) / d**2
