"""Learning coefficients where subspaces meet, and where nothing is singular: chains against the library."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.grokking.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.instruments import known
    from corollary.sims.instruments import supports as sims_supports
    from corollary.theory.grokking import jacobian_rank, rlct, rlct_langevin


@PAPER.claim(
    "sparse-model-coefficient",
    says="In a model whose weights may differ from 0 on one of several supports the learning coefficient is "
    "half the size of the smallest support that contains the truth; chains over supports and weights "
    "find the sum over supports of (gamma / (nbeta + gamma))^(size / 2) that leads there.",
    where="the sparsity prior of eq 4, as a learning coefficient",
    status="reconstructed",
)
def sparse_model_coefficient() -> co.Mean:

    masks = np.array([[1, 1, 0, 0, 0], [1, 0, 1, 1, 0], [0, 1, 0, 0, 0], [0, 1, 1, 1, 1], [1, 1, 1, 1, 1]], dtype=float)

    def point(truth: list[float], nbeta: float) -> dict[str, Any]:
        return {"masks": masks, "truth": np.array(truth), "nbeta": nbeta, "gamma": 1.0, "eps": 1 / nbeta, "chains": 256}

    def containing(masks: Any, truth: Any) -> list[float]:
        return [mask.sum() for mask in masks if not np.any((1 - mask) * truth)]

    def library(masks: Any, truth: Any) -> float:
        supports = [np.flatnonzero(mask).tolist() for mask in masks]
        return float(rlct.sparse_model(supports, np.flatnonzero(truth).tolist())[0])

    quick = [point([1.0, 0.0, 0.0, 0.0, 0.0], 100.0)]
    more = [point([1.0, 0.0, 0.0, 0.0, 0.0], 1e4), point([0.0, 0.7, -0.7, 0.0, 0.0], 1e3)]
    return co.Mean(
        predicts=rlct_langevin.union,
        measures=sims_supports.support_gaps,
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


@PAPER.claim(
    "crossing-valleys",
    says="Around a point of a union of two subspaces of minima, |x|^2 |y|^2 = 0, chains find half the "
    "number of equations of the subspace that passes there: half the dimension of y on y = 0, and where "
    "both cross the smaller of the halves.",
    where="reconstructed",
    status="reconstructed",
)
def crossing_valleys() -> co.Mean:

    def predicted(first: int, second: int, place: float) -> float:
        return second / 2 if place else float(rlct.product_of_norms(first, second)[0])

    shared = {"first": 1, "second": 3, "chains": 256, "steps": 128}
    crossing = {**shared, "place": 0.0, "nbeta": 1e4, "gamma": 1.0, "eps": 1e-4}
    valley = {**shared, "place": 1.0, "nbeta": 1e5, "gamma": 100.0, "eps": 5e-6}
    wider = {**valley, "second": 2}
    return co.Mean(
        predicts=predicted,
        measures=known.valley_gaps,
        at=co.Depths([crossing, valley], [crossing, valley, wider]),
        within=co.Depths(0.06, 0.03),
        wrong={
            "half of all weights, d / 2": lambda first, second: (first + second) / 2,
            "the same at every minimum": lambda first, second: min(first, second) / 2,
            "the narrower subspace where they cross": lambda first, second: max(first, second) / 2,
            "the subspace's own dimension": lambda first, second, place: first / 2 if place else second / 2,
        },
    )


@PAPER.claim(
    "smooth-point-coefficient",
    says="Around weights of a quadratic network where its Jacobian has a locally constant rank, K (3p - 2), "
    "chains find half of that rank.",
    where="reconstructed",
    status="reconstructed",
)
def smooth_point_coefficient() -> co.Mean:

    def predicted(p: int, neurons: int) -> float:
        return float(jacobian_rank.coefficient(jacobian_rank.generic_rank(p, neurons)))

    def case(p: int, neurons: int, eps: float, steps: int) -> dict[str, Any]:
        return {
            "p": p,
            "neurons": neurons,
            "seed": 1 if p == 5 else 0,
            "chains": 256,
            "steps": steps,
            "nbeta": 1e5,
            "gamma": 1.0,
            "eps": eps,
        }

    quick = [case(3, 1, 3e-7, 64)]
    standard = [*quick, case(3, 2, 1e-7, 128)]
    return co.Mean(
        predicts=predicted,
        measures=known.network_gaps,
        within=co.Depths(0.06, 0.03),
        at=co.Depths(quick, standard, [*standard, case(5, 2, 1.2e-8, 128)]),
        wrong={
            "half of all weights, d / 2": lambda p, neurons: 3 * p * neurons / 2,
            "K (3p - 1) / 2": lambda p, neurons: neurons * (3 * p - 1) / 2,
            "half of the outputs": lambda p: p**3 / 2,
        },
    )
