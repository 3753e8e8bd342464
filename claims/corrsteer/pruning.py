"""Validation lets inert features pass."""

from __future__ import annotations

import corollary as co
from corollary.claims.corrsteer.paper import PAPER

with co.lazily():
    from corollary.sims.corrsteer import pruning as sims
    from corollary.theory.corrsteer import pruning as theory

AT = [{"n": 200, "q": 0.02}, {"n": 200, "q": 0.1}, {"n": 50, "q": 0.02}]


@PAPER.claim(
    "validation-is-causal",
    says="A feature that raises the accuracy on validation samples has an effect.",
    where="pruning by validation",
    corrected_by="false-passes",
    kinder="It stands for gains beyond what ties and chance explain: McNemar's statistic, for all layers together.",
)
def causal() -> co.Mean:
    return co.Mean(
        predicts=lambda: 0.0, measures=sims.passed, at=AT[:1], within=0.02, scale=lambda: 1.0, support=(0, 1)
    )


@PAPER.claim(
    "false-passes",
    says="An inert feature passes a strict improvement with probability (1 - P(tie)) / 2: .40 where 4 of 200 answers "
    "change, .45 where 20 do, .27 where 1 of 50 does; to .01.",
    where="pruning by validation",
    status="corrected",
)
def passes() -> co.Mean:
    return co.Mean(
        predicts=lambda n, q: theory.passes(n, q),
        measures=sims.passed,
        at=co.Depths(quick=AT[:1], standard=AT),
        within=0.01,
        scale=lambda: 1.0,
        support=(0, 1),
        wrong={
            "a half": lambda: 0.5,
            "ties pass": co.Remeasured(sims.passed_with_ties),
            "half as many changes": lambda n, q: theory.passes(n, q / 2),
            "one in twenty": lambda: 0.05,
        },
    )


LIMITS = [{"n": 20_000, "flips": 1.0}, {"n": 20_000, "flips": 4.0}, {"n": 20_000, "flips": 20.0}]


@PAPER.claim(
    "many-samples",
    says="Of many samples the probability is (1 - e^-x I0(x)) / 2 with x the expected number of changes: .267, .396, "
    ".455 at 1, 4 and 20.",
    where="pruning by validation",
    status="reconstructed",
)
def many() -> co.Value:
    return co.Value(
        predicts=lambda flips: theory.passes_in_the_limit(flips),
        computes=sims.enumerated,
        at=LIMITS,
        within=1e-4,
        wrong={
            "twice the changes": lambda flips: theory.passes_in_the_limit(2 * flips),
            "ties as often as not": lambda flips: 0.25,
        },
    )
