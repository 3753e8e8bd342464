"""One coefficient a sequence."""

from __future__ import annotations

import corollary as co
from corollary.claims.psr_steering.paper import PAPER

with co.lazily():
    from corollary.sims.psr_steering import sequence as sims
    from corollary.theory.psr_steering import sequence as theory

POINTS = [{"T": 20, "icc": 0.3}, {"T": 7, "icc": 0.6}, {"T": 3, "icc": 0.05}]


@PAPER.claim(
    "one-coefficient",
    says="A sequence's own mean coefficient leaves (1 - icc)(1 - 1/T) of the gate's variance, T = 3, 7 and 20; to 1%.",
    where="one coefficient for the whole sequence",
    status="reconstructed",
)
def one_coefficient() -> co.Mean:
    return co.Mean(
        predicts=theory.LEFT,
        measures=sims.left,
        at=co.Depths(quick=POINTS[:1], standard=POINTS),
        within=0.01,
        wrong={
            "tokens without end": lambda icc: 1 - icc,
            "the share between sequences": lambda T, icc: icc * (1 - 1 / T),
            "independent tokens": lambda T: 1 - 1 / T,
        },
    )
