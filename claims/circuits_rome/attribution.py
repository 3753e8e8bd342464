"""What attribution sees of copies, on trial."""

from __future__ import annotations

import corollary as co
from corollary.claims.circuits_rome.paper import PAPER

with co.lazily():
    from corollary.sims.circuits_rome import attribution as sims
    from corollary.theory.circuits_rome import attribution as theory


@PAPER.claim(
    "hidden-copies",
    says="Of R equal copies behind tanh(c sum), each has gradient c sech^2(c R) and costs tanh(c R) - tanh(c (R - 1)) "
    "when it is closed, and both vanish; its integrated gradient is tanh(c R)/R.",
    where="EAP, EAP-IG and ablation",
    status="reconstructed",
)
def hidden() -> co.Value:
    def row(R: int, c: float) -> list[float]:
        return [theory.GRADIENT(R=R, c=c), theory.ABLATED(R=R, c=c), theory.INTEGRATED(R=R, c=c)]

    return co.Value(
        predicts={"gradient": theory.GRADIENT, "ablated": theory.ABLATED, "integrated": theory.INTEGRATED},
        computes=sims.of_copies,
        at=[{"R": 1, "c": 0.7}, {"R": 2, "c": 1.1}, {"R": 4, "c": 0.9}],
        within=1e-6,
        wrong={
            "each copy as if alone": lambda c: row(1, c),
            "a linear readout": lambda c: [c, c, c],
            "integrated gradients are hidden too": lambda R, c: [*row(R, c)[:2], row(R, c)[0]],
            "the integral is not shared": lambda R, c: [*row(R, c)[:2], R * row(R, c)[2]],
        },
    )
