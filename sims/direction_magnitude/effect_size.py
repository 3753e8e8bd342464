"""Differences between two conditions, averaged over sentences, for several seeds of the noise."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.point import Point
from corollary.sims.numerics.gaussian import normal

STUDIES = 256


@static("n", "k")
def between_seeds(key: Array, point: Point) -> Float[Array, " studies"]:
    """Variance with ddof 0, over k seeds, of the mean of n sentences' differences gap + sigma noise, over gap squared:
    one over the square of Cohen's d. point: n, k, gap, sigma. The key is consumed."""
    noise = normal(key, (STUDIES, point["k"], point["n"]))
    means = jnp.mean(point["gap"] + point["sigma"] * noise, axis=2)
    return jnp.var(means, axis=1) / point["gap"] ** 2
