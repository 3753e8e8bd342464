"""Local learning coefficients: chains against losses whose coefficients are known."""

from __future__ import annotations

import math
from typing import Any

import corollary as co
from corollary.claims.grokking.paper import PAPER

with co.lazily():
    from corollary.sims.instruments import known
    from corollary.theory.grokking import jacobian_rank, rlct, rlct_langevin


@PAPER.claim(
    "soft-count",
    says="Plain SGLD reports (1/2) nbeta h / (kappa (1 - eps kappa / 4)) for a direction of curvature h, with "
    "kappa = nbeta h + gamma, and its virial 1 / (1 - eps kappa / 4) tells how far off that is.",
    where="arXiv 2308.12108, estimator; its bias reconstructed",
    status="reconstructed",
)
def soft_count() -> co.Mean:

    point = {"sampler": "sgld", "steps": 64, "chains": 128}
    quick = [{**point, "h": 0.8, "nbeta": 1000.0, "gamma": 200.0, "eps": 4e-4}]
    more = [
        {**point, "h": 4.0, "nbeta": 250.0, "gamma": 500.0, "eps": 8e-4},
        {**point, "h": 0.5, "nbeta": 100.0, "gamma": 40.0, "eps": 1.5e-2},
    ]
    return co.Mean(
        predicts={"estimate": rlct_langevin.DISCRETISED, "virial": rlct_langevin.VIRIAL},
        measures=known.quadratic_moments,
        at=co.Depths(quick, quick + more),
        within=co.Depths(0.03, 0.02, 0.005),
        wrong={
            "no correction for the step": {"estimate": rlct_langevin.SOFT_COUNT, "virial": rlct_langevin.VIRIAL},
            "half a parameter, d / 2": {"estimate": lambda h: 0.5, "virial": rlct_langevin.VIRIAL},
            "a virial of 1": {"estimate": rlct_langevin.DISCRETISED, "virial": lambda h: 1.0},
            "forgets the localisation": {
                "estimate": lambda h, nbeta, eps: 0.5 / (1 - eps * nbeta * h / 4),
                "virial": rlct_langevin.VIRIAL,
            },
        },
    )


@PAPER.claim(
    "averaged-noise",
    says="SGLD whose noise is shared half and half by consecutive steps reports the soft count itself, with "
    "virial 1, at the same step size.",
    where="reconstructed",
    status="reconstructed",
)
def averaged_noise() -> co.Mean:

    point = {"sampler": "averaged", "steps": 64, "chains": 128}
    quick = [{**point, "h": 0.8, "nbeta": 1000.0, "gamma": 200.0, "eps": 4e-4}]
    more = [
        {**point, "h": 4.0, "nbeta": 250.0, "gamma": 500.0, "eps": 8e-4},
        {**point, "h": 0.5, "nbeta": 100.0, "gamma": 40.0, "eps": 1.5e-2},
    ]
    return co.Mean(
        predicts={"estimate": rlct_langevin.SOFT_COUNT, "virial": lambda h: 1.0},
        measures=known.quadratic_moments,
        at=co.Depths(quick, quick + more),
        within=co.Depths(0.03, 0.02, 0.005),
        mutants=False,
        wrong={
            "plain SGLD's estimate": {"estimate": rlct_langevin.DISCRETISED, "virial": lambda h: 1.0},
            "plain SGLD's virial": {"estimate": rlct_langevin.SOFT_COUNT, "virial": rlct_langevin.VIRIAL},
            "half a parameter, d / 2": {"estimate": lambda h: 0.5, "virial": lambda h: 1.0},
        },
    )


@PAPER.claim(
    "minibatch-noise",
    says="Minibatches of gradient variance c raise plain SGLD's estimate by the factor 1 + eps nbeta^2 c / 4.",
    where="reconstructed",
    status="reconstructed",
)
def minibatch_noise() -> co.Mean:

    def gradient_variance(h: float, batch: int) -> float:
        return h**2 / batch

    def predicted(h: float, nbeta: float, gamma: float, eps: float, batch: int) -> float:
        return rlct_langevin.MINIBATCH(h=h, nbeta=nbeta, gamma=gamma, eps=eps, c=gradient_variance(h, batch))

    def doubled(h: float, nbeta: float, gamma: float, eps: float, batch: int) -> float:
        return rlct_langevin.MINIBATCH(h=h, nbeta=nbeta, gamma=gamma, eps=eps, c=2 * gradient_variance(h, batch))

    point = {"steps": 64, "chains": 128, "examples": 64}
    quick = [{**point, "batch": 16, "h": 1.0, "nbeta": 100.0, "gamma": 20.0, "eps": 4e-3}]
    more = [{**point, "batch": 4, "h": 2.0, "nbeta": 40.0, "gamma": 40.0, "eps": 5e-3}]
    return co.Mean(
        predicts=predicted,
        measures=known.minibatch_gaps,
        at=co.Depths(quick, quick + more),
        within=co.Depths(0.03, 0.02, 0.005),
        wrong={
            "no minibatch noise": rlct_langevin.DISCRETISED,
            "twice the noise": doubled,
            "no step size at all": rlct_langevin.SOFT_COUNT,
        },
    )


@PAPER.claim(
    "monomial-coefficient",
    says="Around w = 0 of the loss w^(2k) chains find the learning coefficient 1 / (2k).",
    where="Watanabe 2009",
    status="reconstructed",
)
def monomial_coefficient() -> co.Mean:

    point = {"steps": 64, "chains": 256, "nbeta": 1e6, "gamma": 1.0}
    quick = [{**point, "k": 2, "eps": 2e-4}]
    return co.Mean(
        predicts=lambda k: float(rlct.normal_crossing((k,))[0]),
        measures=known.monomial_gaps,
        at=co.Depths(quick, [*quick, {**point, "k": 1, "eps": 1e-6}, {**point, "k": 3, "eps": 1e-3}]),
        within=co.Depths(0.06, 0.04, 0.02),
        wrong={
            "d / 2": lambda k: 0.5 if k > 1 else 1.0,
            "1 / k": lambda k: 1 / k,
            "1 / (2k + 2)": lambda k: 1 / (2 * k + 2),
        },
    )


@PAPER.claim(
    "crossing-coefficient",
    says="At the origin of (x y)^2 chains report 1/2 + z - z K_1(z) / K_0(z) with z = gamma^2 / (8 nbeta), "
    "which is still far below the coefficient 1/2 where it is measured.",
    where="reconstructed",
    status="reconstructed",
)
def crossing_coefficient() -> co.Mean:

    point = {"chains": 256, "gamma": 1.0}
    quick = [{**point, "nbeta": 100.0, "eps": 8e-3, "steps": 128}]
    return co.Mean(
        predicts=rlct_langevin.CROSSING,
        measures=known.crossing_gaps,
        at=co.Depths(quick, [*quick, {**point, "nbeta": 1000.0, "eps": 1e-3, "steps": 512}]),
        within=co.Depths(0.05, 0.03, 0.01),
        wrong={
            "the coefficient itself, 1/2": lambda nbeta: 0.5,
            "d / 2": lambda nbeta: 1.0,
            "twice the localisation": lambda nbeta, gamma: rlct_langevin.CROSSING(nbeta=nbeta, gamma=2 * gamma),
        },
    )


@PAPER.claim(
    "reduced-rank-coefficient",
    says="Around a most singular solution of reduced-rank regression chains find Aoyagi and Watanabe's "
    "coefficient, less (m - 1) / log nbeta where it has multiplicity m.",
    where="Aoyagi and Watanabe 2005",
    status="reconstructed",
)
def reduced_rank_coefficient() -> co.Mean:

    def predicted(inputs: int, hidden: int, outputs: int, rank: int, nbeta: float) -> float:
        coefficient, multiplicity = rlct.reduced_rank(inputs, hidden, outputs, rank)
        return float(coefficient) - (multiplicity - 1) / math.log(nbeta)

    def case(inputs: int, hidden: int, outputs: int, rank: int, eps: float, steps: int) -> dict[str, Any]:
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

    quick = [case(3, 3, 3, 1, 1.2e-4, 64)]
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
        measures=known.reduced_rank_gaps,
        at=co.Depths(quick, standard, full),
        within=co.Depths(0.06, 0.03),
        scale=lambda inputs, hidden, outputs, rank: float(rlct.reduced_rank(inputs, hidden, outputs, rank)[0]),
        wrong={
            "half the parameters, d / 2": lambda inputs, hidden, outputs: hidden * (inputs + outputs) / 2,
            "half the dimension of rank-r maps": lambda inputs, outputs, rank: rank * (inputs + outputs - rank) / 2,
            "the wrong branch, (H M - H r + N r) / 2": lambda inputs, hidden, outputs, rank: (
                (hidden * inputs - hidden * rank + outputs * rank) / 2
            ),
            "as if the true map were zero": lambda inputs, hidden, outputs: float(
                rlct.reduced_rank(inputs, hidden, outputs, 0)[0]
            ),
        },
    )


@PAPER.claim(
    "quadratic-network-rank",
    says="A quadratic network on modular inputs has Jacobian rank K (3p - 2) at generic weights: each of K "
    "neurons loses one parameter to rescaling and one to the shift U + t, V - t.",
    where="reconstructed; arXiv 2603.01192 states K (3p - 1) / 2 for twice as many inputs",
    status="reconstructed",
)
def quadratic_network_rank() -> co.Witness:

    cases = ((5, 2), (7, 3))

    def ranks() -> dict[str, list[int]]:
        return {f"p={p} K={K}": list(known.quadratic_network_ranks(p, K)) for p, K in cases}

    def states(whole: Any) -> dict[str, list[int]]:
        return {f"p={p} K={K}": [whole(p, K), jacobian_rank.frozen_rank(p, K)] for p, K in cases}

    return co.Witness(
        computes=ranks,
        states=states(jacobian_rank.generic_rank),
        wrong={
            "K (3p - 1)": states(lambda p, K: K * (3 * p - 1)),
            "all 3p K parameters": states(lambda p, K: 3 * p * K),
            "U and V are one": states(lambda p, K: 2 * p * K),
        },
    )
