"""Steerability divided by a power of the steering vector's length: what that does to samples and noise."""

from __future__ import annotations

from math import exp, sqrt
from typing import Any

import corollary as co
from corollary.claims.cylindrical_steering.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.cylindrical_steering import normalisation as sims
    from corollary.theory.cylindrical_steering import normalisation as theory


POINTS = [{"k": 2.0, "s": 0.3, "q": 0.25}, {"k": 2.0, "s": 0.4, "q": 0.25}, {"k": 1.0, "s": 0.5, "q": 1.0}]


@PAPER.claim(
    "length-divided-out",
    says="Divided by |v|^k, steerability correlates with the angle's effect as it would among samples of one length.",
    where="Implication 2, normalised steerability",
    corrected_by="divided-correlation",
    kinder="It stands where the noise grows as |v|^k, like the effect itself, or where lengths hardly vary: one "
    "noise level is left then.",
)
def length_divided_out() -> co.Mean:
    return co.Mean(predicts=lambda q: 1 / sqrt(1 + q), measures=sims.correlations, at=POINTS[:1], within=0.02)


@PAPER.claim(
    "divided-correlation",
    says="Where its noise does not grow with |v|, the correlation is 1 / sqrt(1 + q exp(2 k^2 s^2)), s the "
    "spread of ln |v|, q the noise over the angle's effect.",
    where="Implication 2, normalised steerability",
    status="corrected",
)
def divided_correlation() -> co.Mean:
    return co.Mean(
        predicts=theory.CORRELATION,
        measures=sims.correlations,
        within=0.01,
        at=co.Depths(quick=POINTS[:2], standard=POINTS),
        wrong={
            "of one length": lambda q: 1 / sqrt(1 + q),
            "the lengths' variance once": lambda k, s, q: 1 / sqrt(1 + q * exp(k**2 * s**2)),
            "the median's noise squared": lambda k, s, q: 1 / sqrt(1 + q**2 * exp(2 * k**2 * s**2)),
            "the noise shrinks": lambda k, s, q: 1 / sqrt(1 + q * exp(-2 * k**2 * s**2)),
        },
    )


@PAPER.claim(
    "short-samples-weigh",
    says="Fitted to the divided values, the effect is known as well as by a share exp(-4 k^2 s^2) of the "
    "samples with weights |v|^(2k), and the shortest tenth carries Phi(2 k s - 1.28) of the noise.",
    where="Implication 2, normalised steerability",
    status="corrected",
)
def short_samples_weigh() -> co.Mean:
    def shortest(k: float, s: float) -> float:
        return theory.SHORTEST(k=k, s=s, share=sims.SHORTEST)

    def wrong(efficiency: Any, share: Any) -> Any:
        return lambda k, s: [efficiency(k, s), share(k, s)]

    def efficiency(k: float, s: float) -> float:
        return theory.EFFICIENCY(k=k, s=s)

    rows = np.eye(4)
    return co.Mean(
        predicts={"efficiency": theory.EFFICIENCY, "on the shortest tenth": shortest},
        measures=sims.errors,
        compares=co.Contrast(lambda point: rows[[0, 2]], lambda point: rows[[1, 3]]),
        within=0.03,
        # At k s = .8 a few samples carry the variance of the weights, and no verdict is given.
        at=co.Depths(quick=POINTS[:1], standard=[POINTS[0], {"k": 1.5, "s": 0.4, "q": 0.5}, POINTS[2]]),
        wrong={
            "every sample alike": wrong(lambda k, s: 1.0, lambda k, s: sims.SHORTEST),
            "half the exponent": wrong(lambda k, s: efficiency(k, s) ** 0.5, shortest),
            "the noise's length once": wrong(efficiency, lambda k, s: shortest(k / 2, s)),
            "the longest tenth": wrong(efficiency, lambda k, s: shortest(-k, s)),
        },
    )
