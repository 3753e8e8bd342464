"""Random gates on trial."""

from __future__ import annotations

from math import exp

import corollary as co
from corollary.claims.circuits_rome.paper import PAPER

with co.lazily():
    from corollary.sims.circuits_rome import gates as sims
    from corollary.theory.circuits_rome import gates as theory

LOGITS = [{"l": 0.5, "tau": 2.0}, {"l": -1.0, "tau": 0.3}, {"l": 1.2, "tau": 0.3}]


@PAPER.claim(
    "gate-kept",
    says="A sampled mask of OASR keeps an edge of logit l with probability sigmoid(l), whatever its temperature: the "
    "sparsity term is the expected density.",
    where="OASR, mask sampling",
    status="reconstructed",
)
def kept() -> co.Mean:
    return co.Mean(
        predicts=theory.KEPT,
        measures=sims.kept,
        at=LOGITS,
        within=0.01,
        support=(0, 1),
        wrong={
            "at the temperature": lambda l, tau: 1 / (1 + exp(-l / tau)),
            "normal noise of the same deviation": co.Remeasured(sims.kept_normal),
            "a half": lambda: 0.5,
        },
    )


@PAPER.claim(
    "gate-hard-concrete",
    says="A hard-concrete gate is above 0 with probability sigmoid(log_alpha - beta log(-gamma / zeta)), 1 with "
    "sigmoid(log_alpha - beta log((1 - gamma) / (zeta - 1))), and its mean is the integral of what lies above.",
    where="Edge Pruning, gates",
    status="reconstructed",
)
def hard() -> co.Mean:
    def expected(log_alpha: float, beta: float, g: float, zeta: float) -> float:
        return theory.expected(log_alpha, beta, g, zeta)

    def rows(**point: float) -> list[float]:
        return [theory.OPEN(**point), theory.FULL(**point), expected(**point)]

    def row(log_alpha: float, beta: float, g: float, zeta: float) -> list[float]:
        return rows(log_alpha=log_alpha, beta=beta, g=g, zeta=zeta)

    cases = [
        {"log_alpha": 1.0, "beta": 2 / 3, "g": 0.1, "zeta": 1.1},
        {"log_alpha": -0.6, "beta": 0.4, "g": 0.3, "zeta": 1.2},
    ]
    return co.Mean(
        predicts={"open": theory.OPEN, "full": theory.FULL, "mean": expected},
        measures=sims.hard,
        at=[{**case, "low": -case["g"]} for case in cases],
        within=0.012,
        support=(0, 1),
        wrong={
            "without the temperature": lambda log_alpha, g, zeta: row(log_alpha, 1.0, g, zeta),
            "not stretched": lambda log_alpha: [1 / (1 + exp(-log_alpha))] * 3,
            "stretched as far on both sides": lambda log_alpha, beta, g: row(log_alpha, beta, 2 * g, 1 + 2 * g),
            "the mean for an open gate": lambda log_alpha, beta, g, zeta: [
                expected(log_alpha, beta, g, zeta),
                theory.FULL(log_alpha=log_alpha, beta=beta, g=g, zeta=zeta),
                expected(log_alpha, beta, g, zeta),
            ],
        },
    )
