"""Greedy minimality: edges taken out one by one while the circuit still works."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool

Works = Callable[[Bool[np.ndarray, " edges"]], bool]


def minimal(works: Works, kept: Bool[np.ndarray, " edges"], seed: int) -> Bool[np.ndarray, " edges"]:
    """A circuit within `kept` from which no single edge can be taken: edges are tried in random order, again until a
    pass takes none. What does not work to begin with is returned as it is."""
    circuit = np.array(kept, bool)
    generator = np.random.default_rng(seed)
    taken = works(circuit)
    while taken:
        taken = False
        for edge in generator.permutation(np.flatnonzero(circuit)):
            circuit[edge] = False
            if works(circuit):
                taken = True
            else:
                circuit[edge] = True
    return circuit
