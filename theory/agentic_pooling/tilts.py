"""Small tilts of a fixed pool (arXiv 2509.06701, Thm 55, made precise).

A compatible decomposition of P into tilts: P_i proportional to P exp(eps g_i), E_P[g_i] = 0, sum_i beta_i g_i = 0. With
L = log P and H its entropy,

    Delta_i = -eps Cov_P(L, g_i) - eps**2 Q_P(g_i) + O(eps**3),  Q_P(g) = E_P[g**2 (1 + (L + H) / 2)].

The first-order terms have weighted sum 0. Where they vanish Q_P decides, and it is negative on outcomes of surprisal
above 2 + H.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from scipy.optimize import brentq

from corollary import ClosedForm, Derivation, Step
from corollary.formulas.derivation import derived, reals, substituted

p, p1, p2 = sp.symbols("p p1 p2", positive=True)
eps = sp.Symbol("eps", positive=True)
g1, g2 = sp.symbols("g1 g2", real=True)

MEANINGS = {"p": "each rare outcome's probability, below 1/2", "eps": "size of the tilt"}


def second_order(expression: sp.Expr) -> sp.Expr:
    """Taylor polynomial in eps, of degree 2, of what vanishes at 0."""
    return sum(eps**k * sp.diff(expression, eps, k).subs(eps, 0) / k for k in (1, 2))


def expansion() -> Derivation:
    """The gain of a tilted agent to second order in the tilt."""
    pool = (p1, p2, 1 - p1 - p2)
    tilt = (g1, g2, -(p1 * g1 + p2 * g2) / pool[2])
    surprisal = [sp.log(mass) for mass in pool]
    partition = sum(mass * sp.exp(eps * g) for mass, g in zip(pool, tilt, strict=True))
    tilted = [mass * sp.exp(eps * g) / partition for mass, g in zip(pool, tilt, strict=True)]
    score = [value + eps * g for value, g in zip(surprisal, tilt, strict=True)]
    exact = sum((mass - other) * value for mass, other, value in zip(pool, tilted, score, strict=True))
    entropy = -sum(mass * value for mass, value in zip(pool, surprisal, strict=True))
    covariance = sum(mass * value * g for mass, value, g in zip(pool, surprisal, tilt, strict=True))
    form = sum(mass * g**2 * (1 + (value + entropy) / 2) for mass, value, g in zip(pool, surprisal, tilt, strict=True))
    final = -eps * covariance - eps**2 * form
    return Derivation(
        "tilt-expansion",
        "A small tilt's gain: minus a covariance with log P, then minus a quadratic form",
        "arXiv 2509.06701, Thm 55; second order reconstructed",
        (
            Step("gain", exact, "E_P[log P_i] - E_{P_i}[log P_i]; the tilt's normaliser cancels"),
            Step(
                "expansion",
                final,
                "second order in eps: Cov(L, g), then E[g**2] and the third cumulant of (L, g, g)",
                check=derived(second_order),
            ),
        ),
        ClosedForm(final),
        domain={"p1": reals(0, 0.4), "p2": reals(0, 0.4), "eps": reals(0, 1)},
    )


_ENTROPY = -(1 - 2 * p) * sp.log(1 - 2 * p) - 2 * p * sp.log(p)
SYMMETRIC_GAIN = ClosedForm(2 * p * eps**2 * ((sp.log(1 / p) - _ENTROPY) / 2 - 1), meanings=MEANINGS)
"""Gain of both agents when P = (1 - 2p, p, p) is split into tilts by (0, 1, -1) and its opposite, to second order."""


def symmetric_tilt() -> Derivation:
    """Two opposite tilts of (1 - 2p, p, p): both gain where log(1 / p) - H > 2."""
    chain = expansion()
    inputs = {p1: p, p2: p, g1: 1, g2: -1}
    return Derivation(
        "symmetric-tilt",
        "Opposite tilts between two rare enough outcomes both gain",
        "reconstructed",
        (
            *chain.steps,
            Step(
                "two rare outcomes",
                SYMMETRIC_GAIN.expression,
                "P = (p, p, 1 - 2p), g = (1, -1, 0): no covariance",
                check=substituted(inputs),
            ),
        ),
        SYMMETRIC_GAIN,
        domain={**chain.domain, "p": reals(0, 0.5)},
    )


def threshold() -> float:
    """The p below which opposite tilts of (1 - 2p, p, p) both gain: log(1 / p) - H = 2."""
    return float(brentq(lambda value: float(SYMMETRIC_GAIN(p=value, eps=1.0)), 1e-3, 0.3, xtol=1e-15))


def admits_unanimous_tilts(pool: np.ndarray) -> np.ndarray:
    """Whether Q_P takes a negative value where E_P[g] = Cov_P(L, g) = 0, for distributions [..., outcomes].

    By inertia: a diagonal form restricted to the complement of two directions C has #neg(D) + #pos(C^T D^-1 C) - 2
    negative directions, so no eigenvector is needed.
    """
    log_p = np.log(pool)
    centred = log_p - (pool * log_p).sum(-1, keepdims=True)
    diagonal = 1 + centred / 2
    root = np.sqrt(pool)
    first, second = root, root * centred
    gram = [[(u * v / diagonal).sum(-1) for u in (first, second)] for v in (first, second)]
    trace, determinant = gram[0][0] + gram[1][1], gram[0][0] * gram[1][1] - gram[0][1] ** 2
    positive = np.where(determinant < 0, 1, np.where(trace > 0, 2, 0))
    return (diagonal < 0).sum(-1) + positive - 2 > 0


def least_curvature(pool: np.ndarray) -> float:
    """The least value of Q_P(g) / E_P[g**2] where E_P[g] = Cov_P(L, g) = 0; below 0 exactly when arbitrarily small
    tilts can be unanimous. Raises ValueError when no tilt is uncorrelated with log P."""
    log_p = np.log(pool)
    centred = log_p - pool @ log_p
    root = np.sqrt(pool)
    constraints = np.stack([root, root * centred], axis=1)
    left, sizes, _ = np.linalg.svd(constraints)
    free = left[:, int((sizes > 1e-12).sum()) :]
    if free.shape[1] == 0:
        raise ValueError(f"P has {len(pool)} outcomes; allowed: enough that some tilt is uncorrelated with log P")
    return float(np.linalg.eigvalsh(free.T @ np.diag(1 + centred / 2) @ free)[0])


def tilted_gain(pool: Any, tilt: Any, size: float) -> float:
    """The second-order gain of the tilt g = `tilt` (centred here) of a pool [outcomes]."""
    pool, tilt = np.asarray(pool, dtype=float), np.asarray(tilt, dtype=float)
    log_p = np.log(pool)
    g = tilt - pool @ tilt
    centred = log_p - pool @ log_p
    return float(-size * pool @ (centred * g) - size**2 * pool @ (g**2 * (1 + centred / 2)))
