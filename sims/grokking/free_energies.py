"""Free energies as their definitions have them: crossings found by scanning, evidence by integrating on a grid."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float


def crossings(p: int, beta: float, eps: float, points: int = 20_001) -> Float[Array, " crossings"]:
    """The sample sizes in (1, infinity) at which n eps + beta p ln n and beta p^2 ln n change places, in order."""

    def gap(log_n: Array) -> Array:
        return jnp.exp(log_n) * eps + beta * p * log_n - beta * p**2 * log_n

    # Fine near n = 1, where the first change of places may lie.
    grid = jnp.concatenate([jnp.logspace(-12, -1, points), jnp.linspace(0.1 + 1e-6, 60, points)])
    return jnp.exp(_sign_changes(gap, grid))


def interpolator_crossing(p: int, beta: float, eps: float) -> Float[Array, ""]:
    """The sample size at which n eps + beta p ln n falls below beta n ln n."""

    def gap(log_n: Array) -> Array:
        n = jnp.exp(log_n)
        return n * eps + beta * p * log_n - beta * n * log_n

    return jnp.exp(_sign_changes(gap, jnp.linspace(0.5, 2 * np.log(p), 4001)))[-1]


def detection_size(size: float, beta: float) -> Float[Array, ""]:
    """The last sample size at which eq 6's squared threshold passes `size` from above."""

    def excess(log_n: Array) -> Array:
        return 2 * beta * log_n * jnp.exp(-log_n) - size

    return jnp.exp(_sign_changes(excess, jnp.linspace(1e-9, 60, 20_001)))[-1]


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


def log_bayes_factor(n: Array | float, w_hat: Array | float, s2: Array | float) -> Float[Array, ""]:
    """ln of the evidence for a mode of variance s2 over that for none, by the trapezoid rule over the weight."""
    z = jnp.linspace(-12.0, 12.0, 961)
    weight = w_hat + z / jnp.sqrt(n)
    logs = -(z**2) / 2 - weight**2 / (2 * s2) - jnp.log(2 * jnp.pi * s2 * n) / 2
    return jax.nn.logsumexp(logs) + jnp.log(z[1] - z[0]) + n * w_hat**2 / 2


def mode_free_energy(
    n: Array | float,
    w0: Array | float,
    s2: Array | float,
    prior: Array | float,
) -> Float[Array, ""]:
    """The mean over data of a mode's free energy less that of the truth, nats: the trapezoid rule over the noise."""
    x = jnp.linspace(-10.0, 10.0, 401)
    w_hat = w0 + x / jnp.sqrt(n)
    factor = jax.vmap(lambda one: log_bayes_factor(n, one, s2))(w_hat)
    evidence = jnp.logaddexp(jnp.log1p(-prior), jnp.log(prior) + factor)
    density = jnp.exp(-(x**2) / 2) / jnp.sqrt(2 * jnp.pi) * (x[1] - x[0])
    return (density * (n * (w_hat * w0 - w0**2 / 2) - evidence)).sum()


def crossing_estimate(n: float, s2: float, prior: float) -> Float[Array, ""]:
    """The squared estimate at which both explanations of a mode are equally likely, by bisection."""
    low, high = jnp.array(0.0), jnp.array(100.0)
    for _ in range(90):
        middle = (low + high) / 2
        likelier = jnp.log(prior) + log_bayes_factor(n, jnp.sqrt(middle), s2) > jnp.log1p(-prior)
        low, high = jnp.where(likelier, low, middle), jnp.where(likelier, middle, high)
    return (low + high) / 2


def count_supports(modes: int, active: int) -> int:
    """How many different sets of active modes there are, by writing them down."""
    return len({frozenset(one) for one in itertools.product(range(modes), repeat=active) if len(set(one)) == active})


def cheaper(n: float, p: int, beta: float, eps: float) -> int:
    """Whether generalising has the lower of the paper's free energies at a sample size: 1, else 0."""
    generalising, memorising = n * eps + beta * p * np.log(n), beta * p * p * np.log(n)
    return int(generalising < memorising)


def simple_is_cheaper(
    n: Float[np.ndarray, " sizes"],
    loss_gap: float,
    coefficient_gap: float,
) -> Float[Array, " sizes"]:
    """1 where n L + lambda ln n is lower for the basin of the larger loss and the smaller lambda."""
    simple, complex_ = n * (1 + loss_gap) + np.log(n), n + (1 + coefficient_gap) * np.log(n)
    return jnp.asarray(simple < complex_, jnp.float64)


def coded_bits(modes: int, active: int, value_bits: float) -> float:
    """Bits of an adaptive arithmetic code that says mode by mode whether it is active, and then its value: every mode's
    flag costs -log2 of the share of the active ones among those still to come."""
    left = modes - jnp.arange(active, dtype=jnp.float64)
    # Flags in any order cost the same; here all active ones come first.
    flags = -(jnp.log2(active - jnp.arange(active)) - jnp.log2(left)).sum()
    return float(flags + active * value_bits)
