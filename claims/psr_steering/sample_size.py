"""A probe against a mean, on tokens that neither has seen."""

from __future__ import annotations

import corollary as co
from corollary.claims.psr_steering.paper import PAPER

with co.lazily():
    from corollary.sims.psr_steering import sample_size as sims
    from corollary.theory.psr_steering import sample_size as theory

POINTS = [{"n": 50, "d": 10, "Rg": 0.3}, {"n": 31, "d": 7, "Rg": 0.1}, {"n": 120, "d": 5, "Rg": 0.6}]


@PAPER.claim(
    "enough-tokens",
    says="A fitted probe's fresh error is (1 - Rg)(n + 1)(n - 2) / (n (n - d - 2)), a mean's (n + 1)/n: the probe wins "
    "from 2 + d / Rg tokens on, at n = 50 and 120, and loses at 31; to 1%.",
    where="data that a probe needs",
    status="reconstructed",
)
def enough() -> co.Mean:
    forms = {"mean": theory.MEAN, "probe": theory.PROBE}
    return co.Mean(
        predicts=forms,
        measures=sims.fresh_errors,
        at=co.Depths(quick=POINTS[:1], standard=POINTS),
        within=0.01,
        wrong={
            "the error on its own tokens": {**forms, "probe": lambda n, d, Rg: (1 - Rg) * (n - d - 1) / n},
            "without an intercept": {**forms, "probe": lambda n, d, Rg: (1 - Rg) * (n - 1) / (n - d - 1)},
            "the mean costs nothing": {**forms, "mean": lambda: 1.0},
        },
    )
