"""The largest correlation of features that mean nothing."""

from __future__ import annotations

import math

import corollary as co
from corollary.claims.corrsteer.paper import PAPER

with co.lazily():
    from corollary.sims.corrsteer import largest as sims
    from corollary.sims.corrsteer import released
    from corollary.theory.corrsteer import null as theory

POINTS = [{"n": 20, "F": 1000, "x": 0.66476}, {"n": 20, "F": 1000, "x": 0.6}, {"n": 50, "F": 300, "x": 0.42}]


@PAPER.claim(
    "largest-null",
    says="The largest of F correlations with nothing behind them stays below x with probability (1 - I(1 - x^2; (n - "
    "2)/2, 1/2) / 2)^F, at n = 20 and 50, F = 1000 and 300; to .03: its median is .665 at n = 20, F = 1000.",
    where="selection on few samples",
    status="reconstructed",
)
def largest() -> co.Mean:
    def fisher(n: int, F: int, x: float) -> float:
        return _power(F, math.erfc(math.sqrt((n - 3) / 2) * math.atanh(x)) / 2)

    def normal(n: int, F: int, x: float) -> float:
        return _power(F, math.erfc(math.sqrt(n / 2) * x) / 2)

    return co.Mean(
        predicts=lambda n, F, x: theory.below_all(n, F, x),
        measures=sims.below,
        at=co.Depths(quick=POINTS[:1], standard=POINTS),
        within=co.Depths(quick=0.05, standard=0.03),
        budget=co.Depths(quick=800, standard=4000),
        scale=lambda: 1.0,
        support=(0, 1),
        wrong={
            "by Fisher's transformation": fisher,
            "as if normal with variance 1/n": normal,
            "both tails": lambda n, F, x: _power(F, 2 * theory.tail(n, x)),
        },
    )


def _power(F: int, share: float) -> float:
    return math.exp(F * math.log1p(-share))


@PAPER.claim(
    "released-selection",
    says="Of the released selections on 121 samples of XSTest all 25 correlations lie below the median of the "
    "largest of 16,384 that mean nothing, and of 1,000 below their 95% point; of those on 108 of HarmBench all "
    "lie above.",
    where="released features",
    status="reconstructed",
)
def selection() -> co.Witness:
    def beyond(q: float = 0.5, features: int = 16384, samples: int = 121) -> dict[str, bool]:
        xstest, harmbench = released.XSTEST, released.HARMBENCH
        return {
            "XSTest below": xstest["largest"] < theory.largest(samples, features, q),
            "XSTest below the 95% point of 1,000": xstest["largest"] < theory.largest(samples, 1000, 0.95),
            "HarmBench above": harmbench["smallest"] > theory.largest(harmbench["n"], features, 0.95),
        }

    return co.Witness(
        computes=beyond,
        states={"XSTest below": True, "XSTest below the 95% point of 1,000": True, "HarmBench above": True},
        wrong={
            "of 1,000 features, the median": lambda: beyond(features=1000),
            "at 4,000 samples": lambda: beyond(samples=4000),
        },
    )
