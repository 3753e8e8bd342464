"""Attention on one key among random others."""

from __future__ import annotations

import corollary as co
from corollary.claims.attention_sink.paper import PAPER

with co.lazily():
    from corollary.sims.attention_sink import sink_mass as sims
    from corollary.theory.attention_sink import sink_mass as theory

SINK = "attention sink; strength and context length"
CASES = [{"t": 256, "beta": 1.0, "s0": 6.0}, {"t": 60, "beta": 0.6, "s0": 3.2}]


@PAPER.claim(
    "sink-mass",
    says="A key of logit s0 among t - 1 others of N(0, beta^2) logits draws 1 / (1 + (t - 1) e^(beta^2 / 2 - s0)) of "
    "the attention.",
    where=SINK,
    status="reconstructed",
)
def mass() -> co.Mean:
    return co.Mean(
        predicts=theory.MASS,
        measures=sims.mass,
        within=0.008,
        at=CASES,
        wrong={
            "the others at their median": lambda t, s0: theory.MASS(t=t, beta=0.0, s0=s0),
            "beta^2 for beta^2 / 2": lambda t, beta, s0: theory.MASS(t=t, beta=2**0.5 * beta, s0=s0),
            "t for t - 1, twice": lambda t, beta, s0: theory.MASS(t=2 * t - 1, beta=beta, s0=s0),
        },
    )


@PAPER.claim(
    "sink-mass-expanded",
    says="Fluctuations of the others raise it by p (1 - p)^2 (e^(beta^2) - 1) / (t - 1), p the attention.",
    where=SINK,
    status="reconstructed",
)
def expanded() -> co.Mean:
    def with_factor(power: int, factor: float = 1.0) -> object:
        def value(t: int, beta: float, s0: float) -> float:
            p = theory.MASS(t=t, beta=beta, s0=s0)
            more = theory.EXPANDED(t=t, beta=beta, s0=s0) - p
            return float(p + factor * more * (1 - p) ** (power - 2))

        return value

    return co.Mean(
        predicts=theory.EXPANDED,
        measures=sims.mass,
        within=0.0025,
        at=[{"t": 12, "beta": 0.5, "s0": 2.0}, {"t": 60, "beta": 0.7, "s0": 4.6}],
        wrong={"without them": theory.MASS, "twice as much": with_factor(2, 2.0), "p (1 - p)": with_factor(1)},
    )


@PAPER.claim(
    "sink-logit",
    says="The logit that takes a share p of the attention is ln(t - 1) + beta^2 / 2 + ln(p / (1 - p)).",
    where=SINK,
    status="reconstructed",
)
def logit() -> co.Mean:
    def share(t: int, beta: float, p: float, s0: float) -> float:
        return float(theory.MASS(t=t, beta=beta, s0=s0))

    cases = [{"t": 200, "beta": 0.8, "p": 0.35}, {"t": 500, "beta": 1.0, "p": 0.8}]
    for case in cases:
        case["s0"] = float(theory.LOGIT(**case))
    return co.Mean(
        predicts=lambda p: p,
        measures=sims.mass,
        within=0.01,
        at=cases,
        wrong={
            "half whatever the odds": lambda: 0.5,
            "without ln t": lambda t, beta, p, s0: share(t * t, beta, p, s0),
            "without beta^2 / 2": lambda t, beta, p, s0: share(t, 0.0, p, s0),
        },
    )


@PAPER.claim(
    "sink-logit-exponent",
    says="The odds e^s0 that hold a sink at half of the attention grow in proportion to the context: ln t of logit.",
    where=SINK,
    status="reconstructed",
)
def exponent() -> co.Exponent:
    return co.Exponent(
        along="t",
        predicts=1,
        computes=sims.needed_odds,
        at=[{"t": 16 * 2**step, "beta": 1.0, "p": 0.5} for step in range(7)],
        within=0.05,
        wrong={"sqrt(t)": 0.5, "any context alike": 0, "t^2": 2},
    )
