"""Redundant heads: what the read says of them, and what they cost."""

from __future__ import annotations

from math import exp

import corollary as co
from corollary.claims.circuit_fingerprints.paper import PAPER

with co.lazily():
    from corollary.sims.circuit_fingerprints import copies as sims
    from corollary.theory.circuit_fingerprints import copies as theory
    from corollary.theory.circuit_fingerprints import induction

TOKENS, READOUT = 8, 10.0


@PAPER.claim(
    "copies",
    says="With R induction heads beside three previous-token heads, closing one costs less and less of the answer's "
    "probability, while the score of each grows, sqrt(2) R/sqrt(10 + R^2): the read over-reports copies.",
    where="saturation; tried on a compiled model",
    status="reconstructed",
)
def copies() -> co.Value:
    def logit(shrunk: float) -> float:
        return READOUT / shrunk

    def predicted(R: int, shrunk: float) -> list[float]:
        return [theory.ABLATED(R=R, V=TOKENS, c=logit(shrunk)), induction.SCORE(R1=3, R2=R)]

    return co.Value(
        predicts=predicted,
        computes=sims.lost_copy,
        at=co.Depths(
            quick=[{"R": 2, "shrunk": 5.0}],
            standard=[{"R": 1, "shrunk": 4.0}, {"R": 2, "shrunk": 5.0}, {"R": 3, "shrunk": 5.0}],
        ),
        within=1e-6,
        wrong={
            "every copy as if alone": lambda R, shrunk: [
                theory.ABLATED(R=1, V=TOKENS, c=logit(shrunk)),
                induction.SCORE(R1=3, R2=R),
            ],
            "the score is shared among copies": lambda R, shrunk: [
                predicted(R, shrunk)[0],
                induction.SCORE(R1=3, R2=R) / R,
            ],
            "one token fewer": lambda R, shrunk: [
                theory.ABLATED(R=R, V=TOKENS - 1, c=logit(shrunk)),
                induction.SCORE(R1=3, R2=R),
            ],
            "odds": lambda R, shrunk: [exp(logit(shrunk) * R), induction.SCORE(R1=3, R2=R)],
        },
    )
