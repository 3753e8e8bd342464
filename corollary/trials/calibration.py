"""How often the decision rules are wrong: thousands of trials whose truth is known, with stopping at every look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from corollary.trials.claim import Verdict
from corollary.trials.confidence import FIRST_LOOK, proportion_interval
from corollary.trials.mean import Contrast, Judge, ratio
from corollary.trials.moments import Moments

Sampler = Callable[[np.random.Generator, int], np.ndarray]
"""(generator, count) -> samples [count, components]."""


@dataclass(frozen=True)
class Rates:
    """Shares of trials that ended in each verdict; samples: the mean number at which they ended."""

    trials: int
    holds: float
    refuted: float
    samples: float


def products_of_normals(generator: np.random.Generator, count: int) -> np.ndarray:
    """Skewed, heavy-tailed rows like those of a fourth-order statistic: (z1^2 z2^2, z1^2), of means (1, 1)."""
    squares = generator.standard_normal((count, 2)) ** 2
    return np.stack([squares[:, 0] * squares[:, 1], squares[:, 0]], axis=1)


def mean_rates(
    candidate: float,
    margin: float,
    alpha: float,
    trials: int,
    seed: int,
    sampler: Sampler = products_of_normals,
    compares: Contrast | None = None,
    most: int = 16 * FIRST_LOOK,
) -> Rates:
    """The verdicts of the Mean rule on a candidate for a quantity whose true value is 1, looking after each 2,048
    samples and stopping at the first verdict.

    candidate, margin: on trial. alpha: promised error probability. most: samples after which a trial stays undecided.
    compares: by default the first component's mean.
    """
    compares = compares or Contrast(numerator=lambda point: np.eye(2)[0])
    generator = np.random.default_rng(seed)
    counts = {Verdict.HOLDS: 0, Verdict.REFUTED: 0, Verdict.UNDECIDED: 0}
    spent = 0
    judge = Judge(compares, {}, 2, np.array([margin]), alpha, planned=most // 4)
    for _ in range(trials):
        moments, verdict = Moments.none(2), Verdict.UNDECIDED
        while verdict is Verdict.UNDECIDED and moments.count < most:
            rows = sampler(generator, FIRST_LOOK)
            moments = moments.merge(Moments.of(rows))
            verdict = judge.judge(moments, np.array([candidate])).verdict
        counts[verdict] += 1
        spent += moments.count
    return Rates(trials, counts[Verdict.HOLDS] / trials, counts[Verdict.REFUTED] / trials, spent / trials)


def ratio_rates(candidate: float, margin: float, alpha: float, trials: int, seed: int) -> Rates:
    """As `mean_rates`, for the ratio of the two components' means, which is 1."""
    return mean_rates(candidate, margin, alpha, trials, seed, compares=ratio(0, 1))


def proportion_rates(truth: float, threshold: float, alpha: float, trials: int, seed: int, most: int = 1000) -> Rates:
    """The verdicts of the proportion rule on "the probability exceeds `threshold`", looking after every attempt at
    first and every tenth later on."""
    generator = np.random.default_rng(seed)
    bounds: dict[int, list[tuple[float, float]]] = {}
    holds = refuted = spent = 0
    for _ in range(trials):
        successes = np.cumsum(generator.random(most) < truth)
        for attempt in _looks(most):
            if attempt not in bounds:
                bounds[attempt] = [proportion_interval(s, attempt - s, alpha) for s in range(attempt + 1)]
            low, high = bounds[attempt][successes[attempt - 1]]
            if low > threshold or high < threshold:
                holds += low > threshold
                refuted += high < threshold
                break
        spent += attempt
    return Rates(trials, holds / trials, refuted / trials, spent / trials)


def _looks(most: int) -> list[int]:
    return [n for n in range(1, most + 1) if n <= 50 or n % 10 == 0]
