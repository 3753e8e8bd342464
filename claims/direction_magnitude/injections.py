"""Noise injected at several layers: fresh at each, or the same again."""

from __future__ import annotations

import corollary as co
from corollary.claims.direction_magnitude.paper import PAPER

with co.lazily():
    from corollary.sims.direction_magnitude import injections as sims
    from corollary.theory.direction_magnitude import injections as theory

POINTS = [{"m": 4, "delta": 1.0}, {"m": 8, "delta": 0.6}, {"m": 5, "delta": 1.3}]


@PAPER.claim(
    "fresh-injections",
    says="Behind m layers that move a carrying stream by delta with fresh noise, it has moved by m delta^2 in mean "
    "square, by rotations as by radial steps; the latter by m C(m - 1, floor((m - 1) / 2)) / 2^(m - 1) delta on "
    "average.",
    where="reconstructed",
    status="reconstructed",
)
def fresh_injections() -> co.Mean:
    square = theory.INCOHERENT.replace(-1, theory.INCOHERENT.expression**2)
    walk = theory.WALK
    return co.Mean(
        predicts={"fresh": square, "signs": square, "walk": walk},
        measures=sims.displacements,
        at=co.Depths(quick=POINTS[:2], standard=POINTS),
        within=co.Depths(quick=0.03, standard=0.01),
        wrong={
            "as re-used noise": lambda m, delta: [(m * delta) ** 2, (m * delta) ** 2, m * delta],
            "the walk's mean is its root mean square": lambda m, delta: [m * delta**2] * 2 + [m**0.5 * delta],
            "the walk of m + 1": lambda m, delta: [m * delta**2] * 2 + [walk(m=m + 1, delta=delta)],
        },
    )


@PAPER.claim(
    "reused-injections",
    says="The same noise at m layers moves it by m delta, sqrt(m) times as far: 2.83 times for the eight layers of "
    "the published experiments.",
    where="reconstructed",
    status="reconstructed",
)
def reused_injections() -> co.Value:
    return co.Value(
        predicts=theory.COHERENT,
        computes=sims.reused,
        at=POINTS,
        within=2e-3,
        wrong={
            "sqrt(m) delta": lambda m, delta: m**0.5 * delta,
            "delta": lambda delta: delta,
            "m^2 delta": lambda m, delta: m**2 * delta,
        },
    )


@PAPER.claim(
    "norm-suppresses-magnitude",
    says="Behind eight perturbed layers magnitude has moved the stream 2.8 times less than direction because "
    "LayerNorm suppresses it: with no LayerNorm both move it alike.",
    where="table of displacements by layer",
    corrected_by="published-displacements",
    kinder="A norm layer does ignore magnitude; but what the table compares is noise that adds up in one arm and "
    "averages out in the other.",
)
def norm_suppresses_magnitude() -> co.Mean:
    return co.Mean(
        predicts=lambda m, delta: (m * delta) ** 2,
        measures=sims.displacements,
        compares=co.Contrast(lambda point: [0.0, 1.0, 0.0]),
        at=[{"m": 8, "delta": 0.6}],
        within=0.1,
    )


@PAPER.claim(
    "published-displacements",
    says="The published 35.9 over 12.7 at layer 15 is sqrt(m) for the m = 8 perturbed layers, as for re-used over "
    "fresh noise in a stream without any norm.",
    where="table of displacements by layer",
    status="corrected",
)
def published_displacements() -> co.Value:
    return co.Value(
        predicts=theory.COHERENT.replace(-1, theory.COHERENT.expression / theory.INCOHERENT.expression),
        computes=lambda m: 35.9 / 12.7,
        at=[{"m": 8, "delta": 5.0}],
        within=0.01,
        wrong={"equal growth": lambda: 1.0, "m": lambda m: m, "three layers' worth": lambda: 3**0.5},
    )
