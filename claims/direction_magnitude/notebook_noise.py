"""What the published notebook does in place of a rotation, and what its matching misses."""

from __future__ import annotations

from math import sqrt

import corollary as co
from corollary.claims.direction_magnitude.paper import PAPER

with co.lazily():
    from corollary.sims.direction_magnitude import notebook_noise as sims
    from corollary.theory.direction_magnitude import notebook_noise as theory


@PAPER.claim(
    "notebook-displacement",
    says="Normalised noise of cosine c, mixed in with weight kappa, moves a state by r sqrt(2 - 2 (1 + kappa c) / "
    "sqrt(1 + 2 kappa c + kappa^2)).",
    where="notebook of the authors",
    status="reconstructed",
)
def notebook_displacement() -> co.Value:
    return co.Value(
        predicts=theory.DISPLACEMENT,
        computes=sims.displacement,
        at=[
            {"r": 1.0, "kappa": 0.5, "c": 0.3},
            {"r": 2.5, "kappa": 2.0, "c": 0.0},
            {"r": 0.7, "kappa": 1.3, "c": -0.6},
        ],
        within=1e-12,
        wrong={
            "orthogonal noise": lambda r, kappa: theory.DISPLACEMENT(r=r, kappa=kappa, c=0.0),
            "kappa is the displacement": lambda r, kappa: r * kappa,
            "kappa is the tangent": lambda r, kappa: r * sqrt(2 - 2 / sqrt(1 + kappa**2)),
        },
    )


REACH = [{"d": 48, "r": 1.0, "delta": 1.2}, {"d": 48, "r": 2.0, "delta": 3.0}]


@PAPER.claim(
    "matched-beyond-the-norm",
    says="The bisection over kappa matches any displacement that is asked for.",
    where="notebook of the authors, used for all displacements",
    corrected_by="saturation",
    kinder="It stands below 1.05 |h|; nothing says when a displacement is beyond that, and the result is then called "
    "matched all the same.",
)
def matched_beyond_the_norm() -> co.Value:
    return co.Value(predicts=lambda delta: delta, computes=sims.reached, at=REACH, within=0.05)


@PAPER.claim(
    "saturation",
    says="With noise orthogonal to states of norm r it reaches sqrt(2 - 2 / sqrt(5)) r = 1.0515 r and no more, and "
    "says nothing.",
    where="notebook of the authors",
    status="corrected",
)
def saturation() -> co.Value:
    return co.Value(
        predicts=theory.MOST,
        computes=sims.reached,
        at=REACH,
        within=1e-4,
        wrong={
            "sqrt(2) r, a right angle": lambda r: sqrt(2) * r,
            "r": lambda r: r,
            "2 r, the way to -h": lambda r: 2 * r,
            "what was asked for": lambda delta: delta,
        },
    )


SINK = [{"T": 12, "R": 100.0, "delta": 1.0}, {"T": 40, "R": 7.0, "delta": 0.3}]


@PAPER.claim(
    "matched-per-token",
    says="Both arms move every token by the same displacement.",
    where="L2 matching",
    corrected_by="ordinary-token",
    kinder="The mean over tokens is matched, and so is every token where all have the same norm; the first position, "
    "a sink, has not.",
)
def matched_per_token() -> co.Value:
    return co.Value(predicts=lambda delta: delta, computes=sims.beside_a_sink, at=SINK, within=0.05)


@PAPER.claim(
    "ordinary-token",
    says="With one kappa for all tokens, an ordinary token beside one of R times its norm moves by delta T / (R + T - "
    "1): a tenth of delta for R = 100 among 12.",
    where="notebook of the authors",
    status="corrected",
)
def ordinary_token() -> co.Value:
    return co.Value(
        predicts=theory.ORDINARY,
        computes=sims.beside_a_sink,
        at=SINK,
        within=1e-4,
        wrong={
            "delta": lambda delta: delta,
            "delta / R": lambda delta, R: delta / R,
            "the sink not counted in the mean": lambda delta, T, R: delta * T / (T - 1),
            "a chord for each token": co.Recomputed(lambda T, R, delta: sims.beside_a_sink(T, R, delta, "chord")),
        },
    )
