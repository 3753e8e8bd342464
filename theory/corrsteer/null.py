"""Correlations of features that have nothing to do with success, and the largest of many (reconstructed; the law of one
is Fisher's, for Gaussian features and whatever y is)."""

from __future__ import annotations

import math

import sympy as sp
from scipy.special import betainc, betaincinv
from scipy.stats import norm

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

r = sp.Symbol("r", real=True)
n = sp.Symbol("n", positive=True)
t = sp.Symbol("t", real=True)

DENSITY = ClosedForm(
    (1 - r**2) ** ((n - 4) / 2) * sp.gamma((n - 1) / 2) / (sp.sqrt(sp.pi) * sp.gamma((n - 2) / 2)),
    meanings={"r": "correlation", "n": "samples"},
)


def tail(n: float, x: float) -> float:
    """P(r > x) of n samples."""
    above = 0.5 * float(betainc((n - 2) / 2, 0.5, 1 - x**2))
    return above if x >= 0 else 1 - above


def below_all(n: float, F: float, x: float) -> float:
    """P(the largest of F independent ones <= x)."""
    return math.exp(F * math.log1p(-tail(n, x)))


def largest(n: float, F: float, q: float = 0.5) -> float:
    """The q-quantile of the largest of F independent ones. Raises ValueError for q < 2^-F, where it is below 0."""
    share = -math.expm1(math.log(q) / F)
    if share > 0.5:
        raise ValueError(f"q={q} is not allowed with F={F}; allowed: q >= 2^-F")
    return math.sqrt(1 - float(betaincinv((n - 2) / 2, 0.5, 2 * share)))


def by_fisher(n: float, F: float, q: float = 0.5) -> float:
    """The same by Fisher's transformation: too low for few samples."""
    return math.tanh(_normal(F, q) / math.sqrt(n - 3))


def by_normal(n: float, F: float, q: float = 0.5) -> float:
    """The same as if r were N(0, 1/n): too high for few samples."""
    return _normal(F, q) / math.sqrt(n)


def effective(n: float, median: float) -> float:
    """How many independent features have this median of their largest correlation."""
    return math.log(0.5) / math.log1p(-tail(n, median))


def _normal(F: float, q: float) -> float:
    return float(norm.isf(-math.expm1(math.log(q) / F)))


def law() -> Derivation:
    """From Student's t by a change of variables."""
    nu = n - 2
    student = sp.gamma((nu + 1) / 2) / (sp.sqrt(nu * sp.pi) * sp.gamma(nu / 2)) * (1 + t**2 / nu) ** (-(nu + 1) / 2)
    at = r * sp.sqrt(nu / (1 - r**2))
    domain = {
        "n": lambda source, shape: source.uniform(4, 40),
        "r": lambda source, shape: source.uniform(-0.9, 0.9),
        "t": lambda source, shape: source.uniform(-3, 3),
    }
    return Derivation(
        "null-law",
        "Law of a correlation that means nothing",
        "reconstructed",
        (
            Step("Student's t", student, "of n - 2 degrees of freedom"),
            Step("density of r", student.subs(t, at) * sp.diff(at, r), "t = r sqrt((n - 2) / (1 - r^2))", check=derived(
                lambda f: f.subs(t, at) * sp.diff(at, r)
            )),
            Step("simplified", DENSITY.expression, "so r^2 is Beta(1/2, (n - 2)/2)"),
        ),
        DENSITY,
        domain=domain,
    )  # fmt: skip
