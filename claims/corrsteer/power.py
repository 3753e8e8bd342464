"""How often the right feature is first, and how much its correlation varies."""

from __future__ import annotations

import math
from typing import Any

import corollary as co
from corollary.claims.corrsteer.paper import PAPER

with co.lazily():
    from corollary.sims.corrsteer import power as sims
    from corollary.theory.corrsteer import power as theory

FIRST = [{"n": 60, "n1": 24, "D": 0.9, "F": 200}, {"n": 12, "n1": 4, "D": 2.5, "F": 200}]
SPREAD = [{"n": 400, "pi": 0.1, "D": 1.5}, {"n": 400, "pi": 0.5, "D": 1.0}]


@PAPER.claim(
    "power",
    says="A feature whose class means lie D deviations apart has the largest of F correlations with the probability "
    "that a noncentral t exceeds F - 1 central ones, at n = 60 and 12, F = 200; to .02.",
    where="selection of the best feature",
    status="reconstructed",
)
def power() -> co.Mean:
    def fisher(n: int, n1: int, D: float, F: int) -> float:
        gap = D * math.sqrt(n1 * (n - n1)) / n
        return theory.first_by_fisher(n, gap / math.sqrt(1 + gap**2), F)

    return co.Mean(
        predicts=lambda n, n1, D, F: theory.first_of(n, n1, D, F),
        measures=sims.first,
        at=co.Depths(quick=FIRST[1:], standard=FIRST),
        within=co.Depths(quick=0.025, standard=0.02),
        budget=co.Depths(quick=1200, standard=4000),
        scale=lambda: 1.0,
        support=(0, 1),
        wrong={
            "by Fisher's transformation": fisher,
            "as many successes as failures": lambda n, n1, D, F: theory.first_of(n, n // 2, D, F),
            "half of the features": lambda n, n1, D, F: theory.first_of(n, n1, D, F // 2),
        },
    )


def _at_rho(form: Any) -> Any:
    def of(n: int, pi: float, D: float) -> float:
        gap = D * math.sqrt(pi * (1 - pi))
        return form(rho=gap / math.sqrt(1 + gap**2), pi=pi)

    return of


@PAPER.claim(
    "varying-correlation",
    says="n Var r tends to (1 - r^2)^2 (1 - 3 r^2/2 + r^2 / (4 pi (1 - pi))) where successes are random and to (1 - "
    "r^2)^2 (1 - r^2/2) where their number is fixed; at n = 400 to 4%.",
    where="confidence in a correlation",
    status="reconstructed",
)
def varying() -> co.Mean:
    forms = {"random": _at_rho(theory.TATE), "design": _at_rho(theory.DESIGN)}
    return co.Mean(
        predicts=forms,
        measures=sims.spread,
        at=co.Depths(quick=SPREAD[:1], standard=SPREAD),
        within=0.04,
        wrong={
            "two Gaussian variables": {name: _at_rho(theory.BIVARIATE) for name in forms},
            "random as by design": dict.fromkeys(forms, forms["design"]),
            "by design as random": dict.fromkeys(forms, forms["random"]),
        },
    )
