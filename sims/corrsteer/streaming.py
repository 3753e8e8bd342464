"""Correlations in one pass over blocks of samples, in float32, against two passes in float64."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from corollary.models.correlation_steering import added, merged, nothing, observed

BLOCK = 8


def sample(n: int, level: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """z [n, 4] of standard deviation about 1 around a mean of `level`, and y [n], correlated to different degrees."""
    generator = np.random.default_rng(seed)
    y = generator.uniform(size=n) < 0.4
    z = level + generator.normal(size=(n, 4)) + np.array([0.0, 0.3, 0.6, -0.6]) * y[:, None]
    return z.astype(np.float32), y


def two_passes(n: int, level: float, seed: int) -> np.ndarray:
    z, y = sample(n, level, seed)
    return np.array([np.corrcoef(column.astype(np.float64), y)[0, 1] for column in z.T])


def one_pass(n: int, level: float, seed: int, blocks_backwards: bool = False) -> np.ndarray:
    """By merging blocks of eight."""
    z, y = (np.asarray(part).reshape(-1, BLOCK, *part.shape[1:]) for part in sample(n, level, seed))
    if blocks_backwards:
        z, y = z[::-1], y[::-1]

    def further(state, block):
        return merged(state, observed(*block)), None

    state, _ = jax.lax.scan(further, nothing(4), (jnp.asarray(z), jnp.asarray(y)))
    return np.asarray(state.correlation, np.float64)


def one_by_one(n: int, level: float, seed: int) -> np.ndarray:
    """The same, added block by block."""
    z, y = sample(n, level, seed)
    state = nothing(4)
    for start in range(0, n, 256):
        state = added(state, jnp.asarray(z[start : start + 256]), jnp.asarray(y[start : start + 256]))
    return np.asarray(state.correlation, np.float64)


def raw_sums(n: int, level: float, seed: int) -> np.ndarray:
    """By sums of squares and of products, in float32, with a floor of 1e-12 under the variance."""
    z, y = sample(n, level, seed)
    total = np.zeros((5, 4), np.float32)
    for start in range(0, n, BLOCK):
        block, right = z[start : start + BLOCK], y[start : start + BLOCK, None].astype(np.float32)
        ones = np.ones(4, np.float32)
        sums = (block.sum(0), (block**2).sum(0), (block * right).sum(0), right.sum(0) * ones, len(block) * ones)
        total += np.stack(sums)
    summed, squares, products, successes, count = total
    variance = np.maximum(squares / count - (summed / count) ** 2, np.float32(1e-12))
    share = successes / count
    return ((products / count - summed / count * share) / np.sqrt(variance * share * (1 - share))).astype(np.float64)


def mean_of_blocks(n: int, level: float, seed: int) -> np.ndarray:
    """Of the correlations within blocks of 80."""
    z, y = sample(n, level, seed)
    parts = [np.corrcoef(z[at : at + 80].T.astype(np.float64), y[at : at + 80])[-1, :-1] for at in range(0, n, 80)]
    return np.mean(parts, axis=0)


def largest_error(n: int, level: float, seed: int, how: str = "one pass") -> float:
    """Of the four correlations."""
    ways = {"one pass": one_pass, "one by one": one_by_one, "raw sums": raw_sums, "mean of blocks": mean_of_blocks}
    found = ways[how](n, level, seed)
    return float(np.max(np.abs(found - two_passes(n, level, seed))))
