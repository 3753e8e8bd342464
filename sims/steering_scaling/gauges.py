"""The same steering vector trained in other units of factor and direction, with Adam's eps, clipping and decay."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.numerics.gaussian import normal
from corollary.sims.steering_scaling.heads import draw_head, margin_loss
from corollary.sims.steering_scaling.steering import Start, State, rule_of, train, update


@partial(jax.jit, static_argnames=("n", "optimizer", "steps"))
def trajectory(
    seed: int,
    n: int,
    alpha_0: float,
    v_0: float,
    eta_alpha: float,
    eta_v: float,
    optimizer: str,
    steps: int,
    eps: float = 0.0,
    decay: float = 0.0,
    clip: float | None = None,
) -> Float[Array, "steps n"]:
    """z after 1..steps steps on a random head with the margin loss, float64. v_0: spread of the starting direction;
    the head and the direction's signs are those of the seed."""
    head = draw_head(jax.random.key(seed), n, dtype=jnp.float64)
    v = normal(jax.random.fold_in(jax.random.key(seed), 1), (n,), jnp.float64)
    start = Start(jnp.asarray(alpha_0, jnp.float64), v_0 * v, eta_alpha, eta_v)

    def reached(before: State, after: State, g: jax.Array) -> jax.Array:
        return after.alpha * after.v

    return train(
        jax.grad(lambda z: margin_loss(head, z, 1.0)),
        start,
        rule_of(optimizer),
        steps,
        reached,
        eps=eps,
        decay=decay,
        clip=clip,
    )[1]


@static()
def kept_square(key: jax.Array, point: dict[str, Any]) -> Float[Array, " coordinates"]:
    """Squared coordinates of alpha dv over Adam's first step, in units of alpha eta_v, one of each of 4096 gradients.

    point: alpha, scale (of g's normal coordinates), eps. Consumes the key.
    """

    def one(g: jax.Array) -> jax.Array:
        # A direction of one coordinate has the same first step as that coordinate of any.
        alpha, v = jnp.asarray(point["alpha"], jnp.float64), jnp.zeros(1, jnp.float64)
        zero = (jnp.zeros_like(alpha), v)
        before = State(alpha, v, zero, zero, jnp.zeros((), jnp.int32))
        after = update(before, g[None], Start(alpha, v, 1.0, 1.0), rule_of("adam"), eps=point["eps"])
        return after.v[0] ** 2

    return jax.vmap(one)(point["scale"] * normal(key, (4096,), jnp.float64))


@static("n")
def direction_gradient(key: jax.Array, point: dict[str, Any]) -> Float[Array, " networks"]:
    """|dL/dv| at the first step, one for each of a chunk's networks. point: n; alpha_0, v_0, exponents of width."""

    def one(key: jax.Array) -> jax.Array:
        network, direction = jax.random.split(key)
        head, width = draw_head(network, point["n"]), float(point["n"])
        v = width ** point["v_0"] * normal(direction, (point["n"],), jnp.float32)
        alpha = width ** point["alpha_0"]
        g = jax.grad(lambda z: margin_loss(head, z, 1.0))((alpha * v).astype(jnp.float32))
        return alpha * jnp.linalg.norm(g)

    return jax.lax.map(one, jax.random.split(key, max(1, 1024 // point["n"])))
