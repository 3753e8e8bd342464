"""A sparse model: chains over supports and weights."""

from __future__ import annotations

from collections.abc import Sequence

import corollary as co
from corollary.claims.instruments.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.instruments import supports as sims
    from corollary.theory.instruments import supports as theory


@PAPER.claim(
    "sparse-model-coefficient",
    says="In a model whose weights may differ from 0 on one of several supports the learning coefficient is "
    "half the size of the smallest support that contains the truth; chains over supports and weights "
    "report the sum over supports of (gamma / (nbeta + gamma))^(size / 2) that leads there.",
    where="the sparsity prior of eq 4, as a learning coefficient",
    status="reconstructed",
)
def sparse_model_coefficient() -> co.Mean:
    masks = np.array([[1, 1, 0, 0, 0], [1, 0, 1, 1, 0], [0, 1, 0, 0, 0], [0, 1, 1, 1, 1], [1, 1, 1, 1, 1]], dtype=float)

    def point(truth: Sequence[float], nbeta: float) -> co.Point:
        return {"masks": masks, "truth": np.array(truth), "nbeta": nbeta, "gamma": 1.0, "eps": 1 / nbeta, "chains": 256}

    def containing(masks: np.ndarray, truth: np.ndarray) -> list[float]:
        return [mask.sum() for mask in masks if not np.any((1 - mask) * truth)]

    def library(masks: np.ndarray, truth: np.ndarray) -> float:
        supports = [np.flatnonzero(mask).tolist() for mask in masks]
        return float(theory.sparse_model(supports, np.flatnonzero(truth).tolist())[0])

    quick = [point([1.0, 0.0, 0.0, 0.0, 0.0], nbeta) for nbeta in (5.0, 100.0)]
    more = [point([1.0, 0.0, 0.0, 0.0, 0.0], 1e4), point([0.0, 0.7, -0.7, 0.0, 0.0], 1e3)]
    return co.Mean(
        predicts=theory.union,
        measures=sims.support_gaps,
        at=co.Depths(quick, quick + more),
        within=co.Depths(0.05, 0.03, 0.01),
        scale=library,
        wrong={
            "half of all weights, d / 2": lambda masks: masks.shape[1] / 2,
            "the smallest support, truth or not": lambda masks: masks.sum(1).min() / 2,
            "the largest that contains the truth": lambda masks, truth: max(containing(masks, truth)) / 2,
            "their average": lambda masks, truth: float(np.mean(containing(masks, truth))) / 2,
        },
    )
