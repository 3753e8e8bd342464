"""What Langevin chains report in the place of a learning coefficient at finite temperature, localisation and step.

Around a minimum with curvature h in some direction the chains see nbeta (h / 2) w^2 + (gamma / 2) w^2, hence curvature
kappa = nbeta h + gamma; eps is the step size and c the variance of the minibatch gradient.
"""

from __future__ import annotations

from typing import Any

import mpmath
import sympy as sp

from corollary import ClosedForm, Derivation, Step
from corollary.formulas.derivation import exactly, reals, solved, substituted

h, nbeta, gamma, eps, c = sp.symbols("h nbeta gamma eps c", positive=True)
kappa, v, z, batch = sp.symbols("kappa v z batch", positive=True)

MEANINGS = {
    "h": "curvature of the loss",
    "nbeta": "inverse temperature of the loss",
    "gamma": "localisation",
    "eps": "step size",
    "c": "variance of the minibatch gradient",
}
STIFFNESS = nbeta * h + gamma

SOFT_COUNT = ClosedForm(nbeta * h / (2 * STIFFNESS), meanings=MEANINGS)
"""One direction's share of the estimate: 1/2 where its curvature exceeds gamma / nbeta, 0 where it does not."""

DISCRETISED = ClosedForm(nbeta * h / (2 * STIFFNESS * (1 - eps * STIFFNESS / 4)), meanings=MEANINGS)
"""The same under plain SGLD with the whole data."""

MINIBATCH = ClosedForm(
    nbeta * h * (1 + eps * nbeta**2 * c / 4) / (2 * STIFFNESS * (1 - eps * STIFFNESS / 4)), meanings=MEANINGS
)
"""The same under SGLD with minibatches."""

BATCHES = ClosedForm(MINIBATCH.expression, ((c, h**2 / batch),), meanings={**MEANINGS, "batch": "examples of a step"})
"""The same for the loss mean_i h (w^2 / 2 - w y_i) with y_i of mean 0 and variance 1."""

VIRIAL = ClosedForm(1 / (1 - eps * STIFFNESS / 4), meanings=MEANINGS)
"""Mean of w times the slope of -log target under plain SGLD; 1 under the target itself."""

CROSSING = ClosedForm(
    sp.Rational(1, 2) + z - z * sp.besselk(1, z) / sp.besselk(0, z), ((z, gamma**2 / (8 * nbeta)),), meanings=MEANINGS
)
"""The estimate at the origin of L = (x y)^2, whose learning coefficient is 1/2 with multiplicity 2."""


def langevin_variance() -> Derivation:
    """The stationary variance of SGLD in one direction, and the direction's share of the estimate. Reconstructed."""
    balance = (1 - eps * kappa / 2) ** 2 * v + eps + (eps * nbeta / 2) ** 2 * c - v
    variance = (1 + eps * nbeta**2 * c / 4) / (kappa * (1 - eps * kappa / 4))
    share = nbeta * h * variance / 2
    return Derivation(
        "langevin-variance",
        "Step size and minibatches widen what SGLD samples",
        "reconstructed",
        (
            Step(
                "balance",
                balance,
                "variance after a step less before: injected noise eps, minibatch noise (eps nbeta / 2)^2 c",
            ),
            Step("variance", variance, "stationary", check=solved(v), symbol=v),
            Step(
                "share",
                share,
                "nbeta times the mean of h w^2 / 2",
                check=exactly(lambda form: sp.simplify(share / variance - nbeta * h / 2) == 0, "symbolic"),
            ),
            Step(
                "in curvatures", MINIBATCH.expression, "kappa = nbeta h + gamma", check=substituted({kappa: STIFFNESS})
            ),
        ),
        MINIBATCH,
        domain={"eps": reals(0, 1), "kappa": reals(0, 1)},
    )


def crossing() -> Derivation:
    """The estimate at the origin of (x y)^2: y, then x, is integrated out. Reconstructed."""
    y, width = sp.symbols("y V", positive=True)
    inner = sp.sqrt(sp.pi / width)
    integrated = sp.simplify(2 * sp.integrate(sp.exp(-width * y**2), (y, 0, sp.oo)) - inner) == 0
    argument = gamma**2 / (8 * nbeta)
    partition = sp.sqrt(sp.pi / nbeta) * sp.exp(argument) * sp.besselk(0, argument)

    def by_quadrature(form: ClosedForm) -> bool:
        """The integral over x against its closed form, to 20 digits at three points."""
        with mpmath.workdps(30):
            for temperature, held in ((2, 1), (30, 3), (1000, 1)):

                def of_log(s: Any, temperature: int = temperature, held: int = held) -> Any:
                    place = mpmath.exp(s)
                    slope = temperature * place**2 + mpmath.mpf(held) / 2
                    return 2 * place * mpmath.exp(-held * place**2 / 2) * mpmath.sqrt(mpmath.pi / slope)

                integral = mpmath.quad(of_log, mpmath.linspace(-80, 5, 35))
                stated = form.exact(25, nbeta=temperature, gamma=held)
                if abs(integral / stated - 1) > mpmath.mpf(10) ** -20:
                    return False
        return True

    slope = nbeta * sp.diff(-sp.log(partition), nbeta)
    return Derivation(
        "crossing-coefficient",
        "Where two valleys cross, the estimate creeps up to 1/2 like 1 / log nbeta",
        "reconstructed",
        (
            Step(
                "over y",
                inner,
                "Gaussian integral, V = nbeta x^2 + gamma / 2",
                symbol=sp.Symbol("Z_x"),
                check=exactly(lambda form: integrated, "symbolic"),
            ),
            Step(
                "over x",
                partition,
                "of exp(-gamma x^2 / 2) sqrt(pi / V): a Bessel function K_0",
                check=exactly(by_quadrature, "quadrature to 20 digits"),
                symbol=sp.Symbol("Z"),
            ),
            Step(
                "estimate",
                slope,
                "minus nbeta d log Z / d nbeta",
                check=exactly(
                    lambda form: sp.simplify(slope + nbeta * sp.diff(partition, nbeta) / partition) == 0, "symbolic"
                ),
            ),
            Step("closed form", CROSSING.inlined(), "K_0' = -K_1"),
        ),
        CROSSING,
    )
