"""The statistical dimension of the nuclear norm's descent cone: d^2 psi(r / d) dense Gaussian measurements are where
nuclear-norm minimisation begins to recover rank r (Amelunxen, Lotz, McCoy, Tropp, arXiv 1303.6672; closed-form
integrals reconstructed)."""

from __future__ import annotations

import mpmath
import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, differentiated, exactly, reals, substituted
from corollary.theory.attention_queries.symbols import MEANINGS, rho, t

CHORD = sp.sqrt(4 - t**2)
TAIL_SQUARE = (2 * (1 + t**2) * sp.acos(t / 2) - t * CHORD * (26 + t**2) / 12) / sp.pi
"""Integral over u in [t, 2] of (u - t)^2 sqrt(4 - u^2) / pi."""

TAIL = (CHORD * (8 + t**2) / 6 - 2 * t * sp.acos(t / 2)) / sp.pi
"""Integral over u in [t, 2] of (u - t) sqrt(4 - u^2) / pi."""

SQUARED_DISTANCE = ClosedForm(rho + (1 - rho) * (rho * (1 + t**2) + (1 - rho) * TAIL_SQUARE), meanings=MEANINGS)
"""E dist^2(G, sqrt(d - r) t times the subdifferential) / d^2 at d -> oo, r / d = rho; psi is its minimum over t."""

STATIONARITY = ClosedForm(rho * t - (1 - rho) * TAIL, meanings=MEANINGS)


def tail_integrals() -> Derivation:
    """The closed form of the tail's second moment: its second derivative is twice the quarter circle's mass beyond t,
    its third the density, and all three vanish at t = 2."""
    mass = (2 * sp.acos(t / 2) - t * CHORD / 2) / sp.pi

    def vanish(_: ClosedForm) -> bool:
        return all(expression.subs(t, 2) == 0 for expression in (TAIL_SQUARE, TAIL, mass))

    return Derivation(
        name="tail-integrals",
        says="The singular values beyond a threshold, squared, in closed form.",
        source="reconstructed",
        steps=(
            Step("second moment", TAIL_SQUARE, "stated integral of (u - t)^2 over the quarter circle beyond t"),
            Step("first moment", -2 * TAIL, "differentiate under the integral", differentiated(t)),
            Step("mass", 2 * mass, "differentiate again", differentiated(t)),
            Step("density", -2 * CHORD / sp.pi, "and again: twice the density, negative", differentiated(t)),
            Step(
                "boundary",
                TAIL_SQUARE,
                "all three integrals are empty at t = 2, which fixes the constants",
                exactly(vanish, "symbolic"),
                follows="second moment",
            ),
        ),
        closed_form=ClosedForm(TAIL_SQUARE),
        domain={"t": reals(0.01, 1.99)},
    )


def statistical_dimension() -> Derivation:
    """The minimand of psi, and where it is stationary."""
    tangent = rho**2 + 2 * rho * (1 - rho) + rho * (1 - rho) * t**2
    return Derivation(
        name="statistical-dimension",
        says="Nuclear-norm minimisation needs d^2 psi(r/d) measurements, psi a minimum over one threshold.",
        source="arXiv 1303.6672, Prop. 4.7 (dense Gaussian measurements)",
        steps=(
            Step(
                "two parts",
                tangent + (1 - rho) ** 2 * TAIL_SQUARE,
                "squared distance of Gaussian noise to the subdifferential: r^2 + 2 r (d - r) entries, r t^2 in "
                "the row and column spaces, thresholded singular values in the (d - r) x (d - r) rest; over d^2",
            ),
            Step("minimand", SQUARED_DISTANCE.expression, "collect"),
            Step("stationarity", 2 * (1 - rho) * STATIONARITY.expression, "differentiate in t", differentiated(t)),
            Step(
                "no threshold",
                sp.Integer(1),
                "t = 0: the whole space, for every rho",
                substituted({t: 0}),
                follows="minimand",
            ),
            Step(
                "at the edge",
                rho + 5 * rho * (1 - rho),
                "t = 2: psi <= 6 rho - 5 rho^2",
                substituted({t: 2}),
                follows="minimand",
            ),
        ),
        domain={"t": reals(0.01, 1.99), "rho": reals(0.01, 0.99)},
    )


def threshold(ratio: float, digits: int = 30) -> mpmath.mpf:
    """The minimising t in [0, 2] at rho = ratio in (0, 1]."""
    with mpmath.workdps(digits + 10):
        if ratio == 1:
            return mpmath.mpf(0)
        low, high = mpmath.mpf(0), mpmath.mpf(2)
        for _ in range(int(3.4 * digits) + 8):
            middle = (low + high) / 2
            if STATIONARITY.exact(digits + 10, rho=ratio, t=middle) < 0:
                low = middle
            else:
                high = middle
        return (low + high) / 2


def psi(rho: float, digits: int | None = None) -> float | mpmath.mpf:
    """psi(rho) = m_* / d^2, in [0, 1], for rho = r / d in [0, 1].

    Raises ValueError outside. Known values: psi(1/8) = .414390, psi(1/12) = .305201; psi(rho) / rho -> 6 as rho -> 0.
    """
    if not 0 <= rho <= 1:
        raise ValueError(f"rho={rho}; allowed: a number in [0, 1]")
    if rho == 0:
        return 0.0 if digits is None else mpmath.mpf(0)
    wanted = digits or 20
    value = SQUARED_DISTANCE.exact(wanted, rho=rho, t=threshold(rho, wanted))
    return float(value) if digits is None else value


def transition(d: int, r: int) -> float:
    """m_* = d^2 psi(r / d): the number of dense Gaussian measurements at which recovery of rank r sets in.

    Raises ValueError when r is not in 1..d.
    """
    if not 1 <= r <= d:
        raise ValueError(f"r={r}; allowed: an integer in 1..d = {d}")
    return float(d**2 * psi(r / d))
