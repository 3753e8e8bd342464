"""A projection clamped to a set point against a constant."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.psr_steering.paper import PAPER

with co.lazily():
    import jax

    from corollary.sims.psr_steering import clamping as sims
    from corollary.theory.psr_steering import clamping as theory

POINTS = [
    {"m": 0.2, "s": 0.5, "v": 0.6, "c": 0.3},
    {"m": 0.2, "s": 1.5, "v": 0.6, "c": -1.0},
    {"m": -0.7, "s": 1.1, "v": 0.3, "c": -0.2},
]


@PAPER.claim(
    "clamping-wins",
    says="Setting the projection on the mean difference to its prompted mean leaves less than adding a constant.",
    where="clamping baseline",
    corrected_by="clamping",
    kinder="It stands for prompts that push the projection to a set point: c Phi(m/s) < -v / 2.",
)
def wins() -> co.Witness:
    def less() -> dict[str, bool]:
        kept = {name: float(values.mean()) for name, values in sims.left(jax.random.key(0), POINTS[0]).items()}
        return {"less": kept["clamped"] < kept["constant"]}

    return co.Witness(computes=less, states={"less": True})


@PAPER.claim(
    "clamping",
    says="Clamping the projection leaves Var g + v + 2 c Phi(m/s), a constant Var g: clamping wins at c = -1, m = .2, "
    "s = 1.5, v = .6 and loses where the gate hardly falls with the projection; to 2%.",
    where="clamping baseline",
    status="corrected",
)
def clamping() -> co.Mean:
    forms = {"clamped": theory.CLAMPED, "constant": theory.VARIANCE}

    def with_sign(sign: float) -> Any:
        return lambda m, s, v, c: theory.CLAMPED(m=m, s=s, v=v, c=sign * c)

    return co.Mean(
        predicts=forms,
        measures=sims.left,
        at=co.Depths(quick=POINTS[:1], standard=POINTS),
        within=0.02,
        wrong={
            "the covariance's sign": {**forms, "clamped": with_sign(-1.0)},
            "without the gate": {**forms, "clamped": lambda m, s, v, c: theory.VARIANCE(m=m, s=s) + v + 2 * c},
            "independent of the projection": {**forms, "clamped": lambda m, s, v: theory.VARIANCE(m=m, s=s) + v},
        },
    )
