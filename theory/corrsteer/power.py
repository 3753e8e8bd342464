"""How often the one feature that matters has the largest correlation, and how much its correlation varies
(reconstructed; y fixed by design: noncentral t; y random: Tate's variance of a point-biserial correlation)."""

from __future__ import annotations

import math

import numpy as np
import sympy as sp
from scipy.stats import chi2, norm
from scipy.stats import t as student

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

rho, theta = sp.symbols("rho theta", real=True)
pi = sp.Symbol("pi", positive=True)
MEANINGS = {"rho": "correlation", "pi": "share of successes"}

DESIGN = ClosedForm((1 - rho**2) ** 2 * (1 - rho**2 / 2), meanings=MEANINGS)
"""n Var r, as many successes in every sample."""
TATE = ClosedForm((1 - rho**2) ** 2 * (1 - 3 * rho**2 / 2 + rho**2 / (4 * pi * (1 - pi))), meanings=MEANINGS)
"""n Var r, successes random."""
BIVARIATE = ClosedForm((1 - rho**2) ** 2, meanings=MEANINGS)
"""n Var r of two Gaussian variables."""

NODES, WEIGHTS = np.polynomial.legendre.leggauss(200)


def first_of(n: int, n1: int, D: float, F: int) -> float:
    """P(a feature whose class means lie D within-class deviations apart has the largest correlation of F, all others
    independent of success), n1 of n samples successes."""
    nu, delta = n - 2, D * math.sqrt(n1 * (n - n1) / n)
    low, high = chi2.ppf([1e-13, 1 - 1e-13], nu)
    squares, u = low + (high - low) * (1 + NODES) / 2, 8 * NODES
    others = student.logcdf((u[:, None] + delta) / np.sqrt(squares / nu), nu)
    over_u = 8 * (WEIGHTS * norm.pdf(u)) @ np.exp((F - 1) * others)
    return float((high - low) / 2 * (WEIGHTS * chi2.pdf(squares, nu)) @ over_u)


def first_by_fisher(n: int, rho: float, F: int) -> float:
    """The same by Fisher's transformation of a Gaussian pair: too low for few samples."""
    at = 12 * NODES
    shifted = norm.logcdf(at + math.sqrt(n - 3) * math.atanh(rho))
    return float(12 * WEIGHTS @ (norm.pdf(at) * np.exp((F - 1) * shifted)))


def needed(rho: float, F: int) -> float:
    """Samples at which a correlation is first of F about every second time."""
    top = float(norm.isf(-math.expm1(-math.log(2) / (F - 1))))
    return 3 + (top / math.atanh(rho)) ** 2


def variance() -> Derivation:
    """By the delta method, from the mean and the variance of the noncentral t."""
    of_r = theta / sp.sqrt(1 + theta**2)
    slope = sp.diff(of_r, theta)
    by_design = slope**2 * (1 + theta**2 / 2)
    by_share = theta * (1 - 2 * pi) / (2 * pi * (1 - pi))
    drawn = slope**2 * (1 + theta**2 / 2 + by_share**2 * pi * (1 - pi))
    to_rho = {theta: rho / sp.sqrt(1 - rho**2)}
    return Derivation(
        "varying-correlation",
        "How much the correlation with a random binary variable varies",
        "reconstructed",
        (
            Step("successes by design", by_design, "n Var theta^ = 1 + theta^2 / 2, r = theta / sqrt(1 + theta^2)"),
            Step(
                "successes random",
                drawn,
                "theta = D sqrt(pi (1 - pi)) moves with the share of successes, whose variance is pi (1 - pi) / n",
                check=derived(lambda f: f + (slope * by_share) ** 2 * pi * (1 - pi)),
            ),
            Step("by the correlation", TATE.expression, "theta^2 = rho^2 / (1 - rho^2)", check=derived(
                lambda f: f.subs(to_rho)
            )),
        ),
        TATE,
        domain={
            "pi": lambda source, shape: source.uniform(0.05, 0.95),
            "rho": lambda source, shape: source.uniform(-0.9, 0.9),
        },
    )  # fmt: skip
