"""Pairs of random circuits."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.models.circuits.overlap import overlap_of

PAIRS = 256


@static("N", "a", "b", "x")
def shared(key: Array, point: dict) -> dict[str, Float[Array, " pairs"]]:
    """Of two random subsets of a and b among N: the overlap's "mean", its "variance" by two independent pairs, and
    whether x edges or more are shared ("tail"). The key is consumed."""
    keys = jax.random.split(key, (PAIRS, 2))
    found = jax.vmap(jax.vmap(lambda k: _overlap(k, point["N"], point["a"], point["b"])))(keys)
    first, second = found[:, 0], found[:, 1]
    return {"mean": first, "variance": (first - second) ** 2 / 2, "tail": (first >= point["x"]).astype(jnp.float64)}


def _overlap(key: Array, N: int, a: int, b: int) -> Float[Array, ""]:
    """The first b of a random order, of which those below a are the other subset's."""
    return jnp.sum(jax.random.permutation(key, N)[:b] < a).astype(jnp.float64)


def counted(N: int, a: int, b: int, x: int) -> dict[str, Any]:
    """The chance table of two circuits, as the searches' reports give it."""
    found = overlap_of(N, a, b, x)
    return {"mean": found.expected, "deviation": found.deviation, "z": found.z, "iou": found.chance_iou}


def tail_log(N: int, a: int, b: int, x: int) -> float:
    """log10 of the reported tail."""
    return float(jnp.log10(overlap_of(N, a, b, x).tail))


def pool(a: int, b: int, x: int) -> float:
    """The size of a graph from which random circuits of a and b share x by chance, found by bisection."""
    low, high = float(max(a, b)), float(a * b + 1)
    while high - low > 1e-9 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if a / middle * b > x else (low, middle)
    return (low + high) / 2


def coin_log(n: int, right: int) -> float:
    """log10 of the binomial tail, by its incomplete beta integral."""
    from scipy.special import betainc

    return float(jnp.log10(betainc(n - right, right + 1, 0.5)))
