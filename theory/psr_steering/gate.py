"""Gates of a Gaussian pre-activation: what a constant, an affine and a ReLU probe leave unexplained (reconstructed).

Delta = g z, |z| = 1, a = w.h + b ~ N(m, s^2). Soft gate: g = max(a, 0). Hard gate: g = 1 where q > tau, q ~ N(0, 1).
"""

from __future__ import annotations

import sympy as sp
from scipy.optimize import brentq
from scipy.stats import norm

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

m, tau = sp.symbols("m tau", real=True)
s = sp.Symbol("s", positive=True)
x = sp.Symbol("x", real=True)
MEANINGS = {"m": "mean of the pre-activation", "s": "its standard deviation", "tau": "threshold of a hard gate"}


def cdf(at: sp.Expr) -> sp.Expr:
    """Of N(0, 1)."""
    return (1 + sp.erf(at / sp.sqrt(2))) / 2


def density(at: sp.Expr) -> sp.Expr:
    return sp.exp(-(at**2) / 2) / sp.sqrt(2 * sp.pi)


FIRST = ClosedForm(m * cdf(m / s) + s * density(m / s), meanings=MEANINGS)
"""E g."""
SECOND = ClosedForm((m**2 + s**2) * cdf(m / s) + m * s * density(m / s), meanings=MEANINGS)
"""E g^2."""
WITH_ACTIVATION = ClosedForm(s**2 * cdf(m / s), meanings=MEANINGS)
"""Cov(g, a)."""
KAPPA = ClosedForm(FIRST.expression**2 / SECOND.expression, meanings=MEANINGS)
"""|E Delta|^2 / E|Delta|^2."""
CONSTANT = ClosedForm(1 - KAPPA.expression, meanings=MEANINGS)
"""Relative squared error of the best constant."""
AFFINE = ClosedForm(
    (SECOND.expression - FIRST.expression**2 - WITH_ACTIVATION.expression**2 / s**2) / SECOND.expression,
    meanings=MEANINGS,
)
"""Of the best affine coefficient."""

HARD_CONSTANT = ClosedForm(cdf(tau), meanings=MEANINGS)
"""Of the best constant, hard gate."""
HARD_AFFINE = ClosedForm(cdf(tau) - density(tau) ** 2 / cdf(-tau), meanings=MEANINGS)


def hard_probe(tau: float) -> tuple[float, float, float]:
    """(t, alpha, relative squared error) of the best alpha max(q - t, 0): the root of p B(t) = A(t) C(t)."""
    p, at = float(norm.sf(tau)), float(norm.pdf(tau))

    def overlap(t: float) -> float:
        return at - t * p

    def power(t: float) -> float:
        return (1 + t**2) * float(norm.sf(t)) - t * float(norm.pdf(t))

    def stationary(t: float) -> float:
        """p B - A C, the terms that cancel at t far below 0 taken together."""
        below = float(norm.cdf(t))
        return p + t * at - p * below - at * (float(norm.pdf(t)) + t * below)

    lowest = -p / at
    t = lowest if stationary(lowest) >= 0 else float(brentq(stationary, lowest, tau, xtol=1e-14))
    return t, overlap(t) / power(t), 1 - overlap(t) ** 2 / (p * power(t))


def moments() -> Derivation:
    """From the Gaussian integral."""
    integrand = sp.Integral(x * sp.exp(-((x - m) ** 2) / (2 * s**2)) / (s * sp.sqrt(2 * sp.pi)), (x, 0, sp.oo))
    done = sp.simplify(integrand.doit())
    return Derivation(
        "gate-mean",
        "Mean of a ReLU gate",
        "reconstructed",
        (
            Step("integral", done, "of x over the positive half line"),
            Step("with the normal's cdf and density", FIRST.expression, "collected"),
            Step(
                "at m = 0", s / sp.sqrt(2 * sp.pi), "half of E|a|", check=derived(lambda f: sp.simplify(f.subs(m, 0)))
            ),
        ),
        ClosedForm(s / sp.sqrt(2 * sp.pi), meanings=MEANINGS),
    )


def sparse() -> Derivation:
    """As a gate gets rare, no constant explains anything."""
    return Derivation(
        "sparse-gate",
        "What a constant explains of a gate that is half open",
        "reconstructed",
        (
            Step("constant", CONSTANT.expression, "1 - kappa"),
            Step("half open", 1 - 1 / sp.pi, "m = 0", check=derived(lambda f: sp.simplify(f.subs(m, 0)))),
        ),
        ClosedForm(1 - 1 / sp.pi),
    )


def stationary() -> Derivation:
    """Where the best ReLU probe of a hard gate starts, from its error p - A^2 / B."""
    t, p, at = sp.symbols("t p at", positive=True)
    A, B, C = at - t * p, sp.Function("B")(t), sp.Function("C")(t)
    slope = sp.diff(p - A**2 / B, t).subs(sp.Derivative(B, t), -2 * C)
    return Derivation(
        "hard-gate",
        "Where the best ReLU probe of a hard gate starts",
        "reconstructed",
        (
            Step("slope of the error", slope, "B' = -2 C, C = E(q - t)+, A = E (q - t) over the gate"),
            Step("factored", 2 * A * (p * B - A * C) / B**2, "zero where p B = A C"),
        ),
        ClosedForm(2 * A * (p * B - A * C) / B**2),
    )
