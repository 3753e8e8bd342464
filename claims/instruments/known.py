"""Losses whose learning coefficients are known: chains against the library."""

from __future__ import annotations

import math

import corollary as co
from corollary.claims.instruments.paper import PAPER

with co.lazily():
    from corollary.sims.instruments import known as sims
    from corollary.theory.instruments import known as theory


@PAPER.claim(
    "monomial-coefficient",
    says="Around w = 0 of the loss w^(2k) chains report the learning coefficient 1 / (2k).",
    where="Watanabe 2009",
    status="reconstructed",
)
def monomial_coefficient() -> co.Mean:
    point = {"steps": 64, "chains": 256, "nbeta": 1e6, "gamma": 1.0}
    quick = [{**point, "k": 2, "eps": 2e-4}]
    return co.Mean(
        predicts=theory.MONOMIAL,
        measures=sims.monomial_gaps,
        at=co.Depths(quick, [*quick, {**point, "k": 1, "eps": 1e-6}, {**point, "k": 3, "eps": 1e-3}]),
        within=co.Depths(0.06, 0.04, 0.02),
        wrong={
            "d / 2": lambda k: 0.5 if k > 1 else 1.0,
            "1 / k": lambda k: 1 / k,
            "1 / (2k + 2)": lambda k: 1 / (2 * k + 2),
        },
    )


@PAPER.claim(
    "reduced-rank-coefficient",
    says="Around a most singular solution of reduced-rank regression chains report Aoyagi and Watanabe's "
    "coefficient, less (m - 1) / log nbeta where it has multiplicity m.",
    where="Aoyagi and Watanabe 2005",
    status="reconstructed",
)
def reduced_rank_coefficient() -> co.Mean:
    def predicted(inputs: int, hidden: int, outputs: int, rank: int, nbeta: float) -> float:
        coefficient, multiplicity = theory.reduced_rank(inputs, hidden, outputs, rank)
        return float(coefficient) - (multiplicity - 1) / math.log(nbeta)

    def case(inputs: int, hidden: int, outputs: int, rank: int, eps: float, steps: int) -> co.Point:
        return {
            "inputs": inputs,
            "hidden": hidden,
            "outputs": outputs,
            "rank": rank,
            "nbeta": 1e4,
            "gamma": 1.0,
            "eps": eps,
            "steps": steps,
            "chains": 256,
        }

    quick = [case(3, 3, 3, 1, 1.2e-4, 64), case(6, 2, 3, 0, 2.5e-4, 64)]
    standard = [case(6, 2, 3, 0, 2.5e-4, 128), case(4, 3, 4, 1, 1e-4, 256), case(3, 3, 3, 1, 1.2e-4, 128)]
    full = [
        case(6, 2, 3, 0, 2.5e-4, 512),
        case(4, 3, 4, 1, 1e-4, 1024),
        case(3, 3, 3, 1, 1.2e-4, 1024),
        case(4, 2, 4, 2, 1e-4, 1024),
        case(5, 3, 4, 1, 1e-4, 1024),
    ]
    return co.Mean(
        predicts=predicted,
        measures=sims.reduced_rank_gaps,
        at=co.Depths(quick, standard, full),
        within=co.Depths(0.06, 0.03),
        scale=lambda inputs, hidden, outputs, rank: float(theory.reduced_rank(inputs, hidden, outputs, rank)[0]),
        wrong={
            "half the parameters, d / 2": lambda inputs, hidden, outputs: hidden * (inputs + outputs) / 2,
            "half the dimension of rank-r maps": lambda inputs, outputs, rank: rank * (inputs + outputs - rank) / 2,
            "the wrong branch, (H M - H r + N r) / 2": lambda inputs, hidden, outputs, rank: (
                (hidden * inputs - hidden * rank + outputs * rank) / 2
            ),
            "as if the true map were zero": lambda inputs, hidden, outputs: float(
                theory.reduced_rank(inputs, hidden, outputs, 0)[0]
            ),
        },
    )


@PAPER.claim(
    "crossing-valleys",
    says="Around a point of a union of two subspaces of minima, |x|^2 |y|^2 = 0, chains report half the "
    "number of equations of the subspace that passes there: half the dimension of y on y = 0, and where "
    "both cross the smaller of the halves.",
    where="reconstructed",
    status="reconstructed",
)
def crossing_valleys() -> co.Mean:
    def predicted(first: int, second: int, place: float) -> float:
        return second / 2 if place else float(theory.product_of_norms(first, second)[0])

    shared = {"first": 1, "second": 3, "chains": 256, "steps": 128}
    crossing = {**shared, "place": 0.0, "nbeta": 1e4, "gamma": 1.0, "eps": 1e-4}
    valley = {**shared, "place": 1.0, "nbeta": 1e5, "gamma": 100.0, "eps": 5e-6}
    wider = {**valley, "second": 2}
    return co.Mean(
        predicts=predicted,
        measures=sims.valley_gaps,
        at=co.Depths([crossing, valley], [crossing, valley, wider]),
        within=co.Depths(0.06, 0.03),
        wrong={
            "half of all weights, d / 2": lambda first, second: (first + second) / 2,
            "the same at every minimum": lambda first, second: min(first, second) / 2,
            "the narrower subspace where they cross": lambda first, second: max(first, second) / 2,
            "the subspace's own dimension": lambda first, second, place: first / 2 if place else second / 2,
        },
    )
