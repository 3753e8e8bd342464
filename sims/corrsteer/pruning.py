"""Inert features on validation answers: each answer changes for the better or the worse, or not, by chance."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static

ROWS = 1024


@static("n")
def passed(key: Array, point: dict) -> Float[Array, " rows"]:
    """Whether more answers are put right than wrong. point: n (int), q. The key is consumed."""
    drawn = jax.random.uniform(key, (ROWS, point["n"]))
    plus, minus = (drawn < point["q"] / 2).sum(1), (drawn > 1 - point["q"] / 2).sum(1)
    return (plus > minus).astype(jnp.float64)


@static("n")
def passed_with_ties(key: Array, point: dict) -> Float[Array, " rows"]:
    """The same where ties pass too."""
    drawn = jax.random.uniform(key, (ROWS, point["n"]))
    plus, minus = (drawn < point["q"] / 2).sum(1), (drawn > 1 - point["q"] / 2).sum(1)
    return (plus >= minus).astype(jnp.float64)
