"""Softmax weights of independent Gaussian scores: participation and the moments of the weighted score.

For n scores s_i ~ N(0, h) and weights a = softmax(s): P2 = E sum a_i^2 (one over the effective number of
keys), A1 = E sum a_i s_i = h (1 - P2) by Stein's lemma, A2 = E (sum a_i s_i)^2. With 1/Z^2 = int lam
e^(-lam Z) dlam both are one-dimensional integrals of single-score expectations: the partition function of
the random-energy model (Derrida 1981). Leading order P2 = e^h / n holds only for h << (2/3) ln n.
Reconstructed.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

SCORE_NODES = 400
WIDEST_STEP = 0.2  # the trapezoidal rule's error here falls like exp(-pi^2 / step)
LARGEST_LOG = 6.7  # e^6.7 = 812: exp(-812) is zero
TINY = 1e-12  # below this variance the softmax is linear to double precision
LARGEST_VARIANCE = 400.0  # beyond it one key dominates and the moments follow their asymptote
SMALLEST_TABULATED, TABLE_NODES = 1e-4, 280


def softmax_moments(count: int, variance: float) -> tuple[float, float]:
    """(P2, A2) of one softmax over `count` >= 1 scores of variance h >= 0.

    Relative error below 1e-10 up to h = 400; above, two terms of the expansion in h^(-1/2) (below
    1e-4 in P2, 2e-3 in A2).
    Raises ValueError outside the domain.
    """
    _check(count, variance)
    if variance < TINY:
        return 1 / count, variance / count
    if variance > LARGEST_VARIANCE:
        first, second = _asymptote(count, np.asarray(variance))
        return float(first), float(second)
    scores, density, logs, stride, total = _grids(count, variance)
    kernel = np.exp(-np.exp(np.minimum(total, LARGEST_LOG)))
    exponential = np.exp(np.minimum(total, LARGEST_LOG))

    def mean(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
        return sliding_window_view(values, len(scores))[::stride] @ (density * weight)

    one = np.ones_like(scores)
    log_phi = np.log1p(-np.minimum(mean(1 - kernel, one), 1 - 1e-16))
    alone, pair = np.exp((count - 1) * log_phi), np.exp(max(count - 2, 0) * log_phi)
    twice, square = (mean(exponential**2 * kernel, weight) for weight in (one, scores**2))
    once = mean(exponential * kernel, scores)
    step = logs[1] - logs[0]
    second = count * square * alone + count * (count - 1) * once**2 * pair
    return float(count * step * np.sum(twice * alone)), float(step * np.sum(second))


def two_head_moments(count: int, variance: float) -> tuple[float, float, float]:
    """(A1, P2, A2) of a = softmax(s) - softmax(-s): two heads of opposite sign, weights of sum 0.

    Raises ValueError outside the domain count >= 1, variance >= 0.
    """
    participation, second = softmax_moments(count, variance)
    if variance < TINY:
        return 2 * variance * (1 - 1 / count), 0.0, 4 * variance / count
    cross, cross_second = _cross_moments(count, variance)
    return 2 * variance * (1 - participation), 2 * (participation - cross), 2 * (second - cross_second)


def participation(count: int, variance: Any) -> Any:
    """P2, tabulated in log h once a count and interpolated: relative error below 1e-7. Array in, array
    out."""
    return _tabulated(count, np.asarray(variance, dtype=np.float64))[0]


def score_second_moment(count: int, variance: Any) -> Any:
    """A2, as `participation`."""
    return _tabulated(count, np.asarray(variance, dtype=np.float64))[1]


def _grids(count: int, variance: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, int, np.ndarray]:
    """Score nodes with Gaussian weights, log-lambda nodes, and all values of log lambda + score that occur.

    Both grids share one step (up to a stride), so that a function of their sum is evaluated once a value. The
    weight e^(2s) shifts the scores that matter by up to 2h, but not beyond the largest of `count` scores.
    """
    deviation, extreme = math.sqrt(variance), math.sqrt(2 * math.log(count))
    width = deviation * (18 + min(2 * deviation, extreme))
    nodes = max(SCORE_NODES, math.ceil(width / WIDEST_STEP))
    step = width / nodes
    scores = -9 * deviation + step * np.arange(nodes + 1)
    density = np.exp(-(scores**2) / (2 * variance)) * step / math.sqrt(2 * math.pi * variance)
    stride = max(1, int(WIDEST_STEP / step))
    low = -25 - min(math.log(count) + variance / 2, deviation * (9 + extreme))
    log_nodes = math.ceil((9 * deviation + 4 - low) / (stride * step)) + 1
    logs = low + stride * step * np.arange(log_nodes)
    total = low + scores[0] + step * np.arange((log_nodes - 1) * stride + len(scores))
    return scores, density, logs, stride, total


def _cross_moments(count: int, variance: float) -> tuple[float, float]:
    """E sum p_i p'_i and -E (sum p_i s_i)(sum p'_i s'_i) for p = softmax(s), p' = softmax(s'), s' = -s."""
    scores, density, logs, stride, total = _grids(count, variance)
    exponent = np.exp(np.minimum(sliding_window_view(total, len(scores))[::stride], LARGEST_LOG))
    opposite = np.exp(np.minimum(logs[:, None] - scores[None, :], LARGEST_LOG))
    keep, keep_opposite = np.exp(-exponent), np.exp(-opposite)
    lost, lost_opposite = -np.expm1(-exponent), -np.expm1(-opposite)
    # 1 - E e^{-lam e^s - eta e^{-s}} = E[u + v - u v] with u, v what each factor lost: no cancellation.
    missing = (lost @ density)[:, None] + (lost_opposite @ density)[None, :] - (lost * density) @ lost_opposite.T
    log_phi = np.log1p(-np.minimum(missing, 1 - 1e-16))
    alone, pair = np.exp((count - 1) * log_phi), np.exp(max(count - 2, 0) * log_phi)
    read, read_opposite = exponent * keep, opposite * keep_opposite
    overlap = (read * density) @ read_opposite.T
    same = (read * density * scores**2) @ read_opposite.T
    first = (read * density * scores) @ keep_opposite.T
    other = (keep * density * scores) @ read_opposite.T
    area = (logs[1] - logs[0]) ** 2 * count
    return float(area * np.sum(overlap * alone)), float(
        area * np.sum(same * alone + (count - 1) * first * other * pair)
    )


def _tabulated(count: int, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Beyond the table's ends: the linearised softmax below, the asymptote above."""
    logs = _table(count)(np.log(np.clip(variance, SMALLEST_TABULATED, LARGEST_VARIANCE)))
    first, second = np.exp(logs[..., 0]), np.exp(logs[..., 1]) * variance
    small = variance < SMALLEST_TABULATED
    first = np.where(small, (1 + variance * (count - 1) / count) / count, first)
    second = np.where(small, variance / count + variance**2 * (1 - 1 / count**2), second)
    if np.any(variance > LARGEST_VARIANCE):
        far = _asymptote(count, np.maximum(variance, LARGEST_VARIANCE))
        first = np.where(variance > LARGEST_VARIANCE, far[0], first)
        second = np.where(variance > LARGEST_VARIANCE, far[1], second)
    return first, second


def _asymptote(count: int, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """1 - P2 = p1 x + p3 x^3 and A2 / h = e0 + e2 x^2 with x = h^(-1/2), from the values at h = 100 and
    400."""
    near, end = LARGEST_VARIANCE / 4, LARGEST_VARIANCE
    at_near, at_end = _asymptote_ends(count)
    position = (1 / variance - 1 / end) / (1 / near - 1 / end)
    slope_near, slope_end = (1 - at_near[0]) * near**0.5, (1 - at_end[0]) * end**0.5
    first = 1 - (slope_end + (slope_near - slope_end) * position) / np.sqrt(variance)
    return first, variance * (at_end[1] / end + (at_near[1] / near - at_end[1] / end) * position)


@functools.lru_cache(maxsize=256)
def _asymptote_ends(count: int) -> tuple[tuple[float, float], tuple[float, float]]:
    return softmax_moments(count, LARGEST_VARIANCE / 4), softmax_moments(count, LARGEST_VARIANCE)


@functools.lru_cache(maxsize=64)
def _table(count: int) -> Any:
    from scipy.interpolate import CubicSpline

    logs = np.linspace(math.log(SMALLEST_TABULATED), math.log(LARGEST_VARIANCE), TABLE_NODES)
    moments = np.array([softmax_moments(count, math.exp(log)) for log in logs])
    return CubicSpline(logs, np.log(moments / np.stack([np.ones_like(logs), np.exp(logs)], axis=1)))


def _check(count: int, variance: float) -> None:
    if count < 1 or count != int(count):
        raise ValueError(f"count = {count}: must be an integer >= 1")
    if not (variance >= 0 and math.isfinite(variance)):
        raise ValueError(f"variance = {variance}: must be a finite number >= 0")
