"""ACDC: edges dropped one after another, from the output down, where the loss stays (Conmy et al. 2023)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Bool, Float


def acdc(
    loss: Callable[[Float[np.ndarray, " edges"]], float],
    stages: Sequence[Sequence[int]],
    threshold: float,
    *,
    seed: int | None = None,
) -> Bool[np.ndarray, " edges"]:
    """The edges that are kept. An edge goes if the loss without it, less the loss before, is below the threshold.

    loss: of a mask of the edges. stages: edge numbers in the order in which they are tried; seed: shuffles each stage,
    None keeps its order. Raises ValueError for stages that do not name every edge once.
    """
    order = [list(stage) for stage in stages]
    count = sum(map(len, order))
    if sorted(edge for stage in order for edge in stage) != list(range(count)):
        raise ValueError(f"stages of {count} edges are not allowed; allowed: every edge number 0..{count - 1}, once")
    generator = None if seed is None else np.random.default_rng(seed)
    mask = np.ones(count, np.float32)
    current = float(loss(mask))
    for stage in order:
        tried = stage if generator is None else generator.permutation(stage)
        for edge in tried:
            mask[edge] = 0.0
            without = float(loss(mask))
            if without - current < threshold:
                current = without
            else:
                mask[edge] = 1.0
    return mask > 0
