"""All functions of a few edges that adding an edge can only help, listed."""

from __future__ import annotations

from collections.abc import Iterator


def functions(edges: int, monotone: bool = True) -> Iterator[tuple[bool, ...]]:
    """Whether the task is solved under each of the 2^edges masks: all such tables, or the monotone ones."""
    size = 1 << edges
    steps = [(mask, mask | 1 << edge) for mask in range(size) for edge in range(edges) if not mask >> edge & 1]
    for number in range(1 << size):
        works = tuple(bool(number >> mask & 1) for mask in range(size))
        if not monotone or all(works[low] <= works[high] for low, high in steps):
            yield works
