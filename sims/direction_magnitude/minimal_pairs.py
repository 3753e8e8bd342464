"""Minimal pairs with normal margins and correlated noise."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.point import Point
from corollary.sims.numerics.gaussian import normals

PAIRS = 4096


@static()
def right(key: Array, point: Point) -> Float[Array, " pairs"]:
    """1 where the good member stays the more probable, 1/2 for a tie. point: mu, tau, sigma, and rho >= 0: the share of
    the noise's variance that the members have in common. The key is consumed."""
    margin, common, good, bad = normals(key, *4 * ((PAIRS,),))
    rho = point["rho"]

    def noise(own: Array) -> Array:
        return point["sigma"] * (jnp.sqrt(rho) * common + jnp.sqrt(1 - rho) * own)

    left = point["mu"] + point["tau"] * margin + noise(good) - noise(bad)
    return (left > 0) + 0.5 * (left == 0)
