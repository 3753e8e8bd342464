"""Inert features on validation answers: each answer changes for the better or the worse, or not, by chance."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from scipy.stats import binom

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


def enumerated(n: int, flips: float) -> float:
    """P(more put right than wrong): over all numbers put wrong, given which those put right are binomial.
    flips: answers that change, on average."""
    half = flips / n / 2
    minus = np.arange(n + 1)
    return float(binom.pmf(minus, n, half) @ binom.sf(minus, n - minus, half / (1 - half)))
