"""How many keys a softmax over random logits attends to."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.attention_sink.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.attention_sink import participation as sims
    from corollary.theory.attention_sink import participation as theory

HALF = "variance discrepancy; attention that is not uniform"


@PAPER.claim(
    "participation",
    says="For t independent N(0, beta^2) logits E sum a^2 equals a one-dimensional integral, and the variance of the "
    "output with it.",
    where=HALF,
    status="reconstructed",
)
def participation() -> co.Mean:
    def both(value: Any) -> Any:
        return lambda t, beta: [value(t, beta)] * 2

    points = [{"t": 64, "beta": 1.0}, {"t": 9, "beta": 0.5}, {"t": 64, "beta": 1.5}]
    return co.Mean(
        predicts={"squares": theory.participation, "output": theory.participation},
        measures=sims.attended,
        within=0.02,
        at=co.Depths(quick=points[:2], standard=[*points, {"t": 100, "beta": 6.0}]),
        wrong={
            "the leading order": both(lambda t, beta: theory.LEADING(t=t, beta=beta)),
            "e^(beta^2 / 2) / t": both(lambda t, beta: np.exp(beta**2 / 2) / t),
            "uniform": both(lambda t, beta: 1 / t),
            "one key fewer": both(lambda t, beta: theory.participation(t - 1, beta)),
        },
    )


@PAPER.claim(
    "participation-slope",
    says="E sum a^2 = 1 - F'(beta) / beta, F the mean log partition function: what attention averages over is known "
    "from its logits' mean alone.",
    where=HALF,
    status="reconstructed",
)
def slope() -> co.Mean:
    return co.Mean(
        predicts={"squares": theory.participation, "slope": theory.participation},
        measures=sims.attended,
        within=0.03,
        at=[{"t": 16, "beta": 1.4}, {"t": 33, "beta": 2.5}],
        wrong={
            "1 - F'": lambda t, beta: [theory.participation(t, beta), 1 - beta * (1 - theory.participation(t, beta))],
            "1 - 2 F' / beta": lambda t, beta: [theory.participation(t, beta), 2 * theory.participation(t, beta) - 1],
        },
    )


@PAPER.claim(
    "participation-expanded",
    says="For many keys E sum a^2 = (e^h / t) [1 - (2 e^h - 1)(e^h - 1) / t], h = beta^2.",
    where=HALF,
    status="reconstructed",
)
def expanded() -> co.Value:
    return co.Value(
        predicts=theory.EXPANDED,
        computes=theory.participation,
        at=[{"t": 64, "beta": 0.4}, {"t": 1000, "beta": 0.7}, {"t": 4000, "beta": 1.0}],
        within=3e-4,
        wrong={
            "to leading order": theory.LEADING,
            "h for 2 h in the exponent": lambda t, beta: np.exp(beta**2) / t * (1 - (np.exp(beta**2) - 1) ** 2 / t),
            "without the covariance": lambda t, beta: np.exp(beta**2) / t * (1 + 3 * (np.exp(beta**2) - 1) / t),
        },
    )


@PAPER.claim(
    "participation-correction",
    says="What the leading order e^h / t misses falls as 1/t, relative to it.",
    where=HALF,
    status="reconstructed",
)
def correction() -> co.Exponent:
    def missed(t: int, beta: float) -> float:
        return 1 - theory.participation(t, beta) / theory.LEADING(t=t, beta=beta)

    return co.Exponent(
        along="t",
        predicts=-1,
        computes=missed,
        at=[{"t": 4**power, "beta": 0.8} for power in range(3, 9)],
        within=0.02,
        wrong={"1/sqrt(t)": -0.5, "1/t^2": -2},
    )


@PAPER.claim(
    "participation-frozen",
    says="Weights with a tail of exponent c leave E sum a^2 = 1 - c however many they are: softmax with beta > "
    "sqrt(2 ln t) has c = sqrt(2 ln t) / beta, and stops averaging.",
    where=HALF,
    status="reconstructed",
)
def frozen() -> co.Mean:
    return co.Mean(
        predicts=theory.HEAVY,
        measures=sims.heavy_squares,
        within=0.01,
        at=[{"share": 0.6}, {"share": 0.35}],
        wrong={
            "c": lambda share: share,
            "1 - c^2": lambda share: 1 - share**2,
            "1 - c / 2": lambda share: 1 - share / 2,
        },
    )


@PAPER.claim(
    "frozen-softmax",
    says="Softmax over finitely many logits does so to a few percent with the level of its largest logits, "
    "sqrt(2 ln t) - ln(4 pi ln t) / (2 sqrt(2 ln t)), for c.",
    where=HALF,
    status="reconstructed",
)
def frozen_softmax() -> co.Value:
    return co.Value(
        predicts=theory.FROZEN_LEVEL,
        computes=theory.participation,
        at=[{"t": 256, "beta": 8.0}, {"t": 64, "beta": 4.3}, {"t": 4096, "beta": 12.0}],
        within=0.02,
        wrong={
            "the leading order": theory.FROZEN,
            "below sqrt(2 ln t) twice as far": lambda t, beta: (
                2 * theory.FROZEN_LEVEL(t=t, beta=beta) - theory.FROZEN(t=t, beta=beta)
            ),
            "uniform": lambda t: 1 / t,
        },
    )
