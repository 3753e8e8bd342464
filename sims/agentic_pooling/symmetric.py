"""The symmetric pair on three outcomes: a shared mode, and a second outcome each that the other shuts out."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from corollary.sims.agentic_pooling.pooling import pooled_gains


def symmetric_pair(a: ArrayLike, d: ArrayLike) -> Float[Array, "2 3"]:
    """(1 - a - d, a, d) and (1 - a - d, d, a), as log-probabilities."""
    mode = jnp.log1p(-(jnp.asarray(a, jnp.float64) + d))
    return jnp.stack([jnp.stack([mode, jnp.log(a), jnp.log(d)]), jnp.stack([mode, jnp.log(d), jnp.log(a)])])


def gains(a: ArrayLike, d: ArrayLike) -> Float[Array, " 2"]:
    """What both gain from their equally weighted log pool."""
    return pooled_gains(symmetric_pair(a, d), jnp.full(2, 0.5, jnp.float64))


def gain_curve(a: Sequence[float], d: float) -> dict[str, np.ndarray]:
    """ "gain" [a]: the least of both."""
    return {"gain": np.asarray(jax.vmap(lambda value: gains(value, d).min())(jnp.asarray(a, jnp.float64)))}


@jax.jit
def best_gain(d: ArrayLike) -> Float[Array, ""]:
    """The largest gain of a symmetric pair with that d, by golden section in a."""
    ratio = (jnp.sqrt(jnp.asarray(5.0, jnp.float64)) - 1) / 2

    def shrink(_: int, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        keep_left = gains(left, d).min() > gains(right, d).min()
        return jnp.where(keep_left, low, left), jnp.where(keep_left, right, high)

    low, high = jax.lax.fori_loop(0, 60, shrink, (jnp.asarray(0.15, jnp.float64), jnp.asarray(0.35, jnp.float64)))
    return gains((low + high) / 2, d).min()


def floor_loss(d: float) -> Float[Array, ""]:
    """How much the best symmetric pair with no probability below d gains less than one with d = 1e-40."""
    return best_gain(1e-40) - best_gain(d)


@jax.jit
def critical_floor(a: ArrayLike) -> Float[Array, ""]:
    """The d at which the symmetric pair stops gaining, by bisection of log d between 1e-30 and 0.9 a."""

    def halve(_: int, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        middle = jnp.sqrt(low * high)
        gaining = gains(a, middle).min() > 0
        return jnp.where(gaining, middle, low), jnp.where(gaining, high, middle)

    ends = jnp.asarray(1e-30, jnp.float64), 0.9 * jnp.asarray(a, jnp.float64)
    return jax.lax.fori_loop(0, 60, halve, ends)[0]
