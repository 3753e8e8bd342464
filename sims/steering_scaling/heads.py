"""Frozen networks that read a steered residual stream, drawn at random at any width.

x = h + z passes a residual layer x + tanh(x W_1) W_2 / 2, with W_1 and W_2 N(0, 1/n), and is read out as
x U n^-kappa, with U standard normal: kappa = 1 lets Theta(1) features move the output by Theta(1), as trained
networks and muP do; kappa = 1/2 is a random readout of the standard parameterisation.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.sims.numerics.gaussian import normal

POSITIONS, CLASSES = 4, 5


class Head(NamedTuple):
    """inputs h [positions, n]; w_in, w_out [n, n], or None for a linear head; readout U [n, classes]."""

    inputs: Float[Array, "positions n"]
    w_in: Float[Array, "n n"] | None
    w_out: Float[Array, "n n"] | None
    readout: Float[Array, "n classes"]


def draw_head(key: jax.Array, n: int, layers: int = 1, dtype: jnp.dtype = jnp.float32) -> Head:
    """A random head. layers: 1 or 0 residual layers. Consumes the key."""
    weights, rest = jax.random.split(key)
    rows = normal(rest, (POSITIONS + CLASSES, n), dtype)
    inputs, readout = rows[:POSITIONS], rows[POSITIONS:].T
    if not layers:
        return Head(inputs, None, None, readout)
    scale = jnp.asarray(n**-0.5, dtype)
    # A key for each, as one key's draws are too few for both at the largest widths.
    w_in, w_out = jax.vmap(lambda one: scale * normal(one, (n, n), dtype))(jax.random.split(weights))
    return Head(inputs, w_in, w_out, readout)


def features(head: Head, z: Float[Array, " n"]) -> Float[Array, "positions n"]:
    """The residual stream below the readout when z is added at every position."""
    x = head.inputs + z
    return x if head.w_in is None or head.w_out is None else x + 0.5 * jnp.tanh(x @ head.w_in) @ head.w_out


def margin_loss(head: Head, z: Float[Array, " n"], kappa: float | jax.Array) -> Float[Array, ""]:
    """Summed over positions: mean logit of the other classes less that of the label, which is b mod classes at the
    b-th position. Linear, so that no blow-up hides in a saturated softmax."""
    n, classes = head.readout.shape
    logits = features(head, z) @ head.readout * jnp.asarray(float(n), z.dtype) ** -jnp.asarray(kappa, z.dtype)
    labels = jax.nn.one_hot(jnp.arange(len(logits)) % classes, classes, dtype=z.dtype)
    return jnp.sum(logits * ((1 - labels) / (classes - 1) - labels))
