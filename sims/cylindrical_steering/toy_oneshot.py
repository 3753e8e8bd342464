"""Vectors optimised for a single text of the toy, at a growing length: the data of the helix probe."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from corollary.sims.toys.digits import CONCEPT
from corollary.sims.training.step import fit

STEPS, RATE = 30, 0.1
LENGTHS = tuple(2 * step / 50 for step in range(1, 51))
"""In units of |DiffMean|."""


def optimised(
    told: Callable[[Array], Float[Array, " tokens"]], start: Float[Array, " width"], size: Array
) -> Float[Array, "lengths width"]:
    """One vector for each of LENGTHS times `size`: Adam on its direction, always from the same start, towards the
    concept and away from the token that the unsteered text is followed by. told: vector -> next-token logits."""
    source = told(jnp.zeros_like(start)).argmax()

    def at(length: Array) -> Array:
        def loss(direction: Array, _: Array) -> Array:
            surprise = -jax.nn.log_softmax(told(length * direction / jnp.linalg.norm(direction)))
            return surprise[CONCEPT] - surprise[source]

        direction, _ = fit(start, loss, optax.adam(RATE), jnp.arange(STEPS))
        return length * direction / jnp.linalg.norm(direction)

    return jax.vmap(at)(size * jnp.asarray(LENGTHS, jnp.float64))
