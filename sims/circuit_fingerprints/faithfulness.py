"""Areas of curves, as they are computed for circuits."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from corollary.models.circuits.faithfulness import FRACTIONS, areas, curve


def of_curve(*values: float) -> list[float]:
    """[CPR, CMD] on the benchmark's grid."""
    with jax.enable_x64(True):
        return [float(area) for area in areas(FRACTIONS, jnp.array(values))]


def of_ranking(order: str) -> list[float]:
    """The same of 1000 edges of which 100 carry the metric equally, ranked "first", "last" or at "even" intervals."""
    worth = np.zeros(1000)
    place = {"first": np.arange(100), "last": np.arange(900, 1000), "even": np.arange(9, 1000, 10)}[order]
    worth[place] = 3.0
    with jax.enable_x64(True):
        recovered = curve(1000 - jnp.arange(1000.0), lambda masks: 7.0 + masks @ jnp.asarray(worth))
        return [float(area) for area in areas(FRACTIONS, recovered)]


def slack(curve: Array) -> Array:
    """CMD less |length of the grid - CPR|, of a curve [10]."""
    recovered, missed = areas(FRACTIONS, curve)
    return missed - jnp.abs(FRACTIONS[-1] - FRACTIONS[0] - recovered)


def draw(key: Array) -> Array:
    """A random curve: normal values around 1/2. The key is consumed."""
    return 0.5 + jax.random.normal(key, (len(FRACTIONS),), jnp.float64)


def below(curve: Array) -> Array:
    """CMD less CPR: what no curve need have above 0."""
    recovered, missed = areas(FRACTIONS, curve)
    return missed - recovered
