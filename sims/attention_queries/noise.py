"""Learning a head from a noisy oracle, every answer within tau of the truth (arXiv 2601.16873, Thm 6.1): the paper's
probe scales, better ones, and probes that need a margin on one entry of v only (the latter two reconstructed)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.sims.attention_queries.oracle import Oracle
from corollary.sims.attention_queries.single_head import Head

Scalar = float | Array
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


def worst_error(d: int, norm: float, mu: float, tau: float, scales: Scales, rng: np.random.Generator) -> float:
    """The largest ||W_hat - W||_F that noise of magnitude tau does to a random head with ||W||_F = norm, |v_i| = mu:
    all sign patterns of the noise on [e_i], and for each the worse sign on every pair."""
    a, b = scales(norm)
    W = rng.standard_normal((d, d))
    W *= norm / np.linalg.norm(W)
    v = mu * rng.choice([-1.0, 1.0], d)
    patterns = tau * np.array(list(product((-1.0, 1.0), repeat=d)))
    return float(_worst(jnp.asarray(W), jnp.asarray(v), jnp.asarray(patterns), tau, a, b))


@jax.jit
def _worst(W: Array, v: Array, patterns: Array, tau: Array, a: Array, b: Array) -> Array:
    def error(single: Array, sign: float) -> Array:
        pair_noise = jnp.full(W.shape, sign * tau, W.dtype)
        return jnp.abs(noisy_estimate(W, v, jnp.eye(len(v)), a, b, single, pair_noise)[0] - W)

    def worse(single: Array) -> Array:
        return jnp.linalg.norm(jnp.maximum(error(single, 1.0), error(single, -1.0)))

    return jax.lax.map(worse, patterns).max()


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
    seen = v + single_noise
    directions = spread_directions(seen) if U is None else U
    first = b * directions[:, None, :] + a * jnp.eye(d, dtype=v.dtype)[None, :, :]
    last = jnp.broadcast_to(a * jnp.eye(d, dtype=v.dtype)[None], first.shape)
    keys = last @ W.T
    weight = jax.nn.softmax(jnp.stack([jnp.sum(first * keys, -1), jnp.sum(last * keys, -1)]), axis=0)
    answers = weight[0] * (first @ v) + weight[1] * (last @ v)
    return estimate(seen, answers + pair_noise, directions, a, b, clip), seen
