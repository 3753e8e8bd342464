"""Random groups at which identities are compared: from nearly uniform to peaked beliefs, of two shapes."""

from __future__ import annotations

from typing import Any

import corollary as co

with co.lazily():
    import numpy as np


SHAPES = ((2, 3), (4, 6))
"""(agents, outcomes): few, because each is a program to compile."""


def group(rng: Any) -> dict[str, Any]:
    """ "agents" [agents, outcomes], "weights" [agents], "q" [outcomes]: a distribution, "share" in (0, 1), "direction"
    [outcomes], "change" [agents] of sum 0 that leaves the weights positive."""

    agents, outcomes = SHAPES[rng.integers(len(SHAPES))]
    concentration = (0.3, 1.0, 3.0)[rng.integers(3)]
    beliefs = np.maximum(rng.dirichlet(np.full(outcomes, concentration), agents), 1e-12)
    weights = rng.dirichlet(np.full(agents, 2.0))
    return {
        "agents": beliefs / beliefs.sum(1, keepdims=True),
        "weights": weights,
        "q": rng.dirichlet(np.ones(outcomes)),
        "share": rng.uniform(0.1, 0.9),
        "direction": rng.normal(size=outcomes),
        "change": 0.7 * (rng.dirichlet(np.full(agents, 2.0)) - weights),
    }
