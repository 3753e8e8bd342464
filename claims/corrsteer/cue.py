"""A correlated cue without an effect."""

from __future__ import annotations

import math

import corollary as co
from corollary.claims.corrsteer.paper import PAPER

with co.lazily():
    from corollary.sims.corrsteer import cue as sims
    from corollary.theory.corrsteer import cue as theory

CHAIN = {"pi": 0.4, "effect": 0.5, "direct": 0.6, "through": 0.5}
AT = [{"n": 200, **CHAIN}, {"n": 60, **CHAIN}, {"n": 200, **CHAIN, "pi": 0.3, "direct": 0.5}]


@PAPER.claim(
    "correlation-is-causal",
    says="With enough samples the most correlated feature is one that has an effect.",
    where="selection by correlation",
    corrected_by="cue-preferred",
    kinder="It stands where no cue is better correlated with success than what causes it.",
)
def causal() -> co.Mean:
    return co.Mean(
        predicts=lambda: 0.0, measures=sims.preferred, at=AT[:1], within=0.02, scale=lambda: 1.0, support=(0, 1)
    )


@PAPER.claim(
    "cue-preferred",
    says="A cue with the larger correlation is preferred to the cause with probability Phi(sqrt(n) gap / s), s the "
    "deviation of the difference of influence functions: towards 1 with n; to .02 at n = 60 and 200.",
    where="selection by correlation",
    status="corrected",
)
def preferred() -> co.Mean:
    def predicted(n: int, pi: float, effect: float, direct: float, through: float) -> float:
        return theory.preferred(n, *theory.of_chain(pi, effect, direct, through))

    def apart(n: int, pi: float, effect: float, direct: float, through: float) -> float:
        """As if the two were independent, each with the variance of a null correlation."""
        return theory.preferred(n, theory.of_chain(pi, effect, direct, through)[0], math.sqrt(2))

    return co.Mean(
        predicts=predicted,
        measures=sims.preferred,
        at=co.Depths(quick=AT[:1], standard=AT),
        within=0.02,
        scale=lambda: 1.0,
        support=(0, 1),
        wrong={
            "independent correlations": apart,
            "half of the samples": lambda n, **chain: predicted(n // 2, **chain),
            "never": lambda: 0.0,
        },
    )
