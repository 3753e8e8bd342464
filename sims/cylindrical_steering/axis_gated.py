"""The axis-gated model by brute force: scores on many phases, thresholds by bisection."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.measure import static

ROWS, PHASES = 512, 64
Scalar = Array | float


def score(lam: Scalar, theta: Scalar, cosine: Scalar, g: Scalar, rho: Scalar) -> Array:
    """lam cos(theta) (1 + g (1 - rho) lam sin(theta) cosine), elementwise."""
    return lam * jnp.cos(theta) * (1 + g * (1 - rho) * lam * jnp.sin(theta) * cosine)


def first_active(theta: Scalar, cosine: Array, T: Scalar, g: Scalar, rho: Scalar) -> Array:
    """Least length with score >= T, inf where there is none: bisection up to the length of largest score."""
    cosine = jnp.asarray(cosine, jnp.float64)
    fall = -2 * g * (1 - rho) * jnp.sin(theta) * cosine
    summit = jnp.where(fall > 0, 1 / jnp.where(fall > 0, fall, 1.0), 1e6)

    def halve(_: int, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        middle = (low + high) / 2
        active = score(middle, theta, cosine, g, rho) >= T
        return jnp.where(active, low, middle), jnp.where(active, middle, high)

    top = jnp.minimum(summit, 2 * T / jnp.cos(theta))
    reached = score(top, theta, cosine, g, rho) >= T
    _, found = jax.lax.fori_loop(0, 60, halve, (jnp.zeros_like(cosine), jnp.broadcast_to(top, cosine.shape)))
    return jnp.where(reached, found, jnp.inf)


def last_active(theta: Scalar, cosine: Array, T: Scalar, g: Scalar, rho: Scalar) -> Array:
    """Largest length with score >= T of an active sample with cosine < 0: bisection beyond the largest score."""
    summit = -1 / (2 * g * (1 - rho) * jnp.sin(theta) * cosine)

    def halve(_: int, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        middle = (low + high) / 2
        active = score(middle, theta, cosine, g, rho) >= T
        return jnp.where(active, middle, low), jnp.where(active, high, middle)

    return jax.lax.fori_loop(0, 60, halve, (summit, 2 * summit))[0]


def best_angle(lam: Scalar, g: Scalar, rho: Scalar) -> Array:
    """Angle of largest score in phase, by golden section on (0, pi/2)."""
    ratio = (jnp.sqrt(jnp.asarray(5.0, jnp.float64)) - 1) / 2

    def shrink(_: int, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        keep = score(lam, left, 1.0, g, rho) > score(lam, right, 1.0, g, rho)
        return jnp.where(keep, low, left), jnp.where(keep, right, high)

    low, high = jax.lax.fori_loop(0, 70, shrink, (jnp.float64(0.0), jnp.float64(jnp.pi / 2)))
    return (low + high) / 2


def collapse_length(theta: Scalar, rho: Scalar, R: Scalar) -> Array:
    """Least length at which the penalised normal part is R long, measured on vectors, by bisection."""

    def normal_length(lam: Array) -> Array:
        steering = lam * jnp.stack([jnp.cos(theta), (1 - rho) * jnp.sin(theta)])
        return jnp.linalg.norm(steering - jnp.array([1.0, 0.0]) * steering[0])

    def halve(_: int, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        middle = (low + high) / 2
        return jnp.where(normal_length(middle) >= R, low, middle), jnp.where(normal_length(middle) >= R, middle, high)

    return jax.lax.fori_loop(0, 70, halve, (jnp.float64(0.0), jnp.float64(1e4)))[1]


def _cosines(key: Array) -> Float[Array, "rows phases"]:
    """Uniform phases, in each row evenly spread from a uniform start."""
    start = jax.random.uniform(key, (ROWS, 1), jnp.float64)
    return jnp.cos(2 * jnp.pi * (jnp.arange(PHASES) + start) / PHASES)


@static()
def activation(key: Array, point: dict) -> Float[Array, " samples"]:
    """Share of phases active at a length; point: lam, theta, T, g, rho."""
    found = score(point["lam"], point["theta"], _cosines(key), point["g"], point["rho"])
    return jnp.mean(found >= point["T"], axis=1)


@static()
def never(key: Array, point: dict) -> Float[Array, " samples"]:
    """Share of phases that no length activates; point: theta, T, g, rho."""
    found = first_active(point["theta"], _cosines(key), point["T"], point["g"], point["rho"])
    return jnp.mean(jnp.isinf(found), axis=1)


@static()
def survivors(key: Array, point: dict) -> Float[Array, "samples 2"]:
    """cos(phi) of the phases that some length activates, and how many; point: theta, T, g, rho."""
    cosines = _cosines(key)
    active = jnp.isfinite(first_active(point["theta"], cosines, point["T"], point["g"], point["rho"]))
    return jnp.stack([jnp.mean(active * cosines, axis=1), jnp.mean(active, axis=1)], axis=1)


def active_share(lam: Scalar, theta: Scalar, T: Scalar, g: Scalar, rho: Scalar, phases: int = 512) -> Array:
    """Share of evenly spread phases active at a length."""
    cosines = jnp.cos(2 * jnp.pi * (jnp.arange(phases) + 0.5) / phases)
    return jnp.mean(score(lam, theta, cosines, g, rho) >= T)


def strengths(phases: Sequence[float], theta: float, T: float, g: float, rho: float) -> dict[str, np.ndarray]:
    """Arrays "length" [phases]: the least that activates, inf where none does."""
    cosines = jnp.cos(jnp.asarray(phases, jnp.float64))
    return {"length": np.asarray(first_active(theta, cosines, T, g, rho))}
