"""How often the decision rules are wrong: thousands of trials whose truth is known, with stopping at every look."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from corollary.trials.claim import Verdict
from corollary.trials.confidence import FIRST_LOOK, proportion_interval
from corollary.trials.mean import Contrast, Judge, ratio
from corollary.trials.moments import KEPT, Moments

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


Family = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]
"""(generator, shape) -> draws of mean 1, the last axis along a chunk."""


def lognormal(sigma: float) -> Family:
    return lambda generator, shape: np.exp(sigma * generator.standard_normal(shape) - sigma**2 / 2)


def pareto(tail: float) -> Family:
    return lambda generator, shape: (tail - 1) / tail * generator.random(shape) ** (-1 / tail)


def bernoulli(rate: float) -> Family:
    return lambda generator, shape: (generator.random(shape) < rate) / rate


def rare_part(rate: float) -> Family:
    """Half of the mean lies in a part that comes up with probability `rate`."""
    return lambda generator, shape: (
        0.5 * generator.exponential(size=shape)
        + (generator.random(shape) < rate) * generator.exponential(0.5 / rate, size=shape)
    )


def lattice(values: int) -> Family:
    return lambda generator, shape: 2 * generator.integers(0, values, shape) / (values - 1)


def autocorrelated(correlation: float) -> Family:
    """Rows of a chunk that go together, from an autoregression that begins at its stationary law."""

    def draw(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        from scipy.signal import lfilter

        shocks = generator.standard_normal(shape)
        shocks[..., 1:] *= np.sqrt(1 - correlation**2)
        return np.asarray(1 + lfilter([1], [1, -correlation], shocks, axis=-1))

    return draw


FAMILIES: dict[str, Family] = {
    **{f"lognormal, sigma {sigma:g}": lognormal(sigma) for sigma in (0.5, 1, 2, 3, 4)},
    **{f"Pareto, tail {tail:g}": pareto(tail) for tail in (1.05, 1.2, 1.5, 2, 2.5, 3, 4)},
    **{f"Bernoulli, {rate:g}": bernoulli(rate) for rate in (1e-6, 1e-4, 1e-3, 1e-2, 0.1, 0.5)},
    **{f"half of the mean from {rate:g} of the samples": rare_part(rate) for rate in (0.01, 0.1)},
    **{f"lattice of {values}": lattice(values) for values in (2, 3, 10)},
    **{f"rows correlated by {correlation:g}": autocorrelated(correlation) for correlation in (-0.5, 0.1, 0.5, 0.9)},
}
"""What people measure, each of mean 1. A part rarer than one in the samples before the first look is not among them: no
rule can tell of it before it has come up."""

CHUNK = 256
LOOKS = (8, 10, 13, 17, 22, 28, 35, 44, 55, 69)


def family_rates(
    family: Family,
    candidate: float,
    margin: float,
    alpha: float,
    trials: int,
    seed: int,
    support: tuple[float, float] | None = None,
) -> Rates:
    """The verdicts of the Mean rule on a candidate for a mean that is 1, with stopping at the first verdict, over
    chunks and looks as the engine has them, though small. margin: absolute. support: of the samples, where it is
    stated. Trials are drawn and summed up together."""
    generator = np.random.default_rng(seed)
    judge = Judge(Contrast(), {}, 1, np.array([margin]), alpha, CHUNK * LOOKS[-1] // 8, support)
    counts = {Verdict.HOLDS: 0, Verdict.REFUTED: 0}
    sums = _Sums.none(trials)
    spent = drawn = 0
    for look in LOOKS:
        for _ in range(look - drawn):
            sums = sums.with_chunk(family(generator, (len(sums.mean), CHUNK)))
        drawn = look
        verdicts = [judge.judge(moments, np.array([candidate])).verdict for moments in sums.moments()]
        for verdict in counts:
            counts[verdict] += verdicts.count(verdict)
        still = np.array([verdict is Verdict.UNDECIDED for verdict in verdicts])
        spent += CHUNK * look * int(len(still) if look == LOOKS[-1] else (~still).sum())
        sums = sums.of(still)
        if not still.any():
            break
    return Rates(trials, counts[Verdict.HOLDS] / trials, counts[Verdict.REFUTED] / trials, spent / trials)


@dataclass(frozen=True)
class _Sums:
    """The moments of many trials at once, of one component: arrays [trials], and largest [trials, KEPT]."""

    chunks: int
    mean: np.ndarray
    scatter: np.ndarray
    between: np.ndarray
    largest: np.ndarray

    @staticmethod
    def none(trials: int) -> _Sums:
        return _Sums(0, np.zeros(trials), np.zeros(trials), np.zeros(trials), np.zeros((trials, KEPT)))

    def with_chunk(self, rows: np.ndarray) -> _Sums:
        """rows: [trials, CHUNK]. As `Moments.merge`."""
        means = rows.mean(1)
        squares = (rows - means[:, None]) ** 2
        delta = means - self.mean
        apart = delta**2 * CHUNK * self.chunks / (self.chunks + 1)
        together = np.concatenate([self.largest, squares], axis=1)
        return _Sums(
            self.chunks + 1,
            self.mean + delta / (self.chunks + 1),
            self.scatter + squares.sum(1) + apart,
            self.between + apart,
            np.partition(together, -KEPT, axis=1)[:, -KEPT:],
        )

    def of(self, chosen: np.ndarray) -> _Sums:
        parts = (part[chosen] for part in (self.mean, self.scatter, self.between, self.largest))
        return _Sums(self.chunks, *parts)

    def moments(self) -> Iterator[Moments]:
        for mean, scatter, between, largest in zip(self.mean, self.scatter, self.between, self.largest, strict=True):
            yield Moments(
                CHUNK * self.chunks,
                np.array([mean]),
                np.array([[scatter]]),
                self.chunks,
                np.array([[between]]),
                np.sort(largest)[::-1][:, None],
            )
