"""Features that fire on few samples, with successes that are drawn at random."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.measure import static

ROWS, FEATURES = 16, 2000


@static("n", "k", "m")
def all_positive(key: Array, point: dict) -> Float[Array, " rows"]:
    """How many of 2,000 features that fire on m samples each do so on successes alone. point: n, k, m (ints). The key
    is consumed."""
    n, k, m = point["n"], point["k"], point["m"]
    generator = np.random.default_rng(0)
    fires = np.stack([generator.choice(n, m, replace=False) for _ in range(FEATURES)])
    ranks = jnp.argsort(jax.random.uniform(key, (ROWS, n)), axis=1)
    return (ranks[:, fires] < k).all(-1).sum(-1).astype(jnp.float64)


def correlation(n: int, k: int, m: int, spread: float, seed: int) -> float:
    """Of a feature that fires on m of k successes, with log-normal activations, and nowhere else."""
    z, y = _sample(n, k, m, spread, seed)
    return float(np.corrcoef(z, y)[0, 1])


def variation(n: int, k: int, m: int, spread: float, seed: int) -> float:
    """Coefficient of variation of those activations."""
    z = _sample(n, k, m, spread, seed)[0]
    return float(z[z > 0].std() / z[z > 0].mean())


def _sample(n: int, k: int, m: int, spread: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    y = np.arange(n) < k
    z = np.zeros(n)
    z[:m] = np.random.default_rng(seed).lognormal(0, spread, m)
    return z, y.astype(float)


def overtaken(n: int, rho: float) -> int:
    """The fewest successes at which a singleton's correlation is below rho, found by computing it."""
    z = np.zeros(n)
    z[0] = 1

    def r(k: int) -> float:
        return float(np.corrcoef(z, np.arange(n) < k)[0, 1])

    low, high = 1, n - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if r(middle) < rho else (middle + 1, high)
    return low
