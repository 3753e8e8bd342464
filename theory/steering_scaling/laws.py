"""Which parameterisations train a steering vector at every width: the laws, and all exponents of a grid held to them.

A law is a predicate on the exponents (a0, b0, p, q) of alpha_0, v_0, eta_alpha and eta_v. `census` compares it with the
recursion of `theory.calculus.exponents` on every combination of quarters; both sides are exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np

from corollary.theory.calculus.exponents import exponent, terms

QUARTERS = 4
STEPS = 8

Quarters = np.ndarray
"""Exponents in quarters [parameterisations]."""

Law = Callable[[Quarters, Quarters, Quarters, Quarters, float], np.ndarray]
"""(a0, b0, p, q, kappa) -> bool [parameterisations], all in quarters."""

Rows = list[dict[str, np.ndarray]]
"""Term -> exponents in quarters [parameterisations], step by step."""

Judge = Callable[[Rows], np.ndarray]


def efficient_features(rows: Rows) -> np.ndarray:
    """z never grows with width, and from the second step on both halves move it by Theta(1)."""
    stable = np.all([row["z"] <= 0 for row in rows], 0)
    return stable & np.all([(row["d1"] == 0) & (row["d2"] == 0) for row in rows[1:]], 0)


def efficient_loss(rows: Rows) -> np.ndarray:
    """No increment changes the loss by more than Theta(1), and from the second step on both halves change it by that.

    The first step is held to the bound only."""
    bounded = np.all([np.maximum(np.maximum(row["gd1"], row["gd2"]), row["gd3"]) <= 0 for row in rows], 0)
    return bounded & np.all([(row["gd1"] == 0) & (row["gd2"] == 0) for row in rows[1:]], 0)


def adam_features(a0: Quarters, b0: Quarters, p: Quarters, q: Quarters, kappa: float) -> np.ndarray:
    """p + q = 0, a0 <= p, b0 <= q, whatever kappa (arXiv 2605.05983, section 4; proof reconstructed)."""
    return (p + q == 0) & (a0 <= p) & (b0 <= q)


def adam_loss(a0: Quarters, b0: Quarters, p: Quarters, q: Quarters, kappa: float) -> np.ndarray:
    """p + q = kappa - 1, a0 <= p, b0 <= q + 1/2; or a factor trained along a random start, whose z then grows with
    width (reconstructed)."""
    return learned_direction(a0, b0, p, q, kappa) | random_direction(a0, b0, p, q, kappa)


def learned_direction(a0: Quarters, b0: Quarters, p: Quarters, q: Quarters, kappa: float) -> np.ndarray:
    """The branch of `adam_loss` in which the direction is learned."""
    return (p + q == kappa - QUARTERS) & (a0 <= p) & (b0 <= q + QUARTERS // 2)


def random_direction(a0: Quarters, b0: Quarters, p: Quarters, q: Quarters, kappa: float) -> np.ndarray:
    """The branch of `adam_loss` in which the factor is trained along a random start."""
    half = QUARTERS // 2
    return (a0 > p) & (a0 + q == kappa - QUARTERS) & (p + b0 == kappa - half) & (b0 > q + half)


def sgd_features(a0: Quarters, b0: Quarters, p: Quarters, q: Quarters, kappa: float) -> np.ndarray:
    """q = kappa - 2 a0, p = 2 a0 + kappa - 1, b0 <= -a0, hence p + q = 2 kappa - 1 (reconstructed)."""
    return (q == kappa - 2 * a0) & (p == 2 * a0 + kappa - QUARTERS) & (b0 <= -a0)


@dataclass(frozen=True)
class Census:
    """How a law fares on a grid. tried: parameterisations. efficient: those that are by the recursion. missed:
    efficient ones that the law denies. admitted: others that it admits."""

    tried: int
    efficient: int
    missed: int
    admitted: int


def census(optimizer: str, law: Law, kappa: str | int | Fraction, efficient: Judge = efficient_features) -> Census:
    """Every combination of quarters with |a0|, |b0|, |p|, |q| <= 3/2. kappa: a multiple of 1/4."""
    exponents = _grid()
    quarters = exponent("kappa", kappa) * QUARTERS
    if Fraction(quarters).denominator != 1:
        raise ValueError(f"kappa = {kappa}: must be a multiple of 1/4")
    judged = efficient(list(terms(optimizer, exponents, float(quarters), QUARTERS, STEPS)))
    held = law(*exponents, float(quarters))
    return Census(judged.size, int(judged.sum()), int((judged & ~held).sum()), int((held & ~judged).sum()))


def reach(law: Law, kappa: str | int | Fraction) -> tuple[Fraction, Fraction]:
    """The least and the largest exponent that z reaches in training, over Adam's parameterisations of the grid that a
    law admits."""
    exponents, quarters = _grid(), float(exponent("kappa", kappa) * QUARTERS)
    largest = np.max([row["z"] for row in terms("adam", exponents, quarters, QUARTERS, STEPS)], 0)
    held = largest[law(*exponents, quarters)]
    return Fraction(int(held.min()), QUARTERS), Fraction(int(held.max()), QUARTERS)


@cache
def _grid() -> tuple[Quarters, Quarters, Quarters, Quarters]:
    side = np.arange(-6, 7, dtype=float)
    a0, b0, p, q = (axis.ravel() for axis in np.meshgrid(side, side, side, side, indexing="ij"))
    return a0, b0, p, q
