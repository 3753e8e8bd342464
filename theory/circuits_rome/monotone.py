"""Disjoint, faithful, complete: what monotone accuracy forbids (reconstructed).

Sets of edges are bit masks; `works` says of every mask whether the task is solved.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

DEDEKIND = (2, 3, 6, 20, 168)
"""Number of monotone functions of 0..4 edges."""


def complete(works: Sequence[bool], circuit: int) -> bool:
    """Whether the rest of the model fails without the circuit."""
    return not works[(len(works) - 1) & ~circuit]


def disjoint_pairs(works: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Pairs of faithful circuits without a common edge, each once."""
    good = [mask for mask in range(1, len(works)) if works[mask]]
    return ((one, other) for one in good for other in good if one < other and not one & other)


def packing(works: Sequence[bool], start: int = 1, used: int = 0) -> int:
    """The largest number of disjoint faithful circuits."""
    fits = [mask for mask in range(start, len(works)) if works[mask] and not mask & used]
    return max((1 + packing(works, mask + 1, used | mask) for mask in fits), default=0)


def cut(works: Sequence[bool]) -> int | None:
    """Fewest edges without which no set of the others works; None where even the empty set does."""
    masks = range(len(works))
    return min((mask.bit_count() for mask in masks if not any(works[s] for s in masks if not s & mask)), default=None)
