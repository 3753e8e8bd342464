"""Circuit after circuit, each away from the union of those found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from corollary.models.circuits.minimal import Works, minimal

Search = Callable[[list[int], Bool[np.ndarray, "k edges"]], Bool[np.ndarray, "seeds edges"]]
"""(seeds, circuits to stay away from) -> kept edges of a search each."""


@dataclass(frozen=True)
class Circuit:
    """kept: its edges. shared: how many of them lie in the union of those found before. tried, working: searches of
    its round, and how many of them ended in a circuit that works."""

    kept: Bool[np.ndarray, " edges"]
    shared: int
    tried: int
    working: int


def enumerate_circuits(
    search: Search, works: Works, edges: int, *, rounds: int, seeds: int = 4, seed: int = 0
) -> list[Circuit]:
    """At most `rounds` circuits. In each round, of several searches those that work are made minimal, and the one with
    the smallest overlap with the union found so far, then the smallest, is kept; a round without any ends it."""
    found: list[Circuit] = []
    kept = np.zeros((0, edges), bool)
    for number in range(rounds):
        union = kept.any(0)
        candidates = []
        own = [seed * 10_000 + number * 100 + one for one in range(seeds)]
        for one, mask in zip(own, np.asarray(search(own, kept), bool), strict=True):
            if works(mask):
                candidates.append(minimal(works, mask, one))
        if not candidates:
            break
        best = min(candidates, key=lambda mask: (int((mask & union).sum()), int(mask.sum())))
        found.append(Circuit(best, int((best & union).sum()), seeds, len(candidates)))
        kept = np.concatenate([kept, best[None]])
    return found
