"""Faithfulness, completeness and minimality as Wang et al. 2022 define them, of any score of masks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float

Score = Callable[[Bool[np.ndarray, "k edges"]], Float[np.ndarray, " k"]]
"""Mean performance under each of k masks."""


def unfaithfulness(score: Score, circuit: Bool[np.ndarray, " edges"]) -> float:
    """abs(score of the model - score of the circuit)."""
    whole, alone = score(np.stack([np.ones_like(circuit, bool), np.asarray(circuit, bool)]))
    return float(abs(whole - alone))


def incompleteness(
    score: Score, circuit: Bool[np.ndarray, " edges"], *, samples: int = 16, greedy: int = 4, seed: int = 0
) -> float:
    """Largest abs(score of circuit without K - score of the model without K) found over subsets K of the circuit.

    K: the circuit, the empty set, `samples` random ones, and those of `greedy` steps that add the worst edge of all.
    """
    kept = np.asarray(circuit, bool)
    generator = np.random.default_rng(seed)
    random = kept & (generator.random((samples, len(kept))) < generator.random((samples, 1)))
    start = np.zeros_like(kept)
    tried = _gaps(score, kept, np.stack([kept, start, *random]))
    worst, removed = float(tried.max()), start
    for _ in range(min(greedy, int(kept.sum()))):
        edges = np.flatnonzero(kept & ~removed)
        candidates = np.repeat(removed[None], len(edges), 0)
        candidates[np.arange(len(edges)), edges] = True
        gaps = _gaps(score, kept, candidates)
        removed = candidates[int(np.argmax(gaps))]
        worst = max(worst, float(gaps.max()))
    return worst


def minimality(
    score: Score, circuit: Bool[np.ndarray, " edges"], edge: int, *, samples: int = 16, seed: int = 0
) -> float:
    """Largest abs(score without K and the edge - score without K) found over subsets K of the rest of the circuit: the
    empty one and random ones. Raises ValueError for an edge that is not in the circuit."""
    kept = np.asarray(circuit, bool)
    if not kept[edge]:
        raise ValueError(f"edge={edge} is not allowed; allowed: an edge of the circuit")
    generator = np.random.default_rng(seed)
    left = kept & ~(generator.random((samples, len(kept))) < generator.random((samples, 1)))
    left = np.concatenate([kept[None], left])
    left[:, edge] = True
    without = left.copy()
    without[:, edge] = False
    both = score(np.concatenate([left, without]))
    return float(np.abs(both[: len(left)] - both[len(left) :]).max())


def _gaps(score: Score, kept: Bool[np.ndarray, " edges"], removed: Bool[np.ndarray, "k edges"]) -> np.ndarray:
    both = score(np.concatenate([kept & ~removed, ~removed]))
    return np.abs(both[: len(removed)] - both[len(removed) :])
