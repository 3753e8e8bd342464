"""Random features and successes, and their correlation, by the libraries that are used for it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats


class Sample(NamedTuple):
    """z: activations, >= 0, some of them 0; y: success, [n]."""

    z: np.ndarray
    y: np.ndarray


def drawn(n: int, seed: int) -> Sample:
    generator = np.random.default_rng(seed)
    y = np.zeros(n)
    y[: int(generator.integers(2, n - 1))] = 1
    z = np.maximum(generator.normal(0.3, 1, n) + generator.uniform(0.2, 1) * y, 0)
    return Sample(z, y)


def correlation(n: int, seed: int) -> float:
    z, y = drawn(n, seed)
    return float(np.corrcoef(z, y)[0, 1])


def statistic(n: int, seed: int) -> float:
    """Student's, the variances pooled."""
    z, y = drawn(n, seed)
    return float(stats.ttest_ind(z[y == 1], z[y == 0]).statistic)


def moments(n: int, seed: int, ddof: int = 0) -> dict[str, float]:
    """pi, gap, sd."""
    z, y = drawn(n, seed)
    return {"pi": float(y.mean()), "gap": float(z[y == 1].mean() - z[y == 0].mean()), "sd": float(z.std(ddof=ddof))}


def same_order(features: int, n: int, seed: int, by: str = "gap over deviation") -> bool:
    """Whether features are ranked by a score as by their correlation. Successes are the same for all."""
    generator = np.random.default_rng(seed)
    y = generator.permutation(np.arange(n) < n // 3)
    z = generator.gamma(generator.uniform(0.5, 4, (features, 1)), size=(features, n)) * generator.uniform(
        0.2, 5, (features, 1)
    )
    r = np.array([np.corrcoef(row, y)[0, 1] for row in z])
    gap = z[:, y].mean(1) - z[:, ~y].mean(1)
    score = {"gap over deviation": gap / z.std(1), "gap": gap, "mean on success": z[:, y].mean(1)}[by]
    return bool((np.argsort(r) == np.argsort(score)).all())
