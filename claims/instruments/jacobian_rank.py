"""Quadratic networks at smooth points: the rank of their Jacobian, and what chains report."""

from __future__ import annotations

import corollary as co
from corollary.claims.instruments.paper import PAPER

with co.lazily():
    from corollary.sims.instruments import jacobian_rank as sims
    from corollary.sims.instruments import known
    from corollary.theory.instruments import jacobian_rank as theory


@PAPER.claim(
    "quadratic-network-rank",
    says="A quadratic network on modular inputs has Jacobian rank K (3p - 2) at generic weights: each of K "
    "neurons loses one parameter to rescaling and one to the shift U + t, V - t. The readout alone has rank p K.",
    where="reconstructed; arXiv 2603.01192 states K (3p - 1) / 2 for twice as many inputs",
    status="reconstructed",
)
def quadratic_network_rank() -> co.Value:
    stated = {"all": theory.RANK, "readout": theory.READOUT_RANK}
    return co.Value(
        predicts=stated,
        computes=sims.quadratic_network_ranks,
        at=[{"p": 3, "neurons": 1, "seed": 2}, {"p": 5, "neurons": 2, "seed": 0}, {"p": 7, "neurons": 3, "seed": 1}],
        wrong={
            "K (3p - 1)": {**stated, "all": lambda p, neurons: neurons * (3 * p - 1)},
            "all 3p K parameters": {**stated, "all": lambda p, neurons: 3 * p * neurons},
            "U and V are one": {**stated, "all": lambda p, neurons: 2 * p * neurons},
            "the readout of one class": {**stated, "readout": lambda neurons: neurons},
        },
    )


@PAPER.claim(
    "smooth-point-coefficient",
    says="Around weights of a quadratic network where its Jacobian has a locally constant rank, K (3p - 2), "
    "chains report half of that rank.",
    where="reconstructed",
    status="reconstructed",
)
def smooth_point_coefficient() -> co.Mean:
    def case(p: int, neurons: int, eps: float, steps: int) -> co.Point:
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
        predicts=theory.COEFFICIENT,
        measures=known.network_gaps,
        within=co.Depths(0.06, 0.03),
        at=co.Depths(quick, standard, [*standard, case(5, 2, 1.2e-8, 128)]),
        wrong={
            "half of all weights, d / 2": lambda p, neurons: 3 * p * neurons / 2,
            "K (3p - 1) / 2": lambda p, neurons: neurons * (3 * p - 1) / 2,
            "half of the outputs": lambda p: p**3 / 2,
        },
    )
