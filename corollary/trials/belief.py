"""When an interval for a mean is not to be believed, and why: no verdict is given on it then.

The asymptotic rule needs a variance that the samples have shown. It has not been shown before the first deviation, nor
while a few samples carry it (a rare event, a tail of infinite variance), and rows of a chunk that go together make it
too small.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from corollary.trials.moments import KEPT, Moments

MOST_CARRIED = 0.15
"""The share of a variance that the largest `KEPT` samples may carry. Chosen so that no family of the calibration suite
is misjudged more often than promised."""

DEPENDENT = 1e-3
"""How rarely independent rows may be taken for dependent ones, and how rarely the variance of dependent ones may be
taken too small."""


def variance(rows: np.ndarray, moments: Moments) -> np.ndarray:
    """The variance of each contrast of a sample, float64 [contrasts].

    rows: [contrasts, components], the weights. Where the chunks' means spread by more than rows of that variance would
    let them, the rows of a chunk go together, and the spread of the means decides.
    """
    within = _quadratic(rows, moments.covariance)
    if moments.chunks < 2:
        return within
    between = _quadratic(rows, moments.between)
    most, least = _spread(moments.chunks)
    return np.where(between > most * within, between / least, within)


def doubt(rows: np.ndarray, moments: Moments) -> str:
    """Why no verdict can rest on these contrasts yet, in words; "" where one can. rows: [contrasts, components]."""
    scatter = _quadratic(rows, moments.scatter)
    if np.any(scatter <= 0):
        return f"no deviation was seen in {moments.count:,} samples"
    with np.errstate(divide="ignore", invalid="ignore"):
        carried = float(np.max(rows**2 * moments.largest.sum(0) / scatter[:, None]))
    if carried > MOST_CARRIED:
        return f"the largest {KEPT} of {moments.count:,} samples carry {min(carried, 1):.0%} of the variance"
    return ""


def _quadratic(rows: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return np.maximum(np.einsum("ij,jk,ik->i", rows, matrix, rows), 0.0)


@lru_cache(maxsize=256)
def _spread(chunks: int) -> tuple[float, float]:
    """The most and the least, but for one time in 1/DEPENDENT, of a sum of squares with a degree of freedom a chunk."""
    from scipy.stats import chi2

    return float(chi2.ppf(1 - DEPENDENT, chunks - 1)), float(chi2.ppf(DEPENDENT, chunks - 1))
