"""Chunks of samples, and differentiable errors, of what rounding and noise do to a learner."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.attention_queries.noise import Scalar, noisy_estimate

ROUNDING_ROWS = 1 << 15
NOISE_ROWS = 1 << 14
CONE_ROWS = 64

Params = dict[str, Array]


@static()
def logit_rounding(key: jax.Array, point: dict[str, Any]) -> Float[Array, " samples"]:
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
def squared_errors(key: jax.Array, point: dict[str, Any]) -> Float[Array, "samples 2"]:
    """(W_hat_12 - W_ij)^2 and (W_hat_11 - W_ij)^2 of a head of width 2 with W_ij in both places, v = (v_i, v_j), probed
    at scales a, b under Gaussian noise of standard deviation tau. The key is consumed."""
    W = jnp.stack([jnp.stack([point["W_ij"], point["W_ij"]]), jnp.array([0.3, -0.2], jnp.float64)])
    v = jnp.stack([point["v_i"], point["v_j"]])
    single, pairs = (
        point["tau"] * jax.random.normal(k, shape, jnp.float64)
        for k, shape in zip(jax.random.split(key), ((NOISE_ROWS, 2), (NOISE_ROWS, 2, 2)), strict=True)
    )
    found = jax.vmap(lambda n, m: noisy_estimate(W, v, jnp.eye(2), point["a"], point["b"], n, m, 0.0)[0])(single, pairs)
    return (found[:, 0, ::-1] - W[0]) ** 2


@static("d", "r")
def squared_distance(key: jax.Array, point: dict[str, Any]) -> Float[Array, " samples"]:
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


def logit_slope(params: Params, clip: float) -> Float[Array, ""]:
    """|logit p - logit q| / |p - q| at two points of [clip, 1 - clip]. params: {"p", "q"}, unconstrained scalars."""
    p, q = (clip + (1 - 2 * clip) * jax.nn.sigmoid(params[name]) for name in ("p", "q"))
    gap = jnp.log(p) - jnp.log1p(-p) - jnp.log(q) + jnp.log1p(-q)
    return jnp.where(p == q, 0.0, jnp.abs(gap) / jnp.maximum(jnp.abs(p - q), 1e-12))


def draw_slope(key: jax.Array) -> Params:
    """Params of `logit_slope`. The key is consumed."""
    p, q = 3 * jax.random.normal(key, (2,), jnp.float64)
    return {"p": p, "q": q}


def draw_noisy_head(key: jax.Array, d: int) -> Params:
    """Params of `noisy_head_errors`. The key is consumed."""
    # One draw, cut up: each call of the generator costs compilation.
    drawn = jax.random.normal(key, (2 * d * (d + 1),), jnp.float64)
    W, pairs, v, single = jnp.split(drawn, [d * d, 2 * d * d, 2 * d * d + d])
    return {"W": W.reshape(d, d), "v": v, "single": 3 * single, "pairs": 3 * pairs.reshape(d, d)}


def noisy_head_errors(
    params: Params, norm: float, mu: float, tau: float, a: Scalar, b: Scalar, one_margin: bool = False
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """(||W_hat - W||_F, ||v_hat - v||_2) of a head with ||W||_F = norm, its noise within tau, and every |v_i| >= mu, or
    only the largest."""
    W = norm * params["W"] / jnp.linalg.norm(params["W"])
    v = params["v"]
    v = v * jnp.maximum(1.0, mu / jnp.abs(v).max()) if one_margin else v + mu * jnp.sign(v)
    single, pairs = tau * jnp.tanh(params["single"]), tau * jnp.tanh(params["pairs"])
    U = None if one_margin else jnp.eye(len(v), dtype=v.dtype)
    found, seen = noisy_estimate(W, v, U, a, b, single, pairs)
    return jnp.linalg.norm(found - W), jnp.linalg.norm(seen - v)


def draw_weight(key: jax.Array) -> Params:
    """Params of `weight_error`. The key is consumed."""
    names = ("alpha", "v_i", "v_j", "n_y", "n_i", "n_j")
    return dict(zip(names, 2 * jax.random.normal(key, (len(names),), jnp.float64), strict=True))


def weight_error(
    params: Params, mu: float, tau: float, a: float, b: float
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """(|alpha_hat - alpha|, alpha) of one probe [b e_i + a e_j ; a e_j], |v_i| >= mu, every answer within tau."""
    alpha = jax.nn.sigmoid(params["alpha"])
    v_i = params["v_i"] + mu * jnp.sign(params["v_i"])
    n_y, n_i, n_j = (tau * jnp.tanh(params[name]) for name in ("n_y", "n_i", "n_j"))
    answer = a * params["v_j"] + alpha * b * v_i + n_y
    return jnp.abs((answer - a * (params["v_j"] + n_j)) / (b * (v_i + n_i)) - alpha), alpha
