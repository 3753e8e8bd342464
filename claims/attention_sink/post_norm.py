"""What a norm leaves of a variance difference."""

from __future__ import annotations

import corollary as co
from corollary.claims.attention_sink.paper import PAPER

with co.lazily():
    from corollary.sims.attention_sink import post_norm as sims
    from corollary.theory.attention_sink import post_norm as theory


@PAPER.claim(
    "post-norm-share",
    says="After RMSNorm the variance over sequences of a stream m b + s xi is its share of the power, s^2 / (m^2 + "
    "s^2): a larger variance without a fixed mean leaves no trace.",
    where="RMSNorm after the attention write",
    status="reconstructed",
)
def share() -> co.Mean:
    points = [{"d": 2048, "m": 2.0, "s": 1.0}, {"d": 2047, "m": 1.0, "s": 2.0}, {"d": 2048, "m": 1.3, "s": 1.3}]
    return co.Mean(
        predicts=theory.SHARE,
        measures=sims.normalised_variance,
        within=0.01,
        at=co.Depths(quick=points[:2], standard=points),
        wrong={
            "over the mean alone": lambda m, s: s**2 / m**2,
            "not normalised": lambda s: s**2,
            "in roots": lambda m, s: s / (m + s),
            "equalised": lambda: 1.0,
        },
    )


@PAPER.claim(
    "first-over-late",
    says="Through a random W_O and the residual the first position's variance exceeds that of position t by "
    "(1 + g^2) / (1 + g^2 / t), never more than 1 + g^2.",
    where="variance through W_O and the residual stream",
    status="reconstructed",
)
def ratio() -> co.Mean:
    return co.Mean(
        predicts=theory.FIRST_OVER_LATE,
        measures=sims.stream_squares,
        compares=co.ratio(0, 1),
        within=0.02,
        at=[{"t": 5, "d": 16, "g": 0.8}, {"t": 12, "d": 7, "g": 1.6}],
        wrong={
            "without the embedding": lambda t: t,
            "without the write of the late one": lambda g: 1 + g**2,
            "g for g^2": lambda t, g: (1 + g) / (1 + g / t),
            "1/sqrt(t)": lambda t, g: (1 + g**2) / (1 + g**2 / t**0.5),
        },
    )


@PAPER.claim(
    "stream-variance",
    says="A stream of unit-variance embedding and g times an attention output of variance V varies by 1 + g^2 V.",
    where="variance through W_O and the residual stream",
    status="reconstructed",
)
def total() -> co.Mean:
    def late(t: int, g: float) -> float:
        return float(theory.TOTAL(V=1 / t, g=g))

    return co.Mean(
        predicts={"first": lambda g: theory.TOTAL(V=1.0, g=g), "late": late},
        measures=sims.stream_squares,
        within=0.015,
        at=[{"t": 5, "d": 16, "g": 0.8}, {"t": 2, "d": 9, "g": 1.6}],
        wrong={
            "g for g^2": lambda t, g: [1 + g, 1 + g / t],
            "no embedding": lambda t, g: [g**2, g**2 / t],
            "the same for both": lambda t, g: [1 + g**2, 1 + g**2],
        },
    )
