"""The overlap of two circuits against chance."""

from __future__ import annotations

from math import erfc, log10, sqrt

import corollary as co
from corollary.claims.circuits_rome.paper import PAPER

with co.lazily():
    from corollary.sims.circuits_rome import overlap as sims
    from corollary.theory.circuits_rome import overlap as theory

TWO = "two circuits of IOI in GPT-2 small"
IOI = {"N": 32491, "a": 1158, "b": 1289, "x": 96}
SMALL = [{"N": 200, "a": 80, "b": 80, "x": 36}, {"N": 61, "a": 15, "b": 40, "x": 11}]


@PAPER.claim(
    "overlap-chance",
    says="Two random circuits of a and b among N edges share ab/N on average, with variance "
    "(ab/N)(1 - a/N)(N - b)/(N - 1), and their overlap has the hypergeometric tail.",
    where=TWO,
    status="reconstructed",
)
def chance() -> co.Mean:
    def exact(N: int, a: int, b: int, x: int) -> float:
        return float(theory.tail(int(N), int(a), int(b), int(x)))

    def row(N: int, a: int, b: int, x: int) -> list[float]:
        return [theory.MEAN(N=N, a=a, b=b), theory.VARIANCE(N=N, a=a, b=b), exact(N, a, b, x)]

    def binomial(N: int, a: int, b: int, x: int) -> list[float]:
        return [a * b / N, a * b / N * (1 - a / N), exact(N, a, b, x)]

    def normal(N: int, a: int, b: int, x: int) -> list[float]:
        mean, variance, _ = row(N, a, b, x)
        return [mean, variance, erfc((x - mean) / sqrt(2 * variance)) / 2]

    return co.Mean(
        predicts={"mean": theory.MEAN, "variance": theory.VARIANCE, "tail": exact},
        measures=sims.shared,
        at=co.Depths(quick=SMALL[:1], standard=SMALL),
        within=0.05,
        wrong={
            "binomial": binomial,
            "a normal tail": normal,
            "one fewer": lambda N, a, b, x: [*row(N, a, b, x)[:2], exact(N, a, b, x + 1)],
            "as many as the smaller one has": lambda N, a, b, x: [min(a, b), *row(N, a, b, x)[1:]],
        },
    )


@PAPER.claim(
    "overlap-table",
    says="Circuits of 1158 and 1289 of 32491 edges share 45.9 by chance, deviation 6.52: an IoU of 1.91%. The 96 that "
    "two IOI circuits share lie 7.7 deviations above.",
    where=TWO,
    status="reconstructed",
)
def table() -> co.Value:
    def deviation(N: int, a: int, b: int) -> float:
        return float(theory.VARIANCE(N=N, a=a, b=b) ** 0.5)

    def row(N: int, a: int, b: int, x: int) -> list[float]:
        mean, sd = theory.MEAN(N=N, a=a, b=b), deviation(N, a, b)
        return [mean, sd, (x - mean) / sd, theory.IOU(N=N, a=a, b=b)]

    return co.Value(
        predicts={"mean": theory.MEAN, "deviation": deviation, "z": theory.STANDARDISED, "iou": theory.IOU},
        computes=sims.counted,
        at=[IOI, {"N": 50, "a": 20, "b": 35, "x": 17}],
        within=1e-9,
        wrong={
            "binomial deviation": lambda N, a, b, x: [
                row(N, a, b, x)[0],
                (a * b / N * (1 - a / N)) ** 0.5,
                *row(N, a, b, x)[2:],
            ],
            "over both sizes": lambda N, a, b, x: [*row(N, a, b, x)[:3], a * b / N / (a + b)],
        },
    )


@PAPER.claim(
    "overlap-near-chance",
    says="The overlap of two IOI circuits, 96 edges or an IoU of 4.1%, is within a quarter of the chance overlap.",
    where=f"{TWO}; README: near-chance",
    corrected_by="overlap-tail",
    kinder="Small beside what a shared core would leave: 8% of each circuit.",
)
def near_chance() -> co.Value:
    return co.Value(predicts=theory.MEAN, computes=lambda x: float(x), at=[IOI], within=0.25)


@PAPER.claim(
    "overlap-tail",
    says="By chance, two circuits of these sizes share 96 edges or more with probability 8.8e-12 (the normal tail says "
    "8e-15): their overlap is twice chance, as of draws from 15549 edges.",
    where=TWO,
    status="corrected",
)
def tail() -> co.Value:
    def stated(N: int, a: int, b: int, x: int) -> list[float]:
        return [log10(theory.tail(N, a, b, x)), theory.POOL(a=a, b=b, x=x)]

    def normal(N: int, a: int, b: int, x: int) -> list[float]:
        z = theory.STANDARDISED(N=N, a=a, b=b, x=x)
        return [log10(erfc(z / sqrt(2)) / 2), stated(N, a, b, x)[1]]

    def computed(N: int, a: int, b: int, x: int) -> list[float]:
        return [sims.tail_log(N, a, b, x), sims.pool(a, b, x)]

    return co.Value(
        predicts=stated,
        computes=computed,
        at=[IOI, {"N": 500, "a": 40, "b": 30, "x": 9}],
        within=1e-6,
        wrong={
            "the normal tail": normal,
            "more than 96": lambda N, a, b, x: [log10(theory.tail(N, a, b, x + 1)), stated(N, a, b, x)[1]],
            "all edges alike": lambda N, a, b, x: [stated(N, a, b, x)[0], N],
        },
    )


@PAPER.claim(
    "two-edges-chance",
    says="Without two of the three edges of its small IOI circuit the model is at chance: 31% of 1000 prompts, against "
    "a half, within a tenth.",
    where="removal of two edges: collapse to chance",
    corrected_by="two-edges-below-chance",
    kinder="Below it: the model then prefers the wrong name, which is no guessing.",
)
def two_edges() -> co.Value:
    return co.Value(predicts=lambda: 0.5, computes=lambda: 0.31, within=0.1)


@PAPER.claim(
    "two-edges-below-chance",
    says="Guessing between two labels gives 310 of 1000 prompts or fewer with a probability of 3e-34.",
    where="removal of two edges: collapse to chance",
    status="corrected",
)
def below() -> co.Value:
    def bound(n: int, right: int) -> float:
        return theory.coin_tail(n, right)

    return co.Value(
        predicts=bound,
        computes=sims.coin_log,
        at=[{"n": 1000, "right": 310}, {"n": 60, "right": 18}],
        within=1e-6,
        wrong={
            "a normal tail": lambda n, right: log10(erfc((n / 2 - right) / sqrt(n / 2)) / 2),
            "one more": lambda n, right: theory.coin_tail(n, right + 1),
        },
    )
