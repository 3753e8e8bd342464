"""How often unanimity happens: probabilities over iid symmetric Dirichlet agents, by low-discrepancy quadrature.

Sobol points in the unit cube of stick-breaking quantiles, drawn from a more peaked Dirichlet where hits are common,
and reweighted.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.special import betaincinv, gammaln, logsumexp
from scipy.stats import qmc

PEAKED = 0.5
"""Concentration of the proposal: hits are some twenty times as common as under the uniform Dirichlet(1)."""


def unanimity(outcomes: int, agents: int, concentration: float, log2_points: int = 19) -> float:
    """Probability that all agents strictly gain from their equally weighted log pool, agents Dirichlet(concentration).

    outcomes >= 2, agents >= 2, concentration > 0. Relative accuracy about 1% at K = 3, n = 2 (reconstructed).
    """
    proposal = min(concentration, PEAKED)
    total = 0.0
    for log_p in _sobol_dirichlet(outcomes, agents, proposal, log2_points):
        mean = log_p.mean(1)
        pool = np.exp(mean - logsumexp(mean, axis=1, keepdims=True))
        beliefs = np.exp(log_p)
        gains = ((pool[:, None] - beliefs) * log_p).sum(-1)
        weight = np.exp(_log_ratio(log_p, concentration, proposal))
        total += float(np.sum(weight * (gains > 0).all(1)))
    return total / 2**log2_points


def common_ground(outcomes: int, log2_points: int = 15) -> float:
    """Probability that some distribution, the pool or not, benefits both of two Dirichlet(1) agents (reconstructed).

    None does exactly when some mixture w f_1 + (1 - w) f_2 of f_i = log P_i + H(P_i) is nowhere positive; the least
    maximum over w lies at an end or at a crossing of two outcomes' lines.
    """
    hits = 0
    for log_p in _sobol_dirichlet(outcomes, 2, 1.0, log2_points):
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


def some_weight(outcomes: int, weights: int = 99, log2_points: int = 16) -> float:
    """Probability that both of two Dirichlet(1) agents strictly gain from their log pool at some weight i / (weights +
    1) of the first.

    outcomes >= 2, weights >= 1. The weights at which a pair is unanimous are found exactly, as intervals between roots
    (reconstructed).
    """
    total = 0.0
    for log_p in _sobol_dirichlet(outcomes, 2, PEAKED, log2_points):
        left, right = unanimous_windows(log_p)
        holds_one = np.floor((weights + 1) * left) + 1 < (weights + 1) * right
        total += float(np.exp(_log_ratio(log_p, 1.0, PEAKED)) @ holds_one.any(1))
    return total / 2**log2_points


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
    from corollary.theory.agentic_pooling.tilts import admits_unanimous_tilts

    hits = sum(
        int(admits_unanimous_tilts(np.exp(log_p[:, 0])).sum())
        for log_p in _sobol_dirichlet(outcomes, 1, 1.0, log2_points)
    )
    return hits / 2**log2_points


def _sobol_dirichlet(outcomes: int, agents: int, concentration: float, log2_points: int) -> Iterator[np.ndarray]:
    """Blocks of log-probabilities [points, agents, outcomes], by breaking a stick: outcome k takes a Beta(c, (K - k) c)
    share of what is left, so that outcomes - 1 coordinates make a distribution."""
    sobol = qmc.Sobol((outcomes - 1) * agents, rng=np.random.default_rng(20250906))
    block = min(log2_points, 14)
    for _ in range(2 ** (log2_points - block)):
        cube = np.clip(sobol.random(2**block), 1e-12, 1 - 1e-12).reshape(-1, agents, outcomes - 1)
        log_p, log_left = np.empty((*cube.shape[:2], outcomes)), np.zeros(cube.shape[:2])
        for k in range(outcomes - 1):
            share = _beta_quantile(concentration, (outcomes - 1 - k) * concentration, cube[..., k])
            log_p[..., k] = log_left + np.log(share)
            log_left = log_left + np.log1p(-share)
        log_p[..., -1] = log_left
        yield log_p


def _beta_quantile(a: float, b: float, u: np.ndarray) -> np.ndarray:
    """Quantiles of Beta(a, b), inside (0, 1), in closed form where there is one."""
    if b == 1:
        share = u ** (1 / a)
    elif a == 1:
        share = -np.expm1(np.log1p(-u) / b)
    elif a == b == 0.5:
        share = np.sin(np.pi * u / 2) ** 2
    else:
        share = betaincinv(a, b, u)
    return np.clip(share, 1e-300, 1 - 1e-16)


def _log_ratio(log_p: np.ndarray, target: float, proposal: float) -> np.ndarray:
    """Log density ratio of Dirichlet(target) to Dirichlet(proposal), over all agents of log_p [points, agents, K]."""
    _, agents, outcomes = log_p.shape

    def log_constant(c: float) -> float:
        return float(gammaln(outcomes * c) - outcomes * gammaln(c))

    return agents * (log_constant(target) - log_constant(proposal)) + (target - proposal) * log_p.sum((1, 2))
