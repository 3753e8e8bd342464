"""Is an answer's own value the direction that its head passes on?"""

from __future__ import annotations

from math import cos, sin, sqrt

import corollary as co
from corollary.claims.circuit_fingerprints.paper import PAPER

with co.lazily():
    from corollary.sims.circuit_fingerprints import direction as sims
    from corollary.theory.circuit_fingerprints import direction as theory

POINTS = [{"d": 256, "h": 64, "eta": 0.8}, {"d": 255, "h": 85, "eta": 1.0}]


@PAPER.claim(
    "answers-own-direction",
    says="Along an answer's own value direction W_V dv one reads what a head passes on to that answer.",
    where="edge scores from isolated answers",
    corrected_by="direction-cosine",
    kinder="It stands for heads that copy, whose output matrix is their value matrix transposed.",
)
def own_direction() -> co.Mean:
    return co.Mean(predicts=lambda: 1.0, measures=sims.cosine, at=POINTS, within=0.03)


@PAPER.claim(
    "direction-cosine",
    says="The two directions have cosine cos(eta) / sqrt(cos(eta)^2 + sin(eta)^2 / (1 + kappa)), eta the angle of the "
    "output matrix from the transposed value matrix, kappa head width over width; at widths of 255 and 256, to 2%.",
    where="reconstructed",
    status="corrected",
)
def cosine() -> co.Mean:
    def without_width(eta: float) -> float:
        return cos(eta)

    return co.Mean(
        predicts=theory.OF_WIDTHS,
        measures=sims.cosine,
        at=co.Depths(quick=POINTS[:1], standard=POINTS),
        within=0.02,
        wrong={
            "cos(eta)": without_width,
            "1 - kappa for 1 + kappa": lambda d, h, eta: cos(eta) / sqrt(cos(eta) ** 2 + sin(eta) ** 2 / (1 - h / d)),
            "the width's share forgotten twice": lambda d, h, eta: (
                cos(eta) / sqrt(cos(eta) ** 2 + sin(eta) ** 2 / (1 + h / d) ** 2)
            ),
            "without any copying": co.Remeasured(sims.without_copying),
        },
    )
