"""Lowering the probability of an event by tilting a pool (arXiv 2509.06701, Lemmas 20 and 71, Prop. 72, Thm 75).

log_p is one pool [outcomes] or one a context [contexts, outcomes]; contexts count equally, a direction's coefficients
are the same in all of them, and inner products are means over contexts of E_P[f g].
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float

from corollary.sims.agentic_pooling.pooling import divergence

BISECTIONS = 60


def centred(
    log_p: Float[Array, "*contexts outcomes"], values: Float[Array, "*n outcomes"]
) -> Float[Array, "*n outcomes"]:
    """Values less their mean under P, context by context."""
    return values - jnp.sum(jnp.exp(log_p) * values, axis=-1, keepdims=True)


def inner(
    log_p: Float[Array, "*contexts outcomes"],
    f: Float[Array, "*contexts outcomes"],
    g: Float[Array, "*contexts outcomes"],
) -> Float[Array, ""]:
    """The mean over contexts of E_P[f g]."""
    return jnp.mean(jnp.sum(jnp.exp(log_p) * f * g, axis=-1))


def mass(log_p: Float[Array, "*contexts outcomes"], event: Bool[Array, " outcomes"]) -> Float[Array, ""]:
    """P(A), averaged over contexts."""
    return jnp.mean(jnp.sum(jnp.where(event, jnp.exp(log_p), 0.0), axis=-1))


@jax.jit
def reduction(
    log_p: Float[Array, "*contexts outcomes"],
    event: Bool[Array, " outcomes"],
    direction: Float[Array, "*contexts outcomes"],
    budget: ArrayLike,
) -> Float[Array, ""]:
    """How much P(A) falls when P is tilted along the direction until the mean KL(P || P') is `budget` > 0."""

    def tilted(t: Array) -> Array:
        return jax.nn.log_softmax(log_p + t * direction)

    def spent(t: Array) -> Array:
        return jnp.mean(divergence(log_p, tilted(t)))

    def halve(_: int, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        middle = (low + high) / 2
        inside = spent(jnp.exp(middle)) <= budget
        return jnp.where(inside, middle, low), jnp.where(inside, high, middle)

    scale = jnp.log(jnp.sqrt(2 * budget / inner(log_p, centred(log_p, direction), centred(log_p, direction))))
    low, _ = jax.lax.fori_loop(0, BISECTIONS, halve, (scale - 5, scale + 5))
    return mass(log_p, event) - mass(tilted(jnp.exp(low)), event)


def steepest(
    log_p: Float[Array, "*contexts outcomes"],
    event: Bool[Array, " outcomes"],
    span: Float[Array, "directions *contexts outcomes"],
) -> Float[Array, "*contexts outcomes"]:
    """The direction in a span that lowers P(A) fastest for its norm, from one Gram matrix over all contexts.

    Directions without novelty are left out by a pseudo-inverse.
    """
    profiles = jnp.stack([centred(log_p, direction) for direction in span])
    gram = jnp.array([[inner(log_p, f, g) for g in profiles] for f in profiles])
    against = jnp.array([inner(log_p, f, event.astype(jnp.float64)) for f in profiles])
    coefficients = -jnp.linalg.pinv(gram, rtol=1e-10, hermitian=True) @ against
    return jnp.tensordot(coefficients, profiles, axes=1)


@partial(jax.jit, static_argnames=("angles",))
def best_in_plane(
    log_p: Float[Array, " outcomes"],
    event: Bool[Array, " outcomes"],
    one: Float[Array, " outcomes"],
    other: Float[Array, " outcomes"],
    angles: int = 4096,
) -> Float[Array, ""]:
    """The largest first-order fall of P(A) per unit of ||d log P|| in the plane of two directions, by turning a
    direction through all angles and refining the best by golden section. No projection formula is used."""
    f, g = centred(log_p, one), centred(log_p, other)
    f, g = f / jnp.sqrt(inner(log_p, f, f)), g / jnp.sqrt(inner(log_p, g, g))

    def fall(angle: Array) -> Array:
        direction = jnp.cos(angle) * f + jnp.sin(angle) * g
        lost = -jnp.sum(jnp.where(event, jnp.exp(log_p) * direction, 0.0))
        return lost / jnp.sqrt(jnp.maximum(inner(log_p, direction, direction), 1e-300))

    grid = 2 * jnp.pi * jnp.arange(angles, dtype=jnp.float64) / angles
    start = grid[jnp.argmax(jax.vmap(fall)(grid))]
    step, ratio = 2 * jnp.pi / angles, (jnp.sqrt(5.0) - 1) / 2

    def shrink(_: int, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        keep_left = fall(left) > fall(right)
        return jnp.where(keep_left, low, left), jnp.where(keep_left, right, high)

    low, high = jax.lax.fori_loop(0, 60, shrink, (start - step, start + step))
    return fall((low + high) / 2)


def best_on_line(
    log_p: Float[Array, " outcomes"], event: Bool[Array, " outcomes"], direction: Float[Array, " outcomes"]
) -> Float[Array, ""]:
    """The same along one direction, either way."""
    f = centred(log_p, direction)
    return jnp.abs(jnp.sum(jnp.where(event, jnp.exp(log_p) * f, 0.0))) / jnp.sqrt(inner(log_p, f, f))


def best_in_cone(
    log_p: Float[Array, " outcomes"],
    event: Bool[Array, " outcomes"],
    generators: Float[Array, "directions outcomes"],
    steps: int = 4000,
) -> Float[Array, ""]:
    """The largest first-order fall of P(A) per unit of ||d log P|| with non-negative multiples of generators only, by
    projected gradient descent on ||f + g_A||."""
    f = centred(log_p, generators)
    f = f / jnp.sqrt(jnp.sum(jnp.exp(log_p) * f**2, axis=-1, keepdims=True))
    gram = (f * jnp.exp(log_p)) @ f.T
    against = f @ jnp.where(event, jnp.exp(log_p), 0.0)
    rate = 1 / jnp.linalg.norm(gram)

    def step(_: int, coefficients: Array) -> Array:
        return jnp.maximum(coefficients - rate * (gram @ coefficients + against), 0.0)

    coefficients = jax.lax.fori_loop(0, steps, step, jnp.zeros(len(generators), jnp.float64))
    size = jnp.sqrt(coefficients @ gram @ coefficients)
    return jnp.where(size > 0, -coefficients @ against / jnp.where(size > 0, size, 1.0), 0.0)


@jax.jit
def shattering_gain(
    pool: Float[Array, " outcomes"],
    event: Bool[Array, " outcomes"],
    one: Float[Array, " outcomes"],
    other: Float[Array, " outcomes"],
    eps: ArrayLike,
) -> Float[Array, ""]:
    """What turning a direction through the plane of two adds to the first alone, at the budget eps."""
    log_p, event = jnp.log(pool), jnp.asarray(event, bool)
    return eps * (best_in_plane(log_p, event, one, other) - best_on_line(log_p, event, one))


def budget_slope(pool: ArrayLike, event: ArrayLike, span: ArrayLike, budget: ArrayLike) -> Float[Array, ""]:
    """The fall of P(A) along the steepest direction of a span when KL(P || P') = budget, over sqrt(2 budget). pool,
    event: [outcomes]; span: [directions, outcomes]."""
    log_p, inside = jnp.log(jnp.asarray(pool, jnp.float64)), jnp.asarray(event, bool)
    direction = steepest(log_p, inside, jnp.asarray(span, jnp.float64))
    return reduction(log_p, inside, direction, budget) / jnp.sqrt(2 * jnp.asarray(budget, jnp.float64))


def tilted_mass(pool: ArrayLike, event: ArrayLike, direction: ArrayLike, size: ArrayLike) -> Float[Array, ""]:
    """P'(A) - P(A) for P' proportional to P exp(size direction). pool, event, direction: [outcomes]."""
    log_p, inside = jnp.log(jnp.asarray(pool, jnp.float64)), jnp.asarray(event, bool)
    step = jnp.asarray(size, jnp.float64) * jnp.asarray(direction, jnp.float64)
    return mass(jax.nn.log_softmax(log_p + step), inside) - mass(log_p, inside)


def budget_slopes(
    pool: Sequence[float], event: Sequence[bool], old: Sequence[float], new: Sequence[float], budgets: Sequence[float]
) -> dict[str, np.ndarray]:
    """ "before", "after" [budgets]: `budget_slope` without and with the manifested direction."""
    spans = {"before": np.array([old]), "after": np.array([old, new])}
    return {
        name: np.array([budget_slope(np.array(pool), np.array(event), span, budget) for budget in budgets])
        for name, span in spans.items()
    }
