"""What two circuits share, beside what two random ones of their sizes would, and the regions that they cut."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool


@dataclass(frozen=True)
class Overlap:
    """shared, sizes: edges. expected, deviation: of the overlap of random circuits of these sizes. z: how many
    deviations above; nan where it cannot vary. tail: P(at least as many), exact. iou, chance_iou."""

    shared: int
    sizes: tuple[int, int]
    expected: float
    deviation: float
    z: float
    tail: float
    iou: float
    chance_iou: float


def iou(one: Bool[np.ndarray, " edges"], other: Bool[np.ndarray, " edges"]) -> float:
    """Intersection over union; 1 of two empty circuits."""
    return mutual_iou(np.stack([one, other]))


def mutual_iou(circuits: Bool[np.ndarray, "k edges"]) -> float:
    """Edges in all over edges in any; 1 where there are none."""
    kept = np.asarray(circuits, bool)
    union = int(kept.any(0).sum())
    return float(kept.all(0).sum() / union) if union else 1.0


def precision_recall(found: Bool[np.ndarray, " edges"], truth: Bool[np.ndarray, " edges"]) -> tuple[float, float]:
    """Shares of the found edges that are true, 1 where none were found, and of the true ones that were found. Raises
    ValueError for a reference without edges."""
    kept, known = np.asarray(found, bool), np.asarray(truth, bool)
    if not known.any():
        raise ValueError("truth is an empty reference; allowed: a circuit with an edge")
    shared = int((kept & known).sum())
    return (shared / int(kept.sum()) if kept.any() else 1.0), shared / int(known.sum())


def overlap(one: Bool[np.ndarray, " edges"], other: Bool[np.ndarray, " edges"]) -> Overlap:
    """Of two circuits of one graph, all of whose edges count as equally likely by chance."""
    a_kept, b_kept = np.asarray(one, bool), np.asarray(other, bool)
    if a_kept.shape != b_kept.shape or a_kept.ndim != 1:
        raise ValueError(
            f"circuits of shapes {a_kept.shape}, {b_kept.shape} are not allowed; allowed: one shape [edges]"
        )
    return overlap_of(len(a_kept), int(a_kept.sum()), int(b_kept.sum()), int((a_kept & b_kept).sum()))


def overlap_of(edges: int, first: int, second: int, shared: int) -> Overlap:
    """The same from the counts alone."""
    from scipy.stats import hypergeom

    counts = np.arange(min(first, second) + 1)
    law = hypergeom.pmf(counts, edges, first, second)
    mean = float(counts @ law)
    deviation, union = float(np.sqrt((counts - mean) ** 2 @ law)), first + second - shared
    return Overlap(
        shared=shared,
        sizes=(first, second),
        expected=mean,
        deviation=deviation,
        z=(shared - mean) / deviation if deviation > 0 else math.nan,
        tail=float(hypergeom.sf(shared - 1, edges, first, second)),
        iou=shared / union if union else 1.0,
        chance_iou=mean / (first + second - mean) if union else 1.0,
    )


def regions(
    one: Bool[np.ndarray, " edges"], other: Bool[np.ndarray, " edges"]
) -> Mapping[str, Bool[np.ndarray, " edges"]]:
    """The eight sets of edges whose accuracies tell independent circuits from one circuit with spares."""
    a, b = np.asarray(one, bool), np.asarray(other, bool)
    return {
        "A and B": a & b,
        "A without B": a & ~b,
        "B without A": b & ~a,
        "A or B": a | b,
        "without A": ~a,
        "without B": ~b,
        "without A and B": ~(a & b),
        "without A or B": ~(a | b),
    }
