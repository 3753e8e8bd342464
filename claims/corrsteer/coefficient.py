"""How far the mean activation on successes pushes."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.corrsteer.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.corrsteer import coefficient as sims
    from corollary.sims.corrsteer import contrast
    from corollary.theory.corrsteer import coefficient as theory

AT = [
    {"gain": 1.0, "high": 3.0, "low": 1.0},
    {"gain": 0.7, "high": 2.0, "low": 1.5},
    {"gain": 1.2, "high": 4.0, "low": 0.5},
]


@PAPER.claim(
    "moves-to-success",
    says="Adding the mean activation on successes brings a feature on failures to where it is on successes.",
    where="coefficient",
    corrected_by="moved",
    kinder="It stands for features that are silent on failures, with a gain of 1.",
)
def to_success() -> co.Value:
    return co.Value(
        predicts=lambda gain, high, low: sims.moved(gain, high, low)["wanted"],
        computes=lambda gain, high, low: sims.moved(gain, high, low)["after"],
        at=AT[:1],
        within=0.01,
    )


@PAPER.claim(
    "moved",
    says="A feature that stays active goes from mu0 to mu0 + gain mu1 on failures, mu1 its mean on successes, gain "
    "the product of its encoder and decoder directions.",
    where="coefficient",
    status="corrected",
)
def moved() -> co.Value:
    def predicted(form: Any) -> Any:
        def of(gain: float, high: float, low: float) -> float:
            found = sims.moved(gain, high, low)
            return form(mu0=found["before"], mu1=found["wanted"], gain=gain)

        return of

    return co.Value(
        predicts=predicted(theory.MOVED),
        computes=lambda gain, high, low: sims.moved(gain, high, low)["after"],
        at=AT,
        within=1e-5,
        wrong={
            "to the mean on successes": predicted(lambda mu0, mu1, gain: mu1),
            "a gain of 1": predicted(lambda mu0, mu1, gain: mu0 + mu1),
            "by the difference of means": predicted(lambda mu0, mu1, gain: mu0 + gain * (mu1 - mu0)),
        },
    )


@PAPER.claim(
    "overshoot",
    says="What is added over what would match the class means, mu1 / (mu1 - mu0), is mu1 sqrt(pi (1 - pi)) over "
    "correlation times deviation, in any sample with a positive correlation.",
    where="coefficient",
    status="reconstructed",
)
def overshoot() -> co.Identity:
    def means(n: int, seed: int) -> tuple[float, float]:
        z, y = contrast.drawn(n, seed)
        return float(z[y == 1].mean()), float(z[y == 0].mean())

    def by_correlation(n: int, seed: int, ddof: int = 0) -> float:
        at = contrast.moments(n, seed, ddof)
        return theory.BY_CORRELATION(mu1=means(n, seed)[0], rho=contrast.correlation(n, seed), sd=at["sd"], pi=at["pi"])

    def draw(generator: np.random.Generator) -> co.Point:
        while True:
            point = {"n": int(generator.integers(40, 90)), "seed": int(generator.integers(1000))}
            if contrast.correlation(**point) > 0:
                return point

    return co.Identity(
        left=lambda n, seed: theory.OVERSHOOT(mu1=means(n, seed)[0], mu0=means(n, seed)[1]),
        right=by_correlation,
        draw=draw,
        digits=9,
        wrong={
            "divisor n - 1": lambda n, seed: by_correlation(n, seed, 1),
            "the share alone": lambda n, seed: means(n, seed)[0] / sum(means(n, seed)),
        },
    )


SPREAD = [{"n": 90, "k": 30, "s1": 1.0, "s0": 2.0}, {"n": 60, "k": 40, "s1": 1.5, "s0": 0.5}]


@PAPER.claim(
    "less-variable",
    says="The mean on successes varies by s1^2 / k, the difference of means by s0^2 / (n - k) more, at n = 60 and "
    "90; to 3%.",
    where="coefficient",
    status="reconstructed",
)
def variable() -> co.Mean:
    forms = {"positive": theory.VARIANCE, "difference": theory.VARIANCE_OF_DIFFERENCE}
    return co.Mean(
        predicts=forms,
        measures=sims.spread,
        at=co.Depths(quick=SPREAD[:1], standard=SPREAD),
        within=0.03,
        wrong={
            "both alike": {**forms, "difference": theory.VARIANCE},
            "over all samples": {**forms, "positive": lambda n, k, s1, s0: s1**2 / n},
            "less the failures'": {**forms, "difference": lambda n, k, s1, s0: abs(s1**2 / k - s0**2 / (n - k))},
        },
    )
