"""The largest or the mean activation over a reply's tokens."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.corrsteer.paper import PAPER

with co.lazily():
    from corollary.sims.corrsteer import pooling as sims
    from corollary.theory.corrsteer import pooling as theory

AT = [
    {"lam1": 0.05, "lam0": 0.01, "T": 32, "pi": 0.5},
    {"lam1": 0.3, "lam0": 0.1, "T": 32, "pi": 0.5},
    {"lam1": 0.02, "lam0": 1e-12, "T": 32, "pi": 0.3},
    {"lam1": 0.4, "lam0": 0.2, "T": 1, "pi": 0.3},
]


@PAPER.claim(
    "max-is-better",
    says="The largest activation over a reply's tokens is better correlated with success than the mean one.",
    where="pooling over tokens",
    corrected_by="pooling",
    kinder="It stands where failures never fire; and the largest gives a coefficient up to T times as large.",
)
def largest() -> co.Witness:
    def better(point: co.Point) -> bool:
        found = sims.enumerated(**point)
        return found["max"] > found["mean"]

    return co.Witness(
        computes=lambda: {f"rates {point['lam1']} and {point['lam0']}": better(point) for point in AT[:2]},
        states={f"rates {point['lam1']} and {point['lam0']}": True for point in AT[:2]},
    )


@PAPER.claim(
    "pooling",
    says="Of T tokens that fire independently, the largest activation and the mean one correlate with success as two "
    "closed forms say, at 1 and 32 tokens: the mean more where both classes fire, the largest where failures "
    "never do.",
    where="pooling over tokens",
    status="corrected",
)
def pools() -> co.Value:
    def with_one_token(form: Any) -> Any:
        return lambda lam1, lam0, T, pi: form(lam1=lam1, lam0=lam0, T=1, pi=pi)

    forms = {"max": theory.MAX, "mean": theory.MEAN, "ratio": theory.RATIO}
    return co.Value(
        predicts=forms,
        computes=sims.enumerated,
        at=AT,
        within=1e-6,
        wrong={
            "the mean as a bit": {**forms, "mean": theory.MAX},
            "the largest as one token": {**forms, "max": with_one_token(theory.MAX)},
            "T times the coefficient": {**forms, "ratio": lambda T: float(T)},
        },
    )
