"""How every increment of a steering vector scales with width, measured on random frozen networks.

A parameterisation is alpha_0 = n^a0, v_0 = n^b0 N(0, I), eta_alpha = c_a n^p, eta_v = c_v n^q, with c_a = c_v = 1/4
where nothing else is said; an exponent of -inf makes a zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.numerics.gaussian import normal
from corollary.sims.steering_scaling.heads import Head, draw_head, margin_loss
from corollary.sims.steering_scaling.steering import TERMS, Rule, Start, begin, increments, rule_of, update

EXPONENTS = ("alpha_0", "v_0", "eta_alpha", "eta_v")
RATE = 0.25


class Row(NamedTuple):
    """A parameterisation of the table: its name, its optimizer ("sign", "adam" or "sgd"), its `EXPONENTS`, and the
    constants (c_a, c_v) of its rates."""

    name: str
    optimizer: str
    exponents: tuple[float, ...]
    rates: tuple[float, float] = (RATE, RATE)


@static("draws", "n", "steps")
def term_size(key: jax.Array, point: dict[str, Any]) -> Float[Array, " networks"]:
    """The root mean square of one term over starts, for each of a chunk's networks.

    point: n, draws (starts a network) and steps; as floats, so that one program a width serves all, the exponents
    alpha_0, v_0, eta_alpha, eta_v and kappa, the rule's adaptive (1.0 or 0.0), first and second, and entry, the index
    of step and term in row-major order; rate_v, the constant of eta_v, where it is not `RATE`.
    """
    exponents = jnp.stack([jnp.asarray(point[name], jnp.float32) for name in EXPONENTS])
    rates = jnp.stack([jnp.asarray(rate, jnp.float32) for rate in (RATE, point.get("rate_v", RATE))])
    rule = Rule(jnp.asarray(point["adaptive"]) > 0.5, point["first"], point["second"])

    def one(key: jax.Array) -> jax.Array:
        network, start = jax.random.split(key)
        head = draw_head(network, point["n"])
        starts = normal(start, (point["draws"], point["n"]), jnp.float32)
        first = _gradients(head, starts, exponents[0] + exponents[1], point["kappa"])
        sizes = _over_starts(head, starts, first, exponents, rates, rule, point["kappa"], point["steps"])
        return jnp.take(sizes.ravel(), jnp.asarray(point["entry"], jnp.int32))

    return jax.lax.map(one, jax.random.split(key, max(1, 1024 // point["n"])))


@static("step", "draws", "networks")
def fitted_exponents(
    key: jax.Array, point: dict[str, Any], rows: tuple[Row, ...], widths: tuple[int, ...]
) -> dict[str, Float[Array, ""]]:
    """Slopes of log size on log n over `widths` at a step, by "parameterisation: term"; -inf for what vanishes.

    point: step (1, 2, ...), draws (starts a network), networks (at the greatest width, and proportionally more at the
    others) and kappa.
    """
    sizes = _table(key, rows, widths, point["draws"], point["step"], point["networks"], point["kappa"])[:, :, -1]
    slopes = jnp.where(jnp.all(sizes == 0, axis=0), -jnp.inf, log_slopes(widths, sizes))
    return {
        f"{row.name}: {term}": slopes[place, index]
        for place, row in enumerate(rows)
        for index, term in enumerate(TERMS)
    }


def log_slopes(widths: Sequence[int], sizes: Any) -> Any:
    """The least-squares slope of log sizes [widths, ...] on log widths, [...]."""
    x = np.log(np.asarray(widths, float))
    weights = (x - x.mean()) / np.sum((x - x.mean()) ** 2)
    return jnp.tensordot(jnp.asarray(weights), jnp.log(sizes), 1)


@partial(jax.jit, static_argnames=("rows", "widths", "draws", "steps"))
def table_sizes(
    keys: jax.Array, rows: tuple[Row, ...], widths: tuple[int, ...], draws: int, steps: int
) -> Float[Array, "keys widths rows steps terms"]:
    """Root mean squares of `TERMS` over networks and starts, for every key, width, parameterisation and step.

    A key is one network of the greatest width and proportionally more of the others, each with `draws` starts a
    parameterisation; kappa = 1. Raises ValueError for a width < 2 or an unknown optimizer.
    """
    return jax.lax.map(lambda key: _table(key, rows, widths, draws, steps, 1, 1.0), keys)


def _table(
    key: jax.Array, rows: tuple[Row, ...], widths: tuple[int, ...], draws: int, steps: int, networks: int, kappa: Any
) -> Float[Array, "widths rows steps terms"]:
    rules = jax.tree.map(lambda *leaves: jnp.asarray(leaves), *(rule_of(row.optimizer) for row in rows))
    exponents = jnp.asarray([row.exponents for row in rows], jnp.float32)
    rates = jnp.asarray([row.rates for row in rows], jnp.float32)
    # Parameterisations whose z starts alike share their first gradient: most of them do.
    begun, which = np.unique([sum(row.exponents[:2]) for row in rows], return_inverse=True)

    def of_network(key: jax.Array, n: int) -> jax.Array:
        network, start = jax.random.split(key)
        head, starts = draw_head(network, n), normal(start, (draws, n), jnp.float32)
        first = jax.lax.map(lambda exponent: _gradients(head, starts, exponent, kappa), jnp.asarray(begun, jnp.float32))

        def of_row(row: tuple[jax.Array, jax.Array, jax.Array, Rule]) -> jax.Array:
            return _over_starts(head, starts, first[row[0]], *row[1:], kappa, steps)

        return jax.lax.map(of_row, (jnp.asarray(which), exponents, rates, rules))

    sizes = []
    for n in map(_width, widths):
        keys = jax.random.split(jax.random.fold_in(key, n), networks * max(widths) // n)
        squares = jax.lax.map(lambda key, n=n: of_network(key, n) ** 2, keys)
        sizes.append(jnp.sqrt(jnp.mean(squares, 0)))
    return jnp.stack(sizes)


def _gradients(head: Head, starts: Float[Array, "draws n"], exponent: Any, kappa: Any) -> Float[Array, "draws n"]:
    """dL/dz at z = n^exponent times each start."""
    z = jnp.asarray(float(starts.shape[1]), starts.dtype) ** jnp.asarray(exponent, starts.dtype) * starts
    return jax.vmap(jax.grad(lambda z: margin_loss(head, z, kappa)))(z)


def _over_starts(
    head: Head,
    starts: Float[Array, "draws n"],
    first: Float[Array, "draws n"],
    exponents: Any,
    rates: Any,
    rule: Rule,
    kappa: Any,
    steps: int,
) -> Float[Array, "steps terms"]:
    """Root mean squares of `TERMS` over starts, given as standard normals with the gradients where they begin."""
    dtype = head.readout.dtype
    alpha, spread, eta_alpha, eta_v = jnp.asarray(float(len(head.readout)), dtype) ** jnp.asarray(exponents, dtype)
    gradient = jax.grad(lambda z: margin_loss(head, z, kappa))

    def one(direction: jax.Array, g: jax.Array) -> jax.Array:
        start = Start(alpha, spread * direction, rates[0] * eta_alpha, rates[1] * eta_v)
        state, squares = begin(start), []
        for step in range(steps):
            g = gradient(state.alpha * state.v) if step else g
            after = update(state, g, start, rule)
            squares.append(increments(state, after, g))
            state = after
        terms = jnp.stack(squares)
        return terms.at[:, 4:].set(terms[:, 4:] ** 2)

    return jnp.sqrt(jnp.mean(jax.vmap(one)(starts, first), 0))


def _width(n: int) -> int:
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 2:
        raise ValueError(f"n = {n}: must be an integer >= 2")
    return int(n)
