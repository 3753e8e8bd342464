"""Strength against coherence."""

from __future__ import annotations

import corollary as co
from corollary.claims.psr_steering.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.psr_steering import frontier as sims
    from corollary.theory.psr_steering import frontier as theory


def _drawn(generator: np.random.Generator) -> co.Point:
    return {
        "C": float(generator.uniform(0.2, 0.98)),
        "delta": float(generator.uniform(0.1, 1)),
        "m": float(generator.uniform(0, 3)),
        "t": float(generator.uniform(-1, 5)),
    }


@PAPER.claim(
    "frontier",
    says="At coherence C a gate of leak delta reaches P(trait) = sig((m + ln((1 - C)/C)) / delta - t): its logit is "
    "linear in 1 / delta, a constant has delta = 1.",
    where="trait at equal coherence",
    status="reconstructed",
)
def frontier() -> co.Identity:
    return co.Identity(
        left=sims.trait,
        right=lambda C, delta, m, t: theory.TRAIT(C=C, delta=delta, m=m, t=t),
        draw=_drawn,
        digits=8,
        wrong={
            "a constant": lambda C, m, t: theory.TRAIT(C=C, delta=1.0, m=m, t=t),
            "the odds of coherence upside down": lambda C, delta, m, t: theory.TRAIT(C=1 - C, delta=delta, m=m, t=t),
            "the threshold is gated too": lambda C, delta, m, t: theory.TRAIT(C=C, delta=delta, m=m, t=t / delta),
        },
    )
