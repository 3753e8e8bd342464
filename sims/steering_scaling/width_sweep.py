"""How every increment of a steering vector scales with width, measured on random frozen networks.

A parameterisation is alpha_0 = n^a0, v_0 = n^b0 N(0, I), eta_alpha = n^p / 4, eta_v = n^q / 4; an exponent of -inf
makes a zero.
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
from corollary.sims.steering_scaling.steering import TERMS, Rule, Start, increments, rule_of, train

EXPONENTS = ("alpha_0", "v_0", "eta_alpha", "eta_v")
RATE = 0.25


class Row(NamedTuple):
    """A parameterisation of the table: its name, its optimizer ("sign", "adam" or "sgd") and its `EXPONENTS`."""

    name: str
    optimizer: str
    exponents: tuple[float, ...]


@static("draws", "n", "steps")
def term_size(key: jax.Array, point: dict[str, Any]) -> Float[Array, " networks"]:
    """The root mean square of one term over starts, for each of a chunk's networks.

    point: n, draws (starts a network) and steps; as floats, so that one program a width serves all, the exponents
    alpha_0, v_0, eta_alpha, eta_v and kappa, the rule's adaptive (1.0 or 0.0), first and second, and entry, the index
    of step and term in row-major order.
    """
    exponents = jnp.stack([jnp.asarray(point[name], jnp.float32) for name in EXPONENTS])
    rule = Rule(jnp.asarray(point["adaptive"]) > 0.5, point["first"], point["second"])

    def one(key: jax.Array) -> jax.Array:
        network, start = jax.random.split(key)
        head = draw_head(network, point["n"])
        starts = normal(start, (point["draws"], point["n"]), jnp.float32)
        sizes = _over_starts(head, starts, exponents, rule, point["kappa"], point["steps"])
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

    def of_network(key: jax.Array, n: int) -> jax.Array:
        network, start = jax.random.split(key)
        head = draw_head(network, n)

        def of_row(row: tuple[jax.Array, jax.Array, Rule]) -> jax.Array:
            # Starts of its own, for shared ones would make the rows err together.
            starts = normal(row[0], (draws, n), jnp.float32)
            return _over_starts(head, starts, row[1], row[2], kappa, steps)

        return jax.lax.map(of_row, (jax.random.split(start, len(rows)), exponents, rules))

    sizes = []
    for n in map(_width, widths):
        keys = jax.random.split(jax.random.fold_in(key, n), networks * max(widths) // n)
        squares = jax.lax.map(lambda key, n=n: of_network(key, n) ** 2, keys)
        sizes.append(jnp.sqrt(jnp.mean(squares, 0)))
    return jnp.stack(sizes)


def _over_starts(
    head: Head, starts: Float[Array, "draws n"], exponents: Any, rule: Rule, kappa: Any, steps: int
) -> Float[Array, "steps terms"]:
    """Root mean squares of `TERMS` over starts, given as standard normals."""
    dtype = head.readout.dtype
    alpha, spread, eta_alpha, eta_v = jnp.asarray(float(len(head.readout)), dtype) ** jnp.asarray(exponents, dtype)
    gradient = jax.grad(lambda z: margin_loss(head, z, kappa))

    def one(direction: jax.Array) -> jax.Array:
        start = Start(alpha, spread * direction, RATE * eta_alpha, RATE * eta_v)
        squares = train(gradient, start, rule, steps, increments)[1]
        return squares.at[:, 4:].set(squares[:, 4:] ** 2)

    return jnp.sqrt(jnp.mean(jax.vmap(one)(starts), 0))


def _width(n: int) -> int:
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 2:
        raise ValueError(f"n = {n}: must be an integer >= 2")
    return int(n)
