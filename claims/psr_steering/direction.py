"""How many tokens a direction needs."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.psr_steering.paper import PAPER

with co.lazily():
    from corollary.sims.psr_steering import direction as sims
    from corollary.theory.psr_steering import direction as theory
    from corollary.theory.psr_steering import gate

SUMS = [{"n": 4000, "d": 64, "m": 0.0, "sigma": 0.5}, {"n": 1501, "d": 33, "m": 1.0, "sigma": 0.7}]
WHOLE = [{"n": 1001, "d": 17, "m": 0.0, "sigma": 0.5}, {"n": 600, "d": 9, "m": 1.0, "sigma": 0.7}]


def _of(form: Any, first: float = 1.0, second: float = 1.0) -> Any:
    """The form at the gate's moments, which count as powers of these."""

    def predicted(n: int, d: int, m: float, sigma: float) -> float:
        return form(n=n, d=d, sigma=sigma, first=gate.FIRST(m=m, s=1) ** first, second=gate.SECOND(m=m, s=1) ** second)

    return predicted


@PAPER.claim(
    "direction-tokens",
    says="The mean difference and the sum weighted by known gates are off by squared sines y / (1 + y), y = (d - 1) "
    "sigma^2 / n over (E g)^2 and over E g^2: the mean difference needs 1 / kappa times the tokens, pi half open; 3%.",
    where="direction of a gated difference",
    status="reconstructed",
)
def tokens() -> co.Mean:
    forms = {"mean difference": _of(theory.MEAN_DIFFERENCE), "weighted": _of(theory.WEIGHTED)}
    return co.Mean(
        predicts=forms,
        measures=sims.of_sums,
        at=co.Depths(quick=SUMS[:1], standard=SUMS),
        within=0.03,
        wrong={
            "by the root of kappa": {**forms, "mean difference": _of(theory.MEAN_DIFFERENCE, first=0.5)},
            "both alike": {**forms, "mean difference": _of(theory.WEIGHTED)},
            "weights squared": {**forms, "weighted": _of(theory.WEIGHTED, second=2.0)},
        },
    )


@PAPER.claim(
    "singular-direction",
    says="The top singular vector of what is not centred is off by y / (1 + y), y = (d - 1) sigma^2 (E g^2 + sigma^2) "
    "/ (n (E g^2)^2), at 9 and 17 dimensions; to 5%.",
    where="direction of a gated difference",
    status="reconstructed",
)
def singular() -> co.Mean:
    return co.Mean(
        predicts=_of(theory.SINGULAR),
        measures=sims.of_samples,
        at=co.Depths(quick=WHOLE[1:], standard=WHOLE),
        within=0.05,
        wrong={
            "as if gates were known": _of(theory.WEIGHTED),
            "as the mean difference": _of(theory.MEAN_DIFFERENCE),
            "power to the first": _of(theory.SINGULAR, second=0.5),
        },
    )
