"""How overlap between concepts spreads the slope of one concept over competitors."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.cylindrical_steering.effects import slope

ROWS = 2048
SHARPNESS = 3.0


@static()
def slope_spread(key: Array, point: dict) -> Float[Array, " samples"]:
    """((slope - sharpness) / sharpness)**2 when a concept is steered along its own direction and one other, drawn at
    random, competes; point: directions [d, N]."""
    directions = point["directions"]
    count = directions.shape[1]
    first, second = jax.random.split(key)
    own = jax.random.randint(first, (ROWS,), 0, count)
    other = (own + jax.random.randint(second, (ROWS,), 1, count)) % count

    def one(own: Array, other: Array) -> Array:
        pair = directions[:, jnp.stack([own, other])]
        base = jnp.zeros(directions.shape[0], jnp.float64)
        return (slope(base, pair[:, 0], pair, 0, SHARPNESS) / SHARPNESS - 1) ** 2

    return jax.vmap(one)(own, other)


def mean_square_overlap(directions: Float[Array, "d N"]) -> Array:
    """Mean squared inner product of distinct columns of unit length."""
    gram = directions.T @ directions
    count = gram.shape[0]
    return (jnp.sum(gram**2) - jnp.sum(jnp.diag(gram) ** 2)) / (count * (count - 1))
