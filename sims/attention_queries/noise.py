"""Learning a head from a noisy oracle, every answer within tau of the truth (arXiv 2601.16873, Thm 6.1): the paper's
probe scales, better ones, and probes that need a margin on one entry of v only (the latter two reconstructed)."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.point import Point
from corollary.sims.attention_queries.oracle import Hidden, Oracle, noisy
from corollary.sims.attention_queries.single_head import Head, hidden_head
from corollary.sims.attention_queries.trials import Attempts, attempt

Scalar = float | Array
Params = dict[str, Array]
Scales = Callable[[float], tuple[float, float]]

CLIP = 0.3775406687981454
"""sigma(-1/2): probes keep logits within 1/2, so that attention weights lie in [CLIP, 1 - CLIP]."""


def paper_scales(norm: float) -> tuple[float, float]:
    """(a, b) of the sequences [b e_i + a e_j ; a e_j] for ||W||_F <= norm, as in the paper."""
    return 0.5, 1 / norm


def wide_scales(norm: float) -> tuple[float, float]:
    """(a, b) that keep logits within 1/2 as well, with the scale's whole burden on a."""
    return 1 / (2 * norm), 1.0


def learn_noisy(oracle: Oracle, norm: float, scales: tuple[float, float]) -> Head:
    """Recovers (W, v) up to the oracle's noise, with d^2 + d value queries, for ||W||_F <= norm and no entry of v near
    0.

    Raises ValueError unless norm is a finite number > 0.
    """
    if not 0 < norm < np.inf:
        raise ValueError(f"norm={norm}; allowed: a finite number > 0, at least ||W||_F")
    a, b = scales
    eye = np.eye(oracle.width)
    v = oracle(eye[:, None, :])
    W = estimate(jnp.asarray(v), jnp.asarray(oracle.pairs(b * eye, a * eye)), jnp.asarray(eye), a, b, CLIP)
    return Head(np.asarray(W), v)


def learn_noisy_one_margin(oracle: Oracle, norm: float) -> Head:
    """The same where entries of v may vanish: only max |v_i| must stand out of the noise.

    Raises ValueError unless norm is a finite number > 0.
    """
    if not 0 < norm < np.inf:
        raise ValueError(f"norm={norm}; allowed: a finite number > 0, at least ||W||_F")
    a, b = one_margin_scales(norm)
    v = oracle(np.eye(oracle.width)[:, None, :])
    U = np.asarray(spread_directions(jnp.asarray(v)))
    W = estimate(jnp.asarray(v), jnp.asarray(oracle.pairs(b * U, a * np.eye(oracle.width))), jnp.asarray(U), a, b, CLIP)
    return Head(np.asarray(W), v)


def one_margin_scales(norm: float) -> tuple[float, float]:
    """(a, b) for `spread_directions`, whose rows are up to sqrt(2) long."""
    return 1 / (2 * np.sqrt(2) * norm), 1.0


def estimate(
    single: Float[Array, " d"], pairs: Float[Array, "d d"], U: Float[Array, "d d"], a: Scalar, b: Scalar, clip: float
) -> Float[Array, "d d"]:
    """W from the answers `single` to [e_i] and `pairs` to [b u_k + a e_j ; a e_j], attention weights clipped to
    [clip, 1 - clip]."""
    alpha = (pairs - a * single[None, :]) / (b * (U @ single))[:, None]
    alpha = jnp.clip(alpha, clip, 1 - clip)
    # U is the identity, or that of `spread_directions`, I + N with N^2 = 0.
    inverse = 2 * jnp.eye(len(single), dtype=single.dtype) - U
    return inverse @ ((jnp.log(alpha) - jnp.log1p(-alpha)) / (a * b))


def spread_directions(v: Float[Array, " d"]) -> Float[Array, "d d"]:
    """Directions u_i = e_i where |v_i| is at least half the largest, else e_i + e_k with k the largest: every |u_i . v|
    is at least half the largest |v_i|."""
    largest = jnp.argmax(jnp.abs(v))
    weak = jnp.abs(v) < jnp.abs(v[largest]) / 2
    return jnp.eye(len(v), dtype=v.dtype).at[:, largest].add(weak.astype(v.dtype))


def noisy_estimate(
    W: Float[Array, "d d"],
    v: Float[Array, " d"],
    U: Float[Array, "d d"] | None,
    a: Scalar,
    b: Scalar,
    single_noise: Float[Array, " d"],
    pair_noise: Float[Array, "d d"],
    clip: float = CLIP,
) -> tuple[Float[Array, "d d"], Float[Array, " d"]]:
    """(W, v) as learned when the oracle's answers are off by the given noise; differentiable. U: the directions, None
    for those spread by the noisy v."""
    d = len(v)
    v_hat = v + single_noise
    directions = spread_directions(v_hat) if U is None else U
    first = b * directions[:, None, :] + a * jnp.eye(d, dtype=v.dtype)[None, :, :]
    last = jnp.broadcast_to(a * jnp.eye(d, dtype=v.dtype)[None], first.shape)
    keys = last @ W.T
    weight = jax.nn.softmax(jnp.stack([jnp.sum(first * keys, -1), jnp.sum(last * keys, -1)]), axis=0)
    answers = weight[0] * (first @ v) + weight[1] * (last @ v)
    return estimate(v_hat, answers + pair_noise, directions, a, b, clip), v_hat


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
    W_hat, v_hat = noisy_estimate(W, v, U, a, b, single, pairs)
    return jnp.linalg.norm(W_hat - W), jnp.linalg.norm(v_hat - v)


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


def one_margin(key: jax.Array, point: Point, budget: int) -> Attempts:
    """Attempts at a noisy head half of whose values are 0; recovered when ||W_hat - W||_F <= point["bound"]. The key is
    consumed."""
    d, norm, tau = point["d"], point["norm"], point["tau"]

    def draw(rng: np.random.Generator) -> tuple[Hidden, Head]:
        W = rng.standard_normal((d, d))
        head = Head(W * norm / np.linalg.norm(W), np.where(np.arange(d) % 2, rng.choice([-1.0, 1.0], d), 0.0))
        return noisy(hidden_head(head), tau, lambda sequences, answers: rng.choice([-1.0, 1.0], len(answers))), head

    def error(oracle: Oracle, head: Head, rng: np.random.Generator) -> float:
        return float(np.linalg.norm(learn_noisy_one_margin(oracle, norm).W - head.W))

    return attempt(key, budget, 32, draw, error, point["bound"])
