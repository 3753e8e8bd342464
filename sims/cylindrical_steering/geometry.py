"""Directions, dictionaries of concepts, and the axis and normal space of a difference vector."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.sims.numerics.gaussian import normal


def unit_vectors(key: Array, shape: tuple[int, ...]) -> Float[Array, "... d"]:
    """Uniform directions along the last axis. The key is consumed."""
    drawn = normal(key, shape)
    return drawn / jnp.linalg.norm(drawn, axis=-1, keepdims=True)


def random_directions(key: Array, d: int, concepts: int) -> Float[Array, "d concepts"]:
    """Uniform unit columns. The key is consumed."""
    return unit_vectors(key, (concepts, d)).T


def orthonormal_directions(key: Array, d: int, concepts: int) -> Float[Array, "d concepts"]:
    """Orthonormal columns in a random position. The key is consumed. Raises ValueError for more concepts than d."""
    if concepts > d:
        raise ValueError(f"concepts = {concepts}; allowed: at most d = {d} can be orthonormal")
    return jnp.linalg.qr(normal(key, (d, concepts)))[0]


def tight_directions(key: Array, d: int, concepts: int, rounds: int = 400) -> Float[Array, "d concepts"]:
    """Unit columns whose mean squared overlap is as small as it can be: alternately the nearest tight frame and unit
    columns. The key is consumed. Raises ValueError for fewer concepts than d."""
    if concepts < d:
        raise ValueError(f"concepts = {concepts}; allowed: at least d = {d} span a tight frame")

    def improve(_: int, frame: Array) -> Array:
        left, _sizes, right = jnp.linalg.svd(frame, full_matrices=False)
        nearest = left @ right
        return nearest / jnp.linalg.norm(nearest, axis=0)

    return jax.lax.fori_loop(0, rounds, improve, random_directions(key, d, concepts))


def split(vector: Float[Array, "*batch d"], axis: Float[Array, "*batch d"]) -> tuple[Array, Array]:
    """(coordinate on the unit axis [...], rest [..., d])."""
    along = jnp.sum(vector * axis, axis=-1)
    return along, vector - along[..., None] * axis


def decompose(contributions: Float[Array, "N d"]) -> tuple[Float[Array, " N"], Float[Array, "N d"]]:
    """(coordinates on the axis of their sum, normal components)."""
    total = contributions.sum(axis=0)
    axis = total / jnp.linalg.norm(total)
    return split(contributions, jnp.broadcast_to(axis, contributions.shape))


def penalised(direction: Array, axis: Array, rho: Array | float) -> Float[Array, "*batch d"]:
    """The steering direction with a share rho of its part normal to the unit axis taken away. Either role may be the
    sample's: its own axis with a common direction, or a common axis with its own direction."""
    along, rest = split(direction, axis)
    return along[..., None] * axis + (1 - rho) * rest
