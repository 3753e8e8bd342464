"""The layer written out in full, beside the two numbers that its prediction is made of."""

from __future__ import annotations

import corollary as co
from corollary.claims.icl_temperature.paper import PAPER

with co.lazily():
    from corollary.sims.icl_temperature import dense as sims


@PAPER.claim(
    "decomposition", says="The layer's prediction, computed as E = Z + V Z A in full, is b + q/tau.", where="eq. 10"
)
def decomposition() -> co.Identity:
    return co.Identity(
        left=sims.dense_predictions,
        right=sims.decomposed_predictions,
        draw=lambda generator: {"seed": int(generator.integers(2**31)), "tau": float(generator.uniform(0.3, 3))},
        digits=11,
        wrong={
            "averages over n labelled columns": lambda seed, tau: sims.decomposed_predictions(seed, tau, masked=True),
            "scores over sqrt(d)": lambda seed, tau: sims.decomposed_predictions(seed, tau * sims.D**0.5),
        },
    )
