"""The first step of Adam in the paper's scaling, with all its constants, and how the number of positions enters it."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.numerics.gaussian import normal, normals
from corollary.sims.steering_scaling.heads import draw_head, margin_loss
from corollary.sims.steering_scaling.steering import Start, increments, rule_of, train


@static("n")
def squares(key: jax.Array, point: dict[str, Any]) -> Float[Array, "runs four"]:
    """Mean squares of z_0, alpha dv, dalpha v and dalpha dv on random heads with a residual layer."""

    def one(key: jax.Array) -> jax.Array:
        return _first(key, point, 1, 1.0, jnp.float32)[jnp.asarray([3, 0, 1, 2])]

    return jax.vmap(one)(jax.random.split(key, max(1, 2**17 // point["n"] ** 2)))


@static("n")
def loss_terms(key: jax.Array, point: dict[str, Any]) -> Float[Array, "runs two"]:
    """-<g, alpha dv> and -<g, dalpha v> under a linear head. point: as for the start, and kappa."""

    def one(key: jax.Array) -> jax.Array:
        return -_first(key, point, 0, point["kappa"], jnp.float64)[4:6]

    return jax.vmap(one)(jax.random.split(key, max(8, 2**16 // point["n"])))


@static("n", "positions")
def loss_change(key: jax.Array, point: dict[str, Any]) -> Float[Array, " runs"]:
    """Size of <g, alpha dv> when z is added at `positions` positions, each with a linear readout of its own that shares
    the fraction `agreement` of its gradient's variance with the others. alpha = 1, eta_v = 1, kappa = 1."""

    def one(key: jax.Array) -> jax.Array:
        common, own = normals(key, (point["n"],), (point["positions"], point["n"]))
        agreement = jnp.asarray(point["agreement"], jnp.float64)
        gradients = jnp.sqrt(agreement) * common + jnp.sqrt(1 - agreement) * own
        alpha = jnp.ones((), jnp.float64)
        start = Start(alpha, jnp.zeros(point["n"], jnp.float64), alpha, alpha)
        g = gradients.sum(0) / point["n"]
        return jnp.abs(train(lambda z: g, start, rule_of("sign"), 1, increments)[1][0, 4])

    return jax.vmap(one)(jax.random.split(key, 64))


@static("inputs", "n")
def inputs_move(key: jax.Array, point: dict[str, Any]) -> Float[Array, " runs"]:
    """Root mean square of dalpha dv over Adam's first step from the factor a . x, trained entry by entry.

    point: inputs, the entries of x and a, both N(0, 1); n, the width of the linear head; rate, of a; eta_v.
    """

    def one(key: jax.Array) -> jax.Array:
        network, start = jax.random.split(key)
        head = draw_head(network, point["n"], 0, jnp.float64)
        x, a, v = normals(start, (point["inputs"],), (point["inputs"],), (point["n"],))
        of_a, of_v = jax.grad(lambda a, v: margin_loss(head, jnp.dot(a, x) * v, 1.0), argnums=(0, 1))(a, v)
        moved, dv = a - point["rate"] * jnp.sign(of_a), -point["eta_v"] * jnp.sign(of_v)
        return jnp.sqrt(jnp.mean((jnp.dot(moved - a, x) * dv) ** 2))

    return jax.vmap(one)(jax.random.split(key, 64))


def _first(key: jax.Array, point: dict[str, Any], layers: int, kappa: Any, dtype: Any) -> Float[Array, " terms"]:
    """`TERMS` of the first step from alpha_0 = beta sqrt n, v_0 ~ N(0, lam / n), with eta_alpha = c_a sqrt n and
    eta_v = c_v / sqrt n. float32 holds the widest heads."""
    network, direction = jax.random.split(key)
    n, root = point["n"], float(point["n"]) ** 0.5
    head = draw_head(network, n, layers, dtype)
    alpha, spread, eta_alpha, eta_v = (
        jnp.asarray(x, dtype)
        for x in (point["beta"] * root, jnp.sqrt(point["lam"]) / root, point["c_a"] * root, point["c_v"] / root)
    )
    start = Start(alpha, spread * normal(direction, (n,), dtype), eta_alpha, eta_v)
    return train(jax.grad(lambda z: margin_loss(head, z, kappa)), start, rule_of("adam"), 1, increments)[1][0]
