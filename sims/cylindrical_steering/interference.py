"""How overlap between concepts spreads the slope of one concept over competitors."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.cylindrical_steering import geometry
from corollary.sims.cylindrical_steering.effects import slope
from corollary.sims.numerics.draws import keys_of

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


def overlaps(seed: int, d: int, concepts: Sequence[int], seeds: int) -> dict[str, np.ndarray]:
    """Mean squared overlap [concepts]: "random", "tight" (nan below d) and "orthonormal" (nan above d)."""
    found: dict[str, list[float]] = {"tight": [], "random": [], "orthonormal": []}
    for count in concepts:
        measured = jax.jit(
            jax.vmap(lambda key, count=count: mean_square_overlap(geometry.random_directions(key, d, count)))
        )(keys_of(seed, seeds))
        found["random"].append(float(measured.mean()))
        for name, build, possible in (
            ("tight", geometry.tight_directions, count >= d),
            ("orthonormal", geometry.orthonormal_directions, count <= d),
        ):
            value = mean_square_overlap(build(jax.random.key(seed), d, count)) if possible else np.nan
            found[name].append(float(value))
    return {name: np.array(values) for name, values in found.items()}
