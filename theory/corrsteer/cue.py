"""A cue that is correlated with success and does nothing, against a feature that does something (reconstructed). The
influence function of a correlation: with z, y standardised, psi = z y - (rho / 2)(z^2 + y^2)."""

from __future__ import annotations

import math

import numpy as np
import sympy as sp
from scipy.stats import norm

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

z, y, rho = sp.symbols("z y rho", real=True)
e = sp.Symbol("e", nonnegative=True)
MEANINGS = {"z": "a feature, standardised", "y": "success, standardised", "rho": "their correlation"}

INFLUENCE = ClosedForm(z * y - rho / 2 * (z**2 + y**2), meanings=MEANINGS)

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(12)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def preferred(n: int, gap: float, deviation: float) -> float:
    """P(the cue has the larger correlation of n samples): gap: its correlation less the other's; deviation: of the
    difference of their influence functions."""
    return float(norm.cdf(math.sqrt(n) * gap / deviation))


def of_chain(pi: float, effect: float, direct: float, through: float) -> tuple[float, float]:
    """(gap, deviation) where y ~ Bernoulli(pi), c = effect y + N(0, 1), b = direct y + through c + N(0, 1), by exact
    integration over both normal variables."""
    y, first, second = np.meshgrid([0.0, 1.0], NODES, NODES, indexing="ij")
    weight = np.array([1 - pi, pi])[:, None, None] * WEIGHTS[:, None] * WEIGHTS
    c = effect * y + first
    b = direct * y + through * c + second

    def standard(x: np.ndarray) -> np.ndarray:
        centred = x - (weight * x).sum()
        return centred / np.sqrt((weight * centred**2).sum())

    y, b, c = standard(y), standard(b), standard(c)
    rho = [(weight * x * y).sum() for x in (b, c)]
    psi = [x * y - r / 2 * (x**2 + y**2) for x, r in zip((b, c), rho, strict=True)]
    apart = psi[0] - psi[1]
    return float(rho[0] - rho[1]), float(np.sqrt((weight * apart**2).sum() - (weight * apart).sum() ** 2))


def influence() -> Derivation:
    """Of a little more weight on one sample."""
    covariance = (1 - e) * rho + e * (1 - e) * z * y
    variances = [(1 - e) + e * (1 - e) * x**2 for x in (z, y)]
    return Derivation(
        "influence",
        "What one sample does to a correlation",
        "reconstructed",
        (
            Step("a share e on one sample", covariance / sp.sqrt(variances[0] * variances[1]), "of the correlation"),
            Step("slope at no share", INFLUENCE.expression, "its derivative at e = 0", check=derived(
                lambda f: sp.diff(f, e).subs(e, 0)
            )),
        ),
        INFLUENCE,
        domain={"rho": lambda source, shape: source.uniform(-0.9, 0.9)},
    )  # fmt: skip
