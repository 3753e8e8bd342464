"""Streaming first and second moments of vector samples, merged in float64 in a fixed order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Moments:
    """Moments of `count` samples of a vector.

    mean: float64 [components]. scatter: float64 [components, components], the sum over samples of the outer
    product of the deviation from the mean.
    """

    count: int
    mean: np.ndarray
    scatter: np.ndarray

    @staticmethod
    def none(components: int) -> Moments:
        return Moments(0, np.zeros(components), np.zeros((components, components)))

    def merge(self, other: Moments) -> Moments:
        """The moments of both sets of samples (Chan, Golub, LeVeque 1983). Not commutative in the last bit:
        callers merge in chunk order."""
        count = self.count + other.count
        delta = other.mean - self.mean
        mean = self.mean + delta * (other.count / count)
        scatter = self.scatter + other.scatter + np.outer(delta, delta) * (self.count * other.count / count)
        return Moments(count, mean, scatter)

    @property
    def covariance(self) -> np.ndarray:
        """Unbiased sample covariance, float64 [components, components]."""
        return self.scatter / max(self.count - 1, 1)
