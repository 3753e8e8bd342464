"""Staged redundancy by listing all subsets of edges."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool

MOST = 20
"""Edges whose subsets are listed."""


def faithful(R: Sequence[float], k: Sequence[float], F: int) -> tuple[Bool[np.ndarray, "subsets edges"], np.ndarray]:
    """(all subsets, whether each serves every stage). Edges: stage by stage, then F that do nothing."""
    units, needs = [int(one) for one in np.atleast_1d(R)], [int(one) for one in np.atleast_1d(k)]
    edges = sum(units) + int(F)
    if edges > MOST:
        raise ValueError(f"{edges} edges are not allowed; allowed: at most {MOST}, whose subsets are all listed")
    subsets = (np.arange(2**edges)[:, None] >> np.arange(edges)) & 1 > 0
    good = np.ones(len(subsets), bool)
    start = 0
    for of, need in zip(units, needs, strict=True):
        good &= subsets[:, start : start + of].sum(1) >= need
        start += of
    return subsets, good


def by_size(R: Sequence[float], k: Sequence[float], F: int) -> np.ndarray:
    """Faithful subsets of each size."""
    subsets, good = faithful(R, k, F)
    return np.bincount(subsets[good].sum(1), minlength=subsets.shape[1] + 1)


def probability(R: Sequence[float], k: Sequence[float], F: int, p: float) -> float:
    """P(faithful) with each edge kept with probability p, summed over subsets."""
    subsets, good = faithful(R, k, F)
    size = subsets[good].sum(1)
    return float(np.sum(p**size * (1 - p) ** (subsets.shape[1] - size)))


def minimal(R: Sequence[float], k: Sequence[float], F: int) -> Bool[np.ndarray, "circuits edges"]:
    """Faithful subsets that lose it with any of their edges."""
    subsets, good = faithful(R, k, F)
    numbers = np.arange(len(subsets))
    stays = np.zeros(len(subsets), bool)
    for edge in range(subsets.shape[1]):
        stays |= subsets[:, edge] & good[numbers & ~(1 << edge)]
    return subsets[good & ~stays]


def minimal_facts(R: Sequence[float], k: Sequence[float], F: int) -> dict[str, float]:
    """ "count" of minimal circuits, mean "overlap" of two of them, and "packing": most that share nothing."""
    circuits = minimal(R, k, F)
    words = circuits @ (1 << np.arange(circuits.shape[1]))
    overlaps = circuits.astype(int) @ circuits.T.astype(int)

    def most(start: int, used: int) -> int:
        fits = [n for n in range(start, len(words)) if not words[n] & used]
        return max((1 + most(n + 1, used | int(words[n])) for n in fits), default=0)

    return {"count": float(len(circuits)), "overlap": float(overlaps.mean()), "packing": float(most(0, 0))}
