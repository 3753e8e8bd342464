"""How every increment of a steering vector scales with width, measured on random frozen networks.

A parameterisation is alpha_0 = n^a0, v_0 = n^b0 N(0, I), eta_alpha = n^p / 4, eta_v = n^q / 4; an exponent of -inf
makes a zero.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.numerics.gaussian import normal
from corollary.sims.steering_scaling.heads import Head, draw_head, margin_loss
from corollary.sims.steering_scaling.steering import Rule, Start, increments, rule_of, train

EXPONENTS = ("alpha_0", "v_0", "eta_alpha", "eta_v")
RATE = 0.25


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
        found = _over_starts(head, starts, exponents, rule, point["kappa"], point["steps"])
        return jnp.take(found.ravel(), jnp.asarray(point["entry"], jnp.int32))

    return jax.lax.map(one, jax.random.split(key, max(1, 1024 // point["n"])))


def slopes(
    seeds: list[int], rows: dict[str, tuple[str, tuple[float, ...]]], widths: list[int], draws: int, step: int
) -> dict[str, np.ndarray]:
    """Fitted exponents [seeds, terms] at a step (1, 2, ...) by name; -inf for what vanishes at every width.

    rows: name -> (optimizer, exponents of `EXPONENTS`), all with kappa = 1. widths: two or more. A seed is one network
    of the greatest width and proportionally more of the others, each with `draws` starts a parameterisation.
    """
    measured = table_sizes(seeds, rows, widths, draws, step)
    x = np.log(widths)
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(measured[:, :, :, step - 1])
        found = np.einsum("w,swrt->srt", (x - x.mean()) / np.sum((x - x.mean()) ** 2), y)
    found = np.where(np.all(measured[:, :, :, step - 1] == 0, axis=1), -np.inf, found)
    return {name: found[:, row] for row, name in enumerate(rows)}


def table_sizes(
    seeds: list[int], rows: dict[str, tuple[str, tuple[float, ...]]], widths: list[int], draws: int, steps: int
) -> Float[np.ndarray, "seeds widths rows steps terms"]:
    """Root mean squares of `TERMS` over networks and starts, for every seed, width, parameterisation and step.

    Raises ValueError for a width < 2 or an unknown optimizer."""
    rules = jax.tree.map(lambda *leaves: jnp.asarray(leaves), *(rule_of(optimizer) for optimizer, _ in rows.values()))
    exponents = jnp.asarray([row for _, row in rows.values()], jnp.float32)
    measured = []
    for n in widths:
        networks = max(widths) // _width(n)
        keys = [jax.random.split(jax.random.fold_in(jax.random.key(seed), n), networks) for seed in seeds]
        found = np.asarray(_all_rows(n, draws, steps)(jnp.concatenate(keys), rules, exponents), np.float64)
        measured.append(np.sqrt(np.mean(found.reshape(len(seeds), networks, *found.shape[1:]) ** 2, 1)))
    return np.stack(measured, 1)


@lru_cache(maxsize=64)
def _all_rows(n: int, draws: int, steps: int) -> Any:
    """One program a width: (keys [networks], rules and exponents [rows, 4]) -> [networks, rows, steps, terms]. Every
    row has starts of its own, for shared ones would make the rows err together."""

    def one(key: jax.Array, rules: Rule, exponents: jax.Array) -> jax.Array:
        network, start = jax.random.split(key)
        head = draw_head(network, n)
        starts = normal(start, (len(exponents), draws, n), jnp.float32)
        return jax.vmap(lambda normals, row, rule: _over_starts(head, normals, row, rule, 1.0, steps))(
            starts, exponents, rules
        )

    return jax.jit(lambda keys, rules, exponents: jax.lax.map(lambda key: one(key, rules, exponents), keys))


def _over_starts(
    head: Head, starts: Float[Array, "draws n"], exponents: Any, rule: Rule, kappa: Any, steps: int
) -> Float[Array, "steps terms"]:
    """Root mean squares of `TERMS` over starts, given as standard normals."""
    dtype = head.readout.dtype
    alpha, spread, eta_alpha, eta_v = jnp.asarray(float(len(head.readout)), dtype) ** jnp.asarray(exponents, dtype)
    gradient = jax.grad(lambda z: margin_loss(head, z, kappa))

    def one(direction: jax.Array) -> jax.Array:
        start = Start(alpha, spread * direction, RATE * eta_alpha, RATE * eta_v)
        found = train(gradient, start, rule, steps, increments)[1]
        return found.at[:, 4:].set(found[:, 4:] ** 2)

    return jnp.sqrt(jnp.mean(jax.vmap(one)(starts), 0))


def _width(n: int) -> int:
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 2:
        raise ValueError(f"n = {n}: must be an integer >= 2")
    return int(n)
