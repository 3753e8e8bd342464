"""Loops in a cloud of points: the bars of its first persistent homology (Vietoris-Rips, coefficients mod 2).

Persistent cohomology in NumPy and float64, quick up to a few hundred points; larger clouds go to ripser, in its
float32, where that is installed.
"""

from __future__ import annotations

import importlib.util

import numpy as np
from jaxtyping import Float, Int

from corollary.sims.instruments.embeddings import circle
from corollary.sims.instruments.geometry import circular_correlation, homomorphism_error, ring

RIPSER_FROM = 256
"""Points from which on ripser is used where it is installed."""
SHORTEST = 1e-9
"""Bars shorter than this share of the diameter are rounding, and left out."""


def h1_bars(points: Float[np.ndarray, "points features"]) -> Float[np.ndarray, "bars 2"]:
    """(birth, death) of every loop, the longest bar first, as edge lengths of the Vietoris-Rips complex.

    Raises ValueError for fewer than 3 points or coordinates that are not finite.
    """
    points = np.asarray(points, dtype=np.float64)
    if points.ndim != 2 or len(points) < 3 or not np.isfinite(points).all():
        raise ValueError(f"points has shape {points.shape}; allowed: at least 3 rows of finite coordinates")
    gaps = points[:, None] - points
    distances = np.sqrt((gaps**2).sum(-1))
    if len(points) >= RIPSER_FROM and importlib.util.find_spec("ripser"):
        from ripser import ripser

        bars = np.asarray(ripser(distances, maxdim=1, distance_matrix=True)["dgms"][1], dtype=np.float64)
    else:
        bars = _cohomology(distances)
    bars = bars[bars[:, 1] - bars[:, 0] > SHORTEST * distances.max()]
    return bars[np.argsort(bars[:, 0] - bars[:, 1], kind="stable")]


def longest_bar(points: Float[np.ndarray, "points features"]) -> float:
    """death - birth of the longest bar; 0.0 where there is no loop."""
    bars = h1_bars(points)
    return float(bars[0, 1] - bars[0, 0]) if len(bars) else 0.0


def _cohomology(distances: Float[np.ndarray, "points points"]) -> Float[np.ndarray, "bars 2"]:
    """Columns are edges from the longest to the shortest, without those of the spanning tree, whose classes die in
    dimension 0; a pivot is the first triangle of a reduced coboundary."""
    count = len(distances)
    first, second = np.triu_indices(count, 1)
    order = np.argsort(distances[first, second], kind="stable")
    first, second = first[order], second[order]
    lengths = distances[first, second]
    rank = np.full((count, count), -1)
    rank[first, second] = rank[second, first] = np.arange(len(order))
    reduced: dict[int, np.ndarray] = {}
    bars = []
    tree = _spanning_tree(first, second, count)
    for edge in range(len(order) - 1, -1, -1):
        if tree[edge]:
            continue
        column = _coboundary(edge, int(first[edge]), int(second[edge]), rank)
        while len(column) and int(column[0]) in reduced:
            column = np.setxor1d(column, reduced[int(column[0])], assume_unique=True)
        if len(column) == 0:
            continue
        reduced[int(column[0])] = column
        bars.append((lengths[edge], lengths[column[0] // count]))
    return np.array(bars, dtype=np.float64).reshape(-1, 2)


def _coboundary(edge: int, i: int, j: int, rank: Int[np.ndarray, "points points"]) -> Int[np.ndarray, " triangles"]:
    """The triangles on an edge in order of appearance, each as rank of its longest edge * points + the vertex
    opposite to that."""
    count = len(rank)
    others = np.delete(np.arange(count), [i, j])
    to_i, to_j = rank[i, others], rank[j, others]
    longest = np.maximum(edge, np.maximum(to_i, to_j))
    opposite = np.where(longest == edge, others, np.where(longest == to_i, j, i))
    return np.sort(longest * count + opposite)


def _spanning_tree(first: np.ndarray, second: np.ndarray, count: int) -> np.ndarray:
    """Which edges, taken from the shortest on, join two components."""
    component = np.arange(count)
    joins = np.zeros(len(first), dtype=bool)
    for edge in range(len(first)):
        one, other = component[first[edge]], component[second[edge]]
        if one != other:
            joins[edge] = True
            component[component == other] = one
            if joins.sum() == count - 1:
                break
    return joins


def noisy_ring(p: int, noise: float, seed: int) -> dict[str, np.ndarray]:
    """A circle of p tokens with Gaussian noise of that deviation on every feature, in the plane of its strongest
    frequency: "plane" [p, 2], "frequency", "bars" [bars, 2], "circular_correlation" and "homomorphism_error"."""
    noise_seed, circle_seed = np.random.SeedSequence(seed).generate_state(2)
    tokens = circle(p, 5, int(circle_seed))
    view = ring(tokens + noise * np.random.default_rng(noise_seed).normal(size=tokens.shape))
    return {
        "plane": np.asarray(view.plane),
        "frequency": np.asarray(view.frequency),
        "bars": h1_bars(np.asarray(view.plane)),
        "circular_correlation": np.asarray(circular_correlation(view.angles, view.frequency)),
        "homomorphism_error": np.asarray(homomorphism_error(view.angles)),
    }
