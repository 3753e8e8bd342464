"""Circuits that meet a target, counted subset by subset."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.measure import static

DRAWS = 256


def subsets(m: int, k: int) -> Float[np.ndarray, "subsets m"]:
    """All k-subsets of m edges as rows of 0 and 1."""
    chosen = np.array(list(combinations(range(m), k)))
    rows = np.zeros((len(chosen), m))
    rows[np.arange(len(chosen))[:, None], chosen] = 1.0
    return rows


@static("m", "k", "q")
def counts(key: Array, point: dict) -> Float[Array, " draws"]:
    """Number of k-subsets whose q sums all lie within eps of T. The key is consumed."""
    return jnp.sum(_meets(key, point), axis=1)


@static("m", "k", "q")
def pairs(key: Array, point: dict) -> dict[str, Float[Array, " draws"]]:
    """Ordered pairs of them by how many edges they share: "0".."k". The key is consumed."""
    hit = _meets(key, point)
    rows = subsets(point["m"], point["k"])
    common = rows @ rows.T
    return {
        str(j): jnp.einsum("ds,st,dt->d", hit, jnp.asarray(common == j, hit.dtype), hit) for j in range(point["k"] + 1)
    }


def _meets(key: Array, point: dict) -> Float[Array, "draws subsets"]:
    m, q = point["m"], point["q"]
    margins = point["mu"] + point["sigma"] * jax.random.normal(key, (DRAWS, m, q))
    sums = jnp.einsum("sm,dmq->dsq", jnp.asarray(subsets(m, point["k"])), margins)
    return jnp.all(jnp.abs(sums - point["T"]) < point["eps"], axis=-1).astype(jnp.float64)


def ious(point: dict[str, Any], seed: int = 0) -> tuple[float, float]:
    """(mean IoU over all pairs of different circuits that meet the target, mean number of those that do), over
    draws."""
    hit = np.asarray(_meets(jax.random.key(seed), point))
    rows = subsets(point["m"], point["k"])
    common, pairs = rows @ rows.T, hit.T @ hit
    np.fill_diagonal(pairs, 0.0)
    return float(np.sum(pairs * common / (2 * point["k"] - common)) / pairs.sum()), float(hit.sum(1).mean())


def crowded_cell() -> dict[str, int]:
    """Four edges of margins 0, 0, 1, 1 and circuits of two edges, of which one is wanted to reach 2: most sums that
    coincide, and how many circuits reach the target."""
    values = (0, 0, 1, 1)
    sums = [values[i] + values[j] for i, j in combinations(range(4), 2)]
    return {"most that coincide": max(sums.count(one) for one in set(sums)), "faithful": sums.count(2)}


def crossing(m: int, k: int, eps: float, sigma: float) -> float:
    """Number of margins, met with the frequency of a normal integral, at which the log count of circuits is 0: between
    two numbers of margins, linearly."""
    from math import lgamma

    from scipy.stats import norm

    spread = sigma * k**0.5
    once = norm.cdf(eps, scale=spread) - norm.cdf(-eps, scale=spread)
    total = lgamma(m + 1) - lgamma(k + 1) - lgamma(m - k + 1)
    left = total
    q = 0
    while left + np.log(once) > 0:
        left += np.log(once)
        q += 1
    return float(q + left / -np.log(once))


def affine_lines() -> list[tuple[int, ...]]:
    """The lines of the affine plane of order 3: triples of its 9 points that add up to 0 in each coordinate mod 3."""
    points = [(i, j) for i in range(3) for j in range(3)]
    return [
        triple
        for triple in combinations(range(9), 3)
        if all(sum(points[one][axis] for one in triple) % 3 == 0 for axis in (0, 1))
    ]
