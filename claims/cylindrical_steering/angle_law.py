"""The angle: its fitted exponents, and how far DiffMean points from a sample."""

from __future__ import annotations

from math import sqrt
from typing import Any

import corollary as co
from corollary.claims.cylindrical_steering.paper import PAPER

with co.lazily():
    import jax
    import sympy as sp

    from corollary.sims.cylindrical_steering import angle_law as sims
    from corollary.sims.cylindrical_steering import diffmean as sims_diffmean
    from corollary.theory.cylindrical_steering import angle_law as theory
    from corollary.theory.cylindrical_steering import diffmean as theory_diffmean


@PAPER.claim(
    "angle-law",
    says="sin(theta)^m cos(theta)^(k - m) peaks at tan(theta)^2 = m / (k - m), at height (m/k)^(m/2) "
    "((k - m)/k)^((k - m)/2).",
    where="Implication 2",
    status="reconstructed",
)
def angle_law() -> co.Identity:
    k, m = theory.k, theory.m
    chain = theory.peak()

    def at(angle: Any) -> Any:
        return theory.FAMILY.expression.subs(sp.Symbol("theta", positive=True), angle)

    return co.Identity(
        left=chain,
        right=at(theory.PEAK_ANGLE.expression),
        domain=chain.domain,
        wrong={
            "where tan(theta) = m / (k - m)": at(sp.atan(m / (k - m))),
            "at 45 degrees": at(sp.pi / 4),
            "where tan(theta)^2 = m / k": at(sp.atan(sp.sqrt(m / k))),
        },
    )


def _fits(key: jax.Array, point: co.Point) -> dict[str, jax.Array]:
    return sims.fit(key, point["k"], point["m"], point["noise"])


@PAPER.claim(
    "exponents-recovered",
    says="Scanning k and m for the largest correlation finds the planted exponents (2, 1) under noise of 30%.",
    where="Implication 2",
    status="reconstructed",
)
def exponents_recovered() -> co.Phenomenon:
    def recovered(row: co.Row) -> bool:
        return abs(row["k"] - 2) < 0.01 and abs(row["m"] - 1) < 0.01

    return co.Phenomenon(
        measures=_fits,
        shows=recovered,
        effect="m",
        point={"k": 2.0, "m": 1.0, "noise": 0.3},
        prevalence=0.5,
        seeds=48,
        batch=24,
        wrong={
            "(3, 2) planted": co.Control({"k": 3.0, "m": 2.0, "noise": 0.3}),
            "k + m = 2": lambda row: abs(row["k"] + row["m"] - 2) < 0.01,
        },
    )


@PAPER.claim(
    "plotted-exponent",
    says="The exponent p of the published plots, where sin(theta)^k cos(theta)^(2p - k) correlates best, is "
    "the m of sin(theta)^m cos(theta)^(k - m).",
    where="Implication 2, plotting script of the official code",
    corrected_by="exponents-recovered",
    kinder="Implication 2 keeps its form: the plots find the right k, with nearly as high a correlation; only the m "
    "read off them is another number.",
)
def plotted_exponent() -> co.Phenomenon:
    return co.Phenomenon(
        measures=_fits,
        shows=lambda row: abs(row["plotted_m"] - 1) < 0.15,
        effect="plotted_m",
        point={"k": 2.0, "m": 1.0, "noise": 0.3},
        prevalence=0.5,
        seeds=48,
        batch=24,
    )


@PAPER.claim(
    "diffmean-cosine",
    says="DiffMean of M samples meets a fresh sample's difference at cosine r / sqrt((r + 1)(r + 1/M)), and "
    "two samples each other's at r / (r + 1), r the signal.",
    where="reconstructed",
    status="reconstructed",
)
def diffmean_cosine() -> co.Mean:
    weak, strong = {"d": 1024, "M": 100, "r": 0.05}, {"d": 1024, "M": 5, "r": 0.5}
    return co.Mean(
        predicts={"DiffMean": theory_diffmean.COSINE, "pair": theory_diffmean.PAIR_COSINE},
        measures=sims_diffmean.cosines,
        within=0.02,
        at=co.Depths(quick=[weak, strong], standard=[weak, strong, *co.grid(d=[1024], M=[20], r=[0.2])]),
        wrong={
            "M without limit": lambda r, M: [sqrt(r / (r + 1)), r / (r + 1)],
            "a sample for the mean": lambda r: [r / (r + 1), r / (r + 1)],
            "the pair's as DiffMean's": lambda r, M: [theory_diffmean.COSINE(r=r, M=M)] * 2,
            "the signal itself": lambda r, M: [theory_diffmean.COSINE(r=r, M=M), r],
        },
    )
