"""How often unanimity happens: probabilities over iid symmetric Dirichlet agents, by low-discrepancy quadrature.

What is rare is integrated over `rare_groups`; what is not, over Sobol points in the unit cube of stick-breaking
quantiles.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
from scipy.special import logsumexp
from scipy.stats import qmc

from corollary.theory.agentic_pooling.rare_groups import RareGroups
from corollary.theory.agentic_pooling.tilts import admits_unanimous_tilts

SEED = 20250906
BLOCK = 2**14
PRECISION = 0.0075
"""The relative standard error at which a rare probability counts as known."""
ROUGHEST = 0.05
"""The relative standard error beyond which none is given."""
MOST_BLOCKS = 64


@cache
def unanimity(
    outcomes: int, agents: int, concentration: float = 1.0, weights: tuple[float, ...] | None = None
) -> float:
    """Probability that all agents strictly gain from their log pool, agents iid Dirichlet(concentration).

    outcomes >= 2, agents >= 2, concentration > 0; weights [agents], None: equal. The standard error is .75%, or what a
    million groups leave (2% at K = 8, n = 2). Raises ValueError where that is above 5% (reconstructed).
    """
    if outcomes == 2:
        return 0.0  # Theorem 8
    shares = np.full(agents, 1 / agents) if weights is None else np.array(weights)

    def share_that_gains(log_p: np.ndarray) -> np.ndarray:
        pool = np.einsum("i,pio->po", shares, log_p)
        pool = np.exp(pool - logsumexp(pool, axis=1, keepdims=True))
        return (((pool[:, None] - np.exp(log_p)) * log_p).sum(-1) > 0).all(1)

    return _rare(RareGroups(outcomes, agents, concentration), share_that_gains)


def _rare(groups: RareGroups, happens: Callable[[np.ndarray], np.ndarray]) -> float:
    """The probability of an event, a function of log_p [points, agents, outcomes] -> bool [points]."""
    rng = np.random.default_rng(SEED)
    means: list[float] = []
    while True:
        log_p = groups.draw(BLOCK, rng)
        log_p = log_p[happens(log_p)]
        means.append(float(groups.importance(log_p).sum()) / BLOCK)
        if len(means) < 8:
            continue
        value = float(np.mean(means))
        error = float(np.std(means, ddof=1)) / math.sqrt(len(means)) / value if value > 0 else math.inf
        if error < PRECISION or len(means) == MOST_BLOCKS:
            break
    if error > ROUGHEST:
        raise ValueError(
            f"outcomes = {groups.outcomes}, agents = {groups.agents}: too rare an event for "
            f"{BLOCK * MOST_BLOCKS:,} groups, which leave a standard error of {error:.0%} (about {value:.1g})"
        )
    return value


def common_ground(outcomes: int, log2_points: int = 15) -> float:
    """Probability that some distribution, the pool or not, benefits both of two Dirichlet(1) agents (reconstructed).

    None does exactly when some mixture w f_1 + (1 - w) f_2 of f_i = log P_i + H(P_i) is nowhere positive; the least
    maximum over w lies at an end or at a crossing of two outcomes' lines.
    """
    hits = 0
    for log_p in _uniform_simplex(outcomes, 2, log2_points):
        score = log_p - (np.exp(log_p) * log_p).sum(-1, keepdims=True)
        first, second = score[:, 0], score[:, 1]
        slope = first - second
        candidates = [np.zeros(len(score)), np.ones(len(score))]
        for i in range(outcomes):
            for j in range(i):
                steep = slope[:, i] - slope[:, j]
                crossing = (second[:, j] - second[:, i]) / np.where(steep == 0, 1.0, steep)
                candidates.append(np.clip(crossing, 0, 1))
        least = np.min([(second + w[:, None] * slope).max(1) for w in candidates], axis=0)
        hits += int((least > 0).sum())
    return hits / 2**log2_points


@cache
def some_weight(outcomes: int, weights: int = 99) -> float:
    """Probability that both of two Dirichlet(1) agents strictly gain from their log pool at some weight i / (weights +
    1) of the first.

    outcomes >= 2, weights >= 1. The weights at which a pair is unanimous are computed exactly, as intervals between
    roots. Standard error and what it raises as for `unanimity` (reconstructed).
    """
    if outcomes == 2:
        return 0.0  # Theorem 8

    def holds_one(log_p: np.ndarray) -> np.ndarray:
        left, right = unanimous_windows(log_p)
        return (np.floor((weights + 1) * left) + 1 < (weights + 1) * right).any(1)

    return _rare(RareGroups(outcomes, 2, 1.0), holds_one)


def unanimous_windows(log_p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(left, right) ends [pairs, windows] of the intervals of weight of the first agent where both of a pair strictly
    gain; empty windows are 1 to 0. log_p: [pairs, 2, outcomes].

    An agent's gain times the pool's normaliser is an exponential sum in the weight, f(w) = sum_o c_o exp(r_o w), of
    rates r = log P_1 - log P_2.
    """
    order = np.argsort(log_p[:, 0] - log_p[:, 1], axis=1)
    log_p = np.take_along_axis(log_p, order[:, None], axis=2)
    rates = log_p[:, 0] - log_p[:, 1]
    score = log_p - (np.exp(log_p) * log_p).sum(-1, keepdims=True)
    sums = [np.exp(log_p[:, 1]) * score[:, agent] for agent in (0, 1)]
    ends = np.broadcast_to([0.0, 1.0], (len(log_p), 2))
    cuts = np.sort(np.concatenate([ends, *(_cuts(c, rates) for c in sums)], axis=1), axis=1)
    left, right = cuts[:, :-1], cuts[:, 1:]
    # Each agent's gain vanishes where its weight is 1: windows as thin as rounding there are no windows.
    holds = right - left > 1e-9
    for c in sums:
        holds &= _exponential_sum(c, rates, (left + right) / 2) > 0
    return np.where(holds, left, 1.0), np.where(holds, right, 0.0)


def _cuts(coefficients: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """Points of [0, 1], in order, between which the exponential sums keep their signs. coefficients, rates: [pairs,
    terms], rates ascending; returns [pairs, terms - 1].

    By Rolle: relative to its first term a sum is monotone between the cuts of its derivative, which has a term less.
    """
    pairs, terms = rates.shape
    if terms == 1:
        return np.empty((pairs, 0))
    turning = _cuts(coefficients[:, 1:] * (rates[:, 1:] - rates[:, :1]), rates[:, 1:])
    low = np.concatenate([np.zeros((pairs, 1)), turning], axis=1)
    high = np.concatenate([turning, np.ones((pairs, 1))], axis=1)
    sign = _exponential_sum(coefficients, rates, low) > 0
    for _ in range(34):
        middle = (low + high) / 2
        same = (_exponential_sum(coefficients, rates, middle) > 0) == sign
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return high


def _exponential_sum(coefficients: np.ndarray, rates: np.ndarray, at: np.ndarray) -> np.ndarray:
    """At points [pairs, points], one row of them a pair."""
    return np.einsum("pk,pmk->pm", coefficients, np.exp(at[:, :, None] * rates[:, None]))


def small_tilt_share(outcomes: int, log2_points: int = 16) -> float:
    """Probability that a Dirichlet(1) distribution admits unanimous decompositions into arbitrarily small tilts."""
    blocks = _uniform_simplex(outcomes, 1, log2_points)
    return sum(int(admits_unanimous_tilts(np.exp(log_p[:, 0])).sum()) for log_p in blocks) / 2**log2_points


def _uniform_simplex(outcomes: int, agents: int, log2_points: int) -> Iterator[np.ndarray]:
    """Blocks of log-probabilities [points, agents, outcomes], by breaking a stick: outcome k takes a Beta(1, K - k)
    share of what is left, so that outcomes - 1 coordinates make a distribution."""
    sobol = qmc.Sobol((outcomes - 1) * agents, rng=np.random.default_rng(SEED))
    block = min(log2_points, 14)
    for _ in range(2 ** (log2_points - block)):
        cube = np.clip(sobol.random(2**block), 1e-12, 1 - 1e-12).reshape(-1, agents, outcomes - 1)
        log_p, log_left = np.empty((*cube.shape[:2], outcomes)), np.zeros(cube.shape[:2])
        for k in range(outcomes - 1):
            log_rest = np.log1p(-cube[..., k]) / (outcomes - 1 - k)
            log_p[..., k] = log_left + np.log(-np.expm1(log_rest))
            log_left = log_left + log_rest
        log_p[..., -1] = log_left
        yield log_p
