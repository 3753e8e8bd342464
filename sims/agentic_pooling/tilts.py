"""Near-copies of a pool: small tilts of it, whose log pool it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from corollary.sims.agentic_pooling.pooling import gain


def tilted(
    log_p: Float[Array, " outcomes"], directions: Float[Array, "*agents outcomes"]
) -> Float[Array, "*agents outcomes"]:
    """P exp(direction), normalised, for each direction."""
    return jax.nn.log_softmax(log_p + directions)


def tilted_gain(pool: ArrayLike, direction: ArrayLike, size: ArrayLike) -> Float[Array, ""]:
    """What an agent P exp(size direction) gains when it gets P. pool, direction: [outcomes]."""
    log_p = jnp.log(jnp.asarray(pool, jnp.float64))
    return gain(tilted(log_p, jnp.asarray(size, jnp.float64) * jnp.asarray(direction, jnp.float64)), log_p)


@jax.jit
def opposite_tilt_gain(p: ArrayLike, eps: ArrayLike) -> Float[Array, ""]:
    """The least gain of two opposite tilts between the rare outcomes of (1 - 2p, p, p)."""
    p = jnp.asarray(p, jnp.float64)
    log_p = jnp.stack([jnp.log1p(-2 * p), jnp.log(p), jnp.log(p)])
    direction = eps * jnp.array([0.0, 1.0, -1.0], jnp.float64)
    return gain(tilted(log_p, jnp.stack([direction, -direction])), log_p).min()


def gain_curve(p: Sequence[float], eps: float) -> dict[str, np.ndarray]:
    """ "gain" [p] of the opposite tilts."""
    return {"gain": np.asarray(jax.vmap(lambda value: opposite_tilt_gain(value, eps))(jnp.asarray(p, jnp.float64)))}


@jax.jit
def tilt_threshold(eps: ArrayLike) -> Float[Array, ""]:
    """The p at which opposite tilts of size eps stop gaining, by bisection between 0.01 and 0.2."""

    def halve(_: int, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        middle = (low + high) / 2
        gaining = opposite_tilt_gain(middle, eps) > 0
        return jnp.where(gaining, middle, low), jnp.where(gaining, high, middle)

    ends = jnp.asarray(0.01, jnp.float64), jnp.asarray(0.2, jnp.float64)
    return jax.lax.fori_loop(0, 45, halve, ends)[0]


@partial(jax.jit, static_argnames=("angles",))
def least_loss(pool: ArrayLike, size: float | Array, angles: int = 4096) -> Float[Array, ""]:
    """The least mean loss of two opposite tilts of a pool on four outcomes, over size**2, among tilts of norm 1 that
    are uncorrelated with log P: all angles of their plane are tried. pool: [4]."""
    log_p = jnp.log(jnp.asarray(pool, jnp.float64))
    root = jnp.exp(log_p / 2)
    plane = jnp.linalg.qr(jnp.stack([root, root * log_p], axis=1), mode="complete")[0][:, 2:] / root[:, None]

    def loss(angle: Array) -> Array:
        direction = plane @ jnp.stack([jnp.cos(angle), jnp.sin(angle)])
        return -gain(tilted(log_p, size * jnp.stack([direction, -direction])), log_p).mean() / size**2

    return jnp.min(jax.vmap(loss)(jnp.pi * jnp.arange(angles, dtype=jnp.float64) / angles))


def flattened(
    log_p: Float[Array, " outcomes"], condition: Callable[[Array], Array], halvings: int = 24
) -> Float[Array, " outcomes"]:
    """P moved towards the uniform distribution until the condition, a function of log-probabilities that the uniform
    one meets, holds; P itself where it does. By bisection, whose result is differentiated as if it were constant."""
    uniform = -jnp.log(log_p.shape[-1])

    def towards(share: Array) -> Array:
        return jnp.logaddexp(jnp.log1p(-share) + log_p, jnp.log(share) + uniform)

    def halve(_: int, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        middle = (low + high) / 2
        holds = condition(towards(middle))
        return jnp.where(holds, low, middle), jnp.where(holds, middle, high)

    ends = jnp.zeros((), jnp.float64), jnp.ones((), jnp.float64)
    _, share = jax.lax.stop_gradient(jax.lax.fori_loop(0, halvings, halve, ends))
    return jnp.where(condition(jax.lax.stop_gradient(log_p)), log_p, towards(share))
