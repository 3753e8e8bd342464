"""Where free energies change places, by scanning them as they are defined."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float


def memorising(log_n: Array, p: int, beta: float) -> Array:
    """The paper's free energy of p^2 coefficients (eq 10), as a function of ln n."""
    return beta * p**2 * log_n


def generalising(log_n: Array, p: int, beta: float, eps: float) -> Array:
    """The same of p coefficients that leave a loss eps a sample."""
    return jnp.exp(log_n) * eps + beta * p * log_n


def crossings(p: int, beta: float, eps: float, points: int = 20_001) -> dict[str, float]:
    """first, last: the sample sizes in (1, infinity) at which the two change places. before, between, beyond: 1 where
    generalising is the cheaper one, else 0."""

    def gap(log_n: Array) -> Array:
        return generalising(log_n, p, beta, eps) - memorising(log_n, p, beta)

    # Fine near n = 1, where the first change of places may lie.
    grid = jnp.concatenate([jnp.logspace(-12, -1, points), jnp.linspace(0.1 + 1e-6, 60, points)])
    first, last = _sign_changes(gap, grid)
    sides = {"before": first / 2, "between": (first + last) / 2, "beyond": last + 1}
    cheaper = {name: float(gap(log_n) < 0) for name, log_n in sides.items()}
    return {"first": float(jnp.exp(first)), "last": float(jnp.exp(last)), **cheaper}


def interpolator_crossing(p: int, beta: float, eps: float) -> Float[Array, ""]:
    """The sample size at which n eps + beta p ln n falls below beta n ln n."""

    def gap(log_n: Array) -> Array:
        return generalising(log_n, p, beta, eps) - beta * jnp.exp(log_n) * log_n

    return jnp.exp(_sign_changes(gap, jnp.linspace(0.5, 2 * np.log(p), 4001)))[-1]


def detection_size(size: float, beta: float) -> Float[Array, ""]:
    """The last sample size at which eq 6's squared threshold passes `size` from above."""

    def excess(log_n: Array) -> Array:
        return 2 * beta * log_n * jnp.exp(-log_n) - size

    return jnp.exp(_sign_changes(excess, jnp.linspace(1e-9, 60, 20_001)))[-1]


def simple_is_cheaper(
    n: Float[np.ndarray, " sizes"], loss_gap: float, coefficient_gap: float
) -> Float[Array, " sizes"]:
    """1 where n L + lambda ln n is lower for the basin of the larger loss and the smaller lambda."""
    simple, complex_ = n * (1 + loss_gap) + np.log(n), n + (1 + coefficient_gap) * np.log(n)
    return jnp.asarray(simple < complex_, jnp.float64)


def _sign_changes(function: Callable[[Array], Array], grid: Float[Array, " points"]) -> Float[Array, " changes"]:
    """Where a function of one variable changes sign, by bisection between neighbours on a grid."""
    signs = np.sign(function(grid))
    places = np.flatnonzero(signs[1:] != signs[:-1])

    def halve(_: Array, bracket: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = bracket
        middle = (low + high) / 2
        same = jnp.sign(function(middle)) == jnp.sign(function(low))
        return jnp.where(same, middle, low), jnp.where(same, high, middle)

    low, high = jax.lax.fori_loop(0, 80, halve, (grid[places], grid[places + 1]))
    return (low + high) / 2
