"""Accuracy on minimal pairs whose members are perturbed by correlated noise (reconstructed)."""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, reals, stated, substituted

mu = sp.Symbol("mu", real=True)
tau, sigma = sp.symbols("tau sigma", positive=True)
rho = sp.Symbol("rho", real=True)
MEANINGS = {
    "mu": "mean margin between the members' log-probabilities",
    "tau": "spread of the margin over pairs",
    "sigma": "spread of the noise in each member's log-probability",
    "rho": "correlation of the two members' noise",
}

ACCURACY = ClosedForm((1 + sp.erf(mu / sp.sqrt(2 * (tau**2 + 2 * sigma**2 * (1 - rho))))) / 2, meanings=MEANINGS)
"""Share of pairs of which the good member stays the more probable, all normal."""


def accuracy() -> Derivation:
    """From the variance of the margin."""
    x = sp.Symbol("x", real=True)
    width = sp.Symbol("width", positive=True)
    density = sp.exp(-((x - mu) ** 2) / (2 * width**2)) / (width * sp.sqrt(2 * sp.pi))
    return Derivation(
        "pair-accuracy",
        "Noise that the members of a pair share cancels in their margin",
        "reconstructed",
        (
            Step(
                "variance",
                tau**2 + sigma**2 + sigma**2 - 2 * rho * sigma**2,
                "margin + N_good - N_bad: intrinsic variance, two of the noise, less twice their covariance",
            ),
            Step("gathered", tau**2 + 2 * sigma**2 * (1 - rho), "all of the noise cancels at rho = 1"),
            Step("density", density, "of a normal margin of mean mu and this width", check=stated),
            Step(
                "positive",
                (1 + sp.erf(mu / (sp.sqrt(2) * width))) / 2,
                "integrated over x > 0",
                check=derived(lambda e: sp.integrate(e, (x, 0, sp.oo))),
            ),
            Step(
                "accuracy",
                ACCURACY.expression,
                "width^2 is that variance",
                check=substituted({width: sp.sqrt(tau**2 + 2 * sigma**2 * (1 - rho))}),
            ),
        ),
        ACCURACY,
        domain={"rho": reals(-0.9, 0.9)},
    )
