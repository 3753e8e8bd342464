"""Correlations over pairs of samples: which test is honest, and what a null result excludes."""

from __future__ import annotations

from math import erfc, pi, sqrt

import corollary as co
from corollary.claims.cylindrical_steering.paper import PAPER

with co.lazily():
    import jax

    from corollary.sims.cylindrical_steering import pairs as sims
    from corollary.theory.cylindrical_steering import pairs as theory


NULL = {"n": 24, "d": 16, "r": 0.5}
COPIED = {"concepts": 100, "k": 5, "z": 1.959963984540054}


@PAPER.claim(
    "naive-pair-p",
    says="The Pearson p-value over pairs of samples rejects a true null in 5% of data sets at level .05.",
    where="Implication 3, official code",
    corrected_by="permuted-pair-p",
    kinder="This test rejects too often, and yet it found nothing significant in the paper: that part of Implication "
    "3 stands all the more.",
)
def naive_pair_p() -> co.Mean:
    return co.Mean(
        predicts=lambda: 0.05,
        measures=sims.null_rejections,
        compares=co.Contrast(lambda point: [1.0, 0.0]),
        at=[NULL],
        within=0.5,
    )


@PAPER.claim(
    "permuted-pair-p",
    says="Permuting the values over samples (Mantel's test) rejects in 5%: pairs share samples, and the test knows it.",
    where="Implication 3, official code",
    status="corrected",
)
def permuted_pair_p() -> co.Mean:
    return co.Mean(
        predicts=lambda: 0.05,
        measures=sims.null_rejections,
        compares=co.Contrast(lambda point: [0.0, 1.0]),
        at=[NULL],
        within=co.Depths(quick=0.4, standard=0.2, full=0.05),
        wrong={"10%": lambda: 0.1, "1%": lambda: 0.01, "a fifth": lambda: 0.2},
    )


@PAPER.claim(
    "exact-pair-p",
    says="Over all orders of five samples' values Mantel's test rejects in exactly 6 of 120 at level .05; the naive "
    "p-value does not.",
    where="Implication 3, official code",
    status="corrected",
)
def exact_pair_p() -> co.Value:
    return co.Value(
        predicts=lambda: 0.05,
        computes=sims.rejected_orders,
        at=co.grid(seed=[0, 1, 2, 3]),
        wrong={
            "pairs for independent": co.Recomputed(lambda seed: sims.rejected_orders(seed, "naive")),
            "one order less": lambda: 5 / 120,
            "one-sided": lambda: 0.025,
        },
    )


def _planted(key: jax.Array, point: co.Point) -> dict[str, jax.Array]:
    return sims.planted(key, point["n"], point["d"], point["determined"])


@PAPER.claim(
    "pair-test-power",
    says="The permutation test sees a sector that v_d determines in full, with 80 samples in 16 dimensions, "
    "and a negative correlation; it is silent for random phases.",
    where="Implication 3",
    status="reconstructed",
)
def pair_test_power() -> co.Phenomenon:
    determined = {"n": 80, "d": 16, "determined": True}
    return co.Phenomenon(
        measures=_planted,
        effect="correlation",
        point=determined,
        prevalence=0.5,
        seeds=48,
        batch=24,
        shows=lambda row: row["p"] <= 0.05 and row["correlation"] < 0,
        wrong={
            "random phases": co.Control({**determined, "determined": False}),
            "a positive correlation": lambda row: row["correlation"] > 0,
        },
    )


@PAPER.claim(
    "null-excludes",
    depth="standard",
    says="If v_d determined the sensitive sector, pairs of similar v_d would show it: 100 concepts of 5 "
    "samples in 2048 dimensions give a significant correlation.",
    where="Implication 3",
    corrected_by="pair-correlation-rate",
    kinder="The null result stands as measured, and in few dimensions the test would see such a sector; at this "
    "width it takes far more pairs.",
)
def null_excludes() -> co.Phenomenon:
    def observe(key: jax.Array, point: co.Point) -> dict[str, jax.Array]:
        return sims.within_concepts(key, point["d"])

    return co.Phenomenon(
        measures=observe,
        shows=lambda row: row["p"] <= 0.05,
        effect="correlation",
        point={"d": 2048},
        prevalence=0.5,
        seeds=96,
        batch=24,
    )


@PAPER.claim(
    "pair-correlation-rate",
    says="Even a sector that v_d determines in full leaves a correlation over pairs that falls as d^(-1/2).",
    where="Implication 3",
    status="corrected",
)
def pair_correlation_rate() -> co.Exponent:
    def points(*sizes: int) -> list[dict[str, int]]:
        return [{"n": 64, "d": size} for size in sizes]

    return co.Exponent(
        along="d",
        predicts=-0.5,
        measures=sims.correlation_size,
        within=co.Depths(quick=0.1, standard=0.07),
        at=co.Depths(quick=points(128, 256, 512, 1024), standard=points(128, 256, 512, 1024, 2048)),
        chunks=co.Depths(quick=16, standard=64, full=1000),
        wrong={"as 1 / d": -1, "as d^(-1/4)": -0.25, "not at all": 0},
    )


@PAPER.claim(
    "pair-correlation-size",
    says="That correlation is -1 / sqrt(2 (pi - 2) (d - 1)).",
    where="Implication 3",
    status="corrected",
)
def pair_correlation_size() -> co.Mean:
    points = [{"n": 64, "d": d} for d in (513, 1024, 2049)]
    return co.Mean(
        predicts=lambda d: -theory.PAIR_CORRELATION(d=d),
        measures=sims.correlation_size,
        within=0.05,
        at=co.Depths(quick=points[1:2], standard=points[1:]),
        wrong={
            "in units of the mean gap": lambda d: -theory.PAIR_RATIO(d=d),
            "one over d": lambda d: 1 / (d - 1),
            "of one normal, not of two": lambda d: -theory.PAIR_CORRELATION(d=d) * sqrt(2),
            "over root pi": lambda d: 1 / sqrt(pi * (d - 1)),
        },
    )


@PAPER.claim(
    "pair-ratio",
    says="In units of the spread of <a_i, a_j> and of the mean gap in strength, the covariance over pairs in many "
    "dimensions is -1 / (2 sqrt(d - 1)), at every angle, threshold and gain tried.",
    where="Implication 3",
    status="corrected",
)
def pair_ratio() -> co.Mean:
    points = [
        {"d": 1024, "theta": 0.9, "T": 2.0, "g": 0.35},
        {"d": 1537, "theta": 0.5, "T": 1.0, "g": 0.7},
        {"d": 1024, "theta": 0.5, "T": 3.0, "g": 0.35},
        {"d": 1024, "theta": 1.2, "T": 1.0, "g": 0.2},
    ]
    return co.Mean(
        predicts=theory.PAIR_RATIO,
        measures=sims.pair_moments,
        compares=co.ratio(0, 1),
        within=0.04,
        at=co.Depths(quick=points[:2], standard=points),
        wrong={
            "the correlation itself": theory.PAIR_CORRELATION,
            "of the other sign": lambda d: 0.5 / sqrt(d - 1),
            "one over d": lambda d: -1 / (2 * (d - 1)),
            "over root pi": lambda d: -1 / sqrt(pi * (d - 1)),
        },
    )


@PAPER.claim(
    "copied-values",
    says="Correlations over samples whose steerability is their concept's, copied, reject a true null in 5% "
    "of data sets at level .05.",
    where="Implication 2, official code",
    corrected_by="copied-rejection",
    kinder="The correlations of Implication 2 stand as numbers, and over concept means the same test is right; only "
    "the p-values are too small.",
)
def copied_values() -> co.Mean:
    return co.Mean(
        predicts=lambda: [0.05, 0.05], measures=sims.copied_rejections, within=0.5, at=[{**COPIED, "rho_x": 1.0}]
    )


@PAPER.claim(
    "copied-rejection",
    says="They reject in erfc(z / sqrt(2 (1 + (k - 1) rho_x))) of data sets, 38% for 5 copies; concept means "
    "reject in 5%.",
    where="Implication 2, official code",
    status="corrected",
)
def copied_rejection() -> co.Mean:
    def rate(inflation: float, z: float) -> float:
        return erfc(z / sqrt(2 * inflation))

    means = co.ClosedForm(theory.COPIED_REJECTION.expression.subs(theory.k, 1))
    points = [{**COPIED, "rho_x": share} for share in (1.0, 0.2, 2 / 3)]
    return co.Mean(
        predicts={"copied": theory.COPIED_REJECTION, "means": means},
        measures=sims.copied_rejections,
        at=co.Depths(quick=points[:2], standard=points),
        within=0.05,
        scale={"copied": lambda: 0.3, "means": lambda: 0.15},
        wrong={
            "5% both": lambda z: [rate(1.0, z)] * 2,
            "inflated k times rho": lambda z, k, rho_x: [rate(k * rho_x + 2, z), rate(1.0, z)],
            "means as inflated": lambda z, k, rho_x: [rate(1 + (k - 1) * rho_x, z)] * 2,
        },
    )
