"""Noiseless measures of the paper's constructions: every sample of a chunk is the same number.

Each takes a key, which it ignores, and a point, and returns [samples] or [samples, components].
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.agentic_pooling.constructions import near_disjoint, power_pair, symmetric_pair, tilted
from corollary.sims.agentic_pooling.pooling import gain, pooled_gains
from corollary.sims.agentic_pooling.suppression import best_in_plane, best_on_line

ROWS = 256


def repeated(value: Array) -> Array:
    """The value as every one of `ROWS` samples."""
    return jnp.broadcast_to(value, (ROWS, *jnp.shape(value)))


@static()
def symmetric_gain(key: Array, point: dict) -> Float[Array, " samples"]:
    """The least gain of the symmetric pair; point: a, d."""
    return repeated(pooled_gains(symmetric_pair(point["a"], point["d"]), _halves()).min())


@static()
def floor_loss(key: Array, point: dict) -> Float[Array, " samples"]:
    """How much the best symmetric pair with no probability below d gains less than one with d = 1e-40; point: d."""
    return repeated(best_symmetric_gain(jnp.asarray(1e-40, jnp.float64)) - best_symmetric_gain(point["d"]))


@static("agents")
def existence_deviation(key: Array, point: dict) -> Float[Array, "samples agents"]:
    """1 - Delta_i / (eps log(1 / eps)) of the near-disjoint agents; point: agents (int), eps, beta1, beta2 [,
    beta3]."""
    agents = point["agents"]
    weights = jnp.stack([jnp.asarray(point[f"beta{i + 1}"], jnp.float64) for i in range(agents)])
    return repeated(near_disjoint_deviation(point["eps"], weights, agents))


def near_disjoint_deviation(eps: Array, weights: Float[Array, " agents"], agents: int) -> Float[Array, " agents"]:
    """The same for one group."""
    return 1 - pooled_gains(near_disjoint(eps, agents), weights) / (eps * jnp.log(1 / eps))


@static()
def power_gains(key: Array, point: dict) -> Float[Array, "samples 2"]:
    """Both gains of the power family; point: t, p1, p2, p3 (normalised here)."""
    log_p = jax.nn.log_softmax(jnp.log(jnp.stack([point["p1"], point["p2"], point["p3"]])))
    return repeated(pooled_gains(power_pair(log_p, point["t"]), _halves()))


@static()
def tilt_gain(key: Array, point: dict) -> Float[Array, " samples"]:
    """The least gain of two opposite tilts between the rare outcomes of (1 - 2p, p, p); point: p, eps."""
    return repeated(opposite_tilt_gain(point["p"], point["eps"]))


def opposite_tilt_gain(p: Array, eps: Array) -> Float[Array, ""]:
    """The same as one number."""
    log_p = jnp.stack([jnp.log1p(-2 * p), jnp.log(p), jnp.log(p)])
    direction = eps * jnp.array([0.0, 1.0, -1.0], jnp.float64)
    return gain(tilted(log_p, jnp.stack([direction, -direction])), log_p).min()


@static()
def shattering_gain(key: Array, point: dict) -> Float[Array, " samples"]:
    """What turning a direction through the plane of two adds to the first alone; point: eps, pool [outcomes], one,
    other [outcomes], event [outcomes] of 0 and 1."""
    log_p, event = jnp.log(point["pool"]), point["event"] > 0.5
    plane = best_in_plane(log_p, event, point["one"], point["other"])
    return repeated(point["eps"] * (plane - best_on_line(log_p, event, point["one"])))


def best_symmetric_gain(d: Array) -> Float[Array, ""]:
    """The largest gain of a symmetric pair with that d, by golden section in a."""
    ratio = (jnp.sqrt(jnp.asarray(5.0, jnp.float64)) - 1) / 2

    def value(a: Array) -> Array:
        return pooled_gains(symmetric_pair(a, d), _halves()).min()

    def shrink(_: int, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        keep_left = value(left) > value(right)
        return jnp.where(keep_left, low, left), jnp.where(keep_left, right, high)

    low, high = jax.lax.fori_loop(0, 60, shrink, (jnp.asarray(0.15, jnp.float64), jnp.asarray(0.35, jnp.float64)))
    return value((low + high) / 2)


def critical_floor(a: Array) -> Float[Array, ""]:
    """The d at which the symmetric pair stops gaining, by bisection between 1e-12 and a / 2."""

    def halve(_: int, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        middle = jnp.sqrt(low * high)
        gains = pooled_gains(symmetric_pair(a, middle), _halves()).min() > 0
        return jnp.where(gains, middle, low), jnp.where(gains, high, middle)

    low, _ = jax.lax.fori_loop(0, 60, halve, (jnp.asarray(1e-12, jnp.float64), jnp.asarray(a, jnp.float64) / 2))
    return low


def tilt_threshold(eps: float) -> Float[Array, ""]:
    """The p at which opposite tilts of size eps stop gaining, by bisection between 0.01 and 0.2."""

    def halve(_: int, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        middle = (low + high) / 2
        gains = opposite_tilt_gain(middle, jnp.asarray(eps, jnp.float64)) > 0
        return jnp.where(gains, middle, low), jnp.where(gains, high, middle)

    low, _ = jax.lax.fori_loop(0, 45, halve, (jnp.asarray(0.01, jnp.float64), jnp.asarray(0.2, jnp.float64)))
    return low


def _halves() -> Float[Array, " 2"]:
    return jnp.full(2, 0.5, jnp.float64)
