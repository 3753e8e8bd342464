"""Variance over sequences of an attention output."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.attention_sink.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.attention_sink import variance as sims
    from corollary.theory.attention_sink import variance as theory


def _weighted(logits: list[float], sigma: float, rho: float) -> dict[str, Any]:
    weights = np.exp(logits) / np.exp(logits).sum()
    return {"weights": weights, "P": float(np.sum(weights**2)), "sigma": sigma, "rho": rho, "t": len(logits)}


@PAPER.claim(
    "variance-law",
    says="Values of variance sigma^2 and correlation rho, averaged by fixed weights a of sum 1, vary by "
    "sigma^2 [rho + (1 - rho) sum a^2]: the first position, which sees itself alone, by sigma^2.",
    where="variance discrepancy; causal mask",
    status="reconstructed",
)
def law() -> co.Mean:
    random = np.random.default_rng(0).normal(size=16)
    rows = [_weighted([0.0, 1.0, 2.0], 1.3, 0.2), _weighted(list(1.5 * random), 0.8, 0.05), _weighted([0.0], 1.7, 0.4)]
    return co.Mean(
        predicts=theory.LAW,
        measures=sims.squares,
        within=0.02,
        at=co.Depths(quick=rows, standard=[*rows, _weighted([0.0] * 16, 1.1, 0.3)]),
        wrong={
            "of independent values": theory.LAW.replace(-1, theory.sigma**2 * theory.P),
            "of uniform weights": theory.UNIFORM,
            "as its square": lambda P, sigma, rho: sigma**2 * (rho + (1 - rho) * P**2),
            "as its root": lambda P, sigma, rho: sigma**2 * (rho + (1 - rho) * P**0.5),
        },
    )


SIZES = [4, 8, 16, 32, 64]


@PAPER.claim(
    "variance-exponent",
    says="Under uniform causal attention the variance of independent values falls as 1/t with the position.",
    where="variance discrepancy; decay with position",
)
def exponent() -> co.Exponent:
    return co.Exponent(
        along="t",
        predicts=-1,
        measures=sims.uniform_squares,
        at=[{"t": t, "sigma": 1.0, "rho": 0.0} for t in SIZES],
        within=0.1,
        chunks=co.Depths(quick=16, standard=32, full=1024),
        wrong={"1/sqrt(t)": -0.5, "1/t^2": -2, "no decay": 0},
    )


@PAPER.claim(
    "variance-of-correlated",
    says="Values of correlation 1/2 leave half of the variance however long the sequence: the exponent tends to 0.",
    where="variance discrepancy; decay with position",
    status="reconstructed",
)
def of_correlated() -> co.Exponent:
    return co.Exponent(
        along="t",
        predicts=0,
        measures=sims.uniform_squares,
        at=[{"t": t, "sigma": 1.0, "rho": 0.5} for t in SIZES],
        within=0.1,
        chunks=co.Depths(quick=16, standard=32, full=1024),
        wrong={"as of independent values": -1, "as their root": -0.5},
    )


@PAPER.claim(
    "uniform-variance",
    says="Under uniform attention the variance is sigma^2 [rho + (1 - rho) / t].",
    where="variance discrepancy; decay with position",
    status="reconstructed",
)
def uniform() -> co.Mean:
    return co.Mean(
        predicts=theory.UNIFORM,
        measures=sims.uniform_squares,
        within=0.02,
        at=[{"t": 5, "sigma": 1.4, "rho": 0.15}, {"t": 16, "sigma": 0.7, "rho": 0.0}],
        wrong={
            "1/sqrt(t)": lambda t, sigma, rho: sigma**2 * (rho + (1 - rho) / t**0.5),
            "1/t^2": lambda t, sigma, rho: sigma**2 * (rho + (1 - rho) / t**2),
            "the correlation left out": lambda t, sigma: sigma**2 / t,
        },
    )


@PAPER.claim(
    "vocabulary-floor",
    says="Where values belong to n equally likely tokens, repetitions pool their weights: over tokens and table the "
    "variance is 1/t + (1 - 1/t) / n, and 1 for one token repeated.",
    where="random-token inputs; repeated tokens",
    status="reconstructed",
)
def vocabulary() -> co.Mean:
    return co.Mean(
        predicts=theory.POOLED,
        measures=sims.vocabulary_squares,
        within=0.015,
        at=[{"t": 8, "n": 10}, {"t": 5, "n": 3}, {"t": 7, "n": 1}],
        wrong={
            "every token once": lambda t: 1 / t,
            "1/t + 1/n": lambda t, n: 1 / t + 1 / n,
            "without replacement": lambda t, n: 1 / t if t < n else 1 / n,
        },
    )


@PAPER.claim(
    "fixed-table",
    says="Of one table of values, the variance over sequences of random tokens is the table's over t, exactly, though "
    "tokens repeat.",
    where="random-token inputs",
    status="reconstructed",
)
def fixed_table() -> co.Mean:
    table = np.array([0.3, -1.2, 2.0, 0.7, -0.4])

    def variance(table: Any, t: int) -> float:
        return float(theory.UNIFORM(sigma=float(np.std(table)), t=t, rho=0.0))

    return co.Mean(
        predicts=variance,
        measures=sims.table_squares,
        within=0.02,
        at=[{"t": 8, "table": table}, {"t": 3, "table": table[:3]}],
        wrong={
            "with the floor of a random table": lambda table, t: float(
                np.var(table) * theory.POOLED(t=t, n=len(table))
            ),
            "the unbiased variance of the table": lambda table, t: float(np.var(table, ddof=1) / t),
            "not averaged": lambda table: float(np.var(table)),
        },
    )
