"""Perturbed states, measured: how far they move, and the angle that a given displacement takes."""

from __future__ import annotations

import math
from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.sims.direction_magnitude.perturbations import chord, lengths, radial
from corollary.sims.numerics.gaussian import normals

STATES = 1000


def states(d: int, seed: int, r: float) -> tuple[Float[Array, "states d"], Float[Array, "states d"]]:
    """(random states of norm r, noise for each)."""
    drawn, noise = normals(jax.random.key(seed), (STATES, d), (STATES, d))
    return r * drawn / lengths(drawn), noise


@partial(jax.jit, static_argnames="d")
def displacements(d: int, r: float, delta: float) -> Float[Array, " 6"]:
    """Over 1000 random states: least and most |h' - h| of rotations, least and most of radial steps of both signs,
    least and most |h'| of rotations."""
    h, noise = states(d, 0, r)
    turned = chord(h, jnp.asarray(delta, jnp.float64), noise)
    scaled = radial(h, jnp.asarray(delta, jnp.float64), jnp.sign(noise[:, 0]))
    found = [lengths(turned - h), lengths(scaled - h), lengths(turned)]
    return jnp.stack([end(x) for x in found for end in (jnp.min, jnp.max)])


def angle_of_chord(r: float, delta: float) -> dict[str, float]:
    """angle: of the rotation in a plane that moves a vector of norm r by delta, found by bisection; across and behind:
    where it then lies; shortfall: of a rotation by delta / r."""

    def turned(angle: float) -> tuple[float, float]:
        return r * math.cos(angle), r * math.sin(angle)

    low, high = 0.0, math.pi
    for _ in range(80):
        middle = (low + high) / 2
        short = math.dist(turned(middle), (r, 0.0)) < delta
        low, high = (middle, high) if short else (low, middle)
    along, across = turned((low + high) / 2)
    arc = math.dist(turned(delta / r), (r, 0.0))
    return {"angle": (low + high) / 2, "across": across, "behind": r - along, "shortfall": delta - arc}


@jax.jit
def directions_kept(r: float, delta: float) -> Float[Array, " 2"]:
    """Cosine of a state and its radial perturbation, for both signs."""
    h = states(7, 1, r)[0][:2]
    moved = radial(h, jnp.asarray(delta, jnp.float64), jnp.array([1.0, -1.0]))
    return jnp.sum(h * moved, axis=1) / (lengths(h) * lengths(moved))[:, 0]
