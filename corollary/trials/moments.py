"""Streaming moments of vector samples, merged in float64 in a fixed order, with what tells whether to believe them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

KEPT = 4
"""How many of the largest squared deviations are kept."""


def _nothing() -> np.ndarray:
    return np.zeros(0)


@dataclass(frozen=True)
class Moments:
    """Moments of `count` samples of a vector, drawn in `chunks` chunks.

    mean: float64 [components]. scatter: float64 [components, components], the sum over samples of the outer
    product of the deviation from the mean. between: the part of it that the chunks' means account for, float64
    [components, components]. largest: the largest squared deviations from their chunk's mean, float64
    [KEPT, components], descending.
    """

    count: int
    mean: np.ndarray
    scatter: np.ndarray
    chunks: int = 1
    between: np.ndarray = field(default_factory=_nothing)
    largest: np.ndarray = field(default_factory=_nothing)

    def __post_init__(self) -> None:
        if self.between.size == 0:
            object.__setattr__(self, "between", np.zeros_like(self.scatter))
        if self.largest.size == 0:
            object.__setattr__(self, "largest", np.zeros((KEPT, len(self.mean))))

    @staticmethod
    def none(components: int) -> Moments:
        return Moments(0, np.zeros(components), np.zeros((components, components)), 0)

    @staticmethod
    def of(samples: np.ndarray) -> Moments:
        """The moments of one chunk, float64 [samples, components]."""
        mean = samples.mean(0)
        deviation = samples - mean
        padded = np.concatenate([np.zeros((KEPT, samples.shape[1])), deviation**2])
        largest = np.sort(np.partition(padded, -KEPT, axis=0)[-KEPT:], axis=0)[::-1]
        return Moments(len(samples), mean, deviation.T @ deviation, largest=largest)

    def merge(self, other: Moments) -> Moments:
        """The moments of both sets of samples (Chan, Golub, LeVeque 1983). Not commutative in the last bit:
        callers merge in chunk order."""
        count = self.count + other.count
        delta = other.mean - self.mean
        mean = self.mean + delta * (other.count / count)
        apart = np.outer(delta, delta) * (self.count * other.count / count)
        return Moments(
            count,
            mean,
            self.scatter + other.scatter + apart,
            self.chunks + other.chunks,
            self.between + other.between + apart,
            np.sort(np.concatenate([self.largest, other.largest]), axis=0)[: -KEPT - 1 : -1],
        )

    @property
    def covariance(self) -> np.ndarray:
        """Unbiased sample covariance, float64 [components, components]."""
        return self.scatter / max(self.count - 1, 1)
