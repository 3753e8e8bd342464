"""The breakpoints of a piecewise linear function of one variable, from its values."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float

Line = Callable[[np.ndarray], np.ndarray]
"""Places [n] in [0, 1] -> values [n]."""

TOLERANCE = 1e-9
SPLIT = (5**0.5 - 1) / 2
"""Irrational, since a breakpoint exactly where an interval is split would go unseen."""

NARROWEST = 1e-7


def find_kinks(line: Line, side_tests: bool = True) -> list[tuple[float, float]]:
    """(t, room) of every breakpoint in [0, 1], with no other breakpoint within `room` of t.

    An interval without a breakpoint looks straight; one with a single breakpoint has it where its end lines cross; any
    other is split, and all intervals of a level are asked together. Intervals narrower than 1e-7 are passed over.

    side_tests: whether the function is compared with both end lines on their own sides of the crossing too; without
    them two breakpoints on one side of it can pass for one.
    """
    tolerance = TOLERANCE * np.abs(line(np.array([0.0, 0.37, 1.0]))).max()
    kinks: list[tuple[float, float]] = []
    a, b = np.array([0.0]), np.array([1.0])
    while len(a):
        straight, crossing, level, slopes = _end_lines(line, a, b, tolerance)
        single = ~straight & (a < crossing) & (crossing < b)
        chosen = np.flatnonzero(single)
        single[chosen] = _is_kink(
            line, a[chosen], b[chosen], crossing[chosen], level[chosen], slopes[:, chosen], tolerance, side_tests
        )
        kinks += [
            (float(t), float(min(t - low, high - t)))
            for low, t, high in zip(a[single], crossing[single], b[single], strict=True)
        ]
        split = ~straight & ~single & (b - a > NARROWEST)
        low, high = a[split], b[split]
        middle = low + SPLIT * (high - low)
        a, b = np.concatenate([low, middle]), np.concatenate([middle, high])
    return kinks


def _end_lines(line: Line, a: Float[np.ndarray, " n"], b: Float[np.ndarray, " n"], tolerance: float) -> tuple:
    """(straight [n], crossing [n], level [n], slopes [2, n]): whether the function looks straight on [a, b]; where the
    lines through its two ends cross, and at what level; their slopes."""
    width = b - a
    step = 1e-3 * width
    at_a, past_a, middle, before_b, at_b = _ask(line, a, a + step, (a + b) / 2, b - step, b)
    slopes = np.stack([past_a - at_a, at_b - before_b]) / step
    turn = slopes[1] - slopes[0]
    straight = (
        (np.abs(turn) * width < tolerance)
        & (np.abs(at_a + slopes[0] * width - at_b) < tolerance)
        & (np.abs(at_a + slopes[0] * width / 2 - middle) < tolerance)
    )
    ahead = (at_a + slopes[1] * width - at_b) / np.where(turn == 0, np.inf, turn)
    return straight, a + ahead, at_a + slopes[0] * ahead, slopes


def _is_kink(
    line: Line,
    a: np.ndarray,
    b: np.ndarray,
    crossing: np.ndarray,
    level: np.ndarray,
    slopes: np.ndarray,
    tolerance: float,
    side_tests: bool,
) -> Bool[np.ndarray, " n"]:
    """Whether the end lines' crossing is the function's only breakpoint between a and b."""
    if not len(a):
        return np.zeros(0, bool)
    if not side_tests:
        return np.abs(line(crossing) - level) < tolerance
    near = 1e-2 * np.minimum(crossing - a, b - crossing)
    places = (crossing, crossing - near, (a + crossing) / 2, crossing + near, (crossing + b) / 2)
    lines = [level + np.where(place <= crossing, *slopes) * (place - crossing) for place in places]
    return np.all(np.abs(np.array(_ask(line, *places)) - lines) < tolerance, axis=0)


def _ask(line: Line, *places: np.ndarray) -> np.ndarray:
    return line(np.concatenate(places)).reshape(len(places), -1)
