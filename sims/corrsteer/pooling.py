"""Pooled activations of tokens that fire independently, their correlation with success by enumeration."""

from __future__ import annotations

import numpy as np
from scipy.stats import binom


def enumerated(lam1: float, lam0: float, T: int, pi: float) -> dict[str, float]:
    """Correlation with success of the "max" and the "mean" activation, and the ratio of their means on successes, over
    all numbers of firing tokens and both outcomes."""
    counts = np.arange(T + 1)
    law = np.concatenate([(1 - pi) * binom.pmf(counts, T, lam0), pi * binom.pmf(counts, T, lam1)])
    y = np.repeat([0.0, 1.0], T + 1)
    fired = np.tile(counts, 2)
    pools = {"max": (fired > 0).astype(float), "mean": fired / T}
    out = {}
    for name, z in pools.items():
        covariance = law @ (z * y) - (law @ z) * (law @ y)
        out[name] = float(covariance / np.sqrt((law @ z**2 - (law @ z) ** 2) * pi * (1 - pi)))
    on_success = {name: law[T + 1 :] @ z[T + 1 :] / pi for name, z in pools.items()}
    return out | {"ratio": float(on_success["max"] / on_success["mean"])}
