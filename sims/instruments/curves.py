"""What the figures of the instruments show: a ring that noise drowns, with its loops, and what fading order costs."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from corollary.sims.instruments.bdm import bdm
from corollary.sims.instruments.ctm import Table
from corollary.sims.instruments.embeddings import FEATURES, circle
from corollary.sims.instruments.geometry import circular_correlation, homomorphism_error, ring
from corollary.sims.instruments.persistence import h1_bars

PATTERNS = ("constant", "checkerboard", "stripes", "primes")


def loops(p: int, noise: float, seed: int) -> dict[str, Any]:
    """Of a circle of p tokens with Gaussian noise of that deviation on every feature, in the plane of its strongest
    frequency: "plane" [p, 2], "bars" [bars, 2], "circular" and "homomorphism"."""
    embedding = circle(p, 5, seed) + noise * np.random.default_rng(seed).normal(size=(p, FEATURES))
    found = ring(embedding)
    return {
        "plane": found.plane,
        "bars": h1_bars(np.asarray(found.plane)),
        "circular": circular_correlation(found.angles, found.frequency),
        "homomorphism": homomorphism_error(found.angles),
    }


def dissolving(
    pattern: str, size: int, flipped: list[float], columns: int, complexities: list[float], seed: int
) -> dict[str, Any]:
    """ "bits" [shares]: complexity of a size x size pattern with these shares of its cells redrawn at random.
    complexities: of blocks of two rows and so many columns."""
    rng = np.random.default_rng(seed)
    table = Table(np.asarray(complexities), 2, columns)
    order, chance, noise = _pattern(pattern, size), rng.random((size, size)), rng.integers(0, 2, (size, size))
    return {
        "bits": np.array([float(bdm(jnp.asarray(np.where(chance < share, noise, order)), table)) for share in flipped])
    }


def _pattern(name: str, size: int) -> np.ndarray:
    row, column = np.indices((size, size))
    if name == "constant":
        return np.zeros((size, size), dtype=int)
    if name == "checkerboard":
        return (row + column) % 2
    if name == "stripes":
        return (column // 3) % 2
    number = row * size + column
    sieve = np.ones(size * size, dtype=int)
    sieve[:2] = 0
    for factor in range(2, size):
        sieve[factor * factor :: factor] = 0
    return sieve[number]
