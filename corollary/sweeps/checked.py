"""Estimates in float32, each point after a paired check of its own, and in float64 where the check gives no bound."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from corollary.measure import Measure
from corollary.point import Point
from corollary.sweeps.estimates import Sampled, Stop, estimates
from corollary.trials.paired import check


def checked_estimates(
    measure: Measure,
    points: Sequence[Point],
    seed: int,
    stop: Stop,
    error: Callable[[Sampled], np.ndarray],
    alpha: float,
    support: tuple[float, float] | None = None,
) -> Iterator[Sampled]:
    """As `estimates`, with a bound and a precision of every point. alpha: the probability that a point's bound is
    wrong. support: of every sample, where known."""
    checks = [check(measure, point, seed, alpha, support) for point in points]
    for float32 in (True, False):
        chosen = np.array([number for number, one in enumerate(checks) if float32 != bool(one.why)], int)

        def told(found: Sampled, chosen: np.ndarray = chosen, float32: bool = float32) -> Sampled:
            """Numbered among all points."""
            numbers = chosen[found.numbers]
            ours = [checks[number] for number in numbers]
            bound = np.array([one.bound for one in ours]) if float32 else np.zeros_like(found.mean)
            precision = tuple(f"float64: {one.why}" if one.why else "float32" for one in ours)
            return replace(found, numbers=numbers, bound=bound, precision=precision)

        def spread(found: Sampled, told: Callable[[Sampled], Sampled] = told) -> np.ndarray:
            return error(told(found))

        for found in estimates(measure, [points[number] for number in chosen], seed, stop, spread, float32):
            yield told(found)
