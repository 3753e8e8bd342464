"""Kendall's tau and its null, for comparing |W_O| with variances."""

from __future__ import annotations

import corollary as co
from corollary.claims.attention_sink.paper import PAPER

with co.lazily():
    from corollary.sims.attention_sink import kendall as sims
    from corollary.theory.attention_sink import kendall as theory


@PAPER.claim(
    "kendall-null",
    says="Between unrelated rankings of n numbers Kendall's tau has mean square 2 (2 n + 5) / (9 n (n - 1)): what the "
    "reported .32 between |W_O| and the first token's variance is to be held against.",
    where="Kendall's tau of W_O",
    status="reconstructed",
)
def null() -> co.Mean:
    return co.Mean(
        predicts=theory.NULL_VARIANCE,
        measures=sims.null_squares,
        within=0.03,
        at=[{"size": 3}, {"size": 12}],
        wrong={
            "4 / (9 n), the leading order": lambda size: 4 / (9 * size),
            "of Pearson's correlation": lambda size: 1 / (size - 1),
            "independent pairs": lambda size: 2 / (size * (size - 1)),
        },
    )
