"""What a random split does to the memoriser's spectrum, exactly (reconstructed)."""

from __future__ import annotations

import sympy as sp

from corollary import ClosedForm, Derivation, Step
from corollary.formulas.derivation import derived, integers, stated
from corollary.theory.calculus.finite_population import sampled_variance
from corollary.theory.grokking.sfm_symbols import MEANINGS, alpha, n, p

x = sp.Symbol("x", positive=True)
energy, mean = sp.symbols("energy mean", positive=True)

SPREAD = ClosedForm(alpha * (1 - alpha) / (p**2 - 1), ((alpha, n / p**2),), meanings=MEANINGS)
"""E|W_kl|^2 off the support of a single channel of unit power."""

OFF_ENERGY = ClosedForm(alpha * (1 - alpha) / (p * (p + 1)), ((alpha, n / p**2),), meanings=MEANINGS)
"""E of the energy over the channels of the centred one-hot target, at any mode k != l, and at (0, 0)."""

DIAGONAL_ENERGY = ClosedForm(
    alpha**2 / p + alpha * (1 - alpha) / (p**2 - 1) * (1 - 2 / p), ((alpha, n / p**2),), meanings=MEANINGS
)
"""The same at a true mode k = l != 0."""

RATIO = sp.Symbol("ratio", positive=True)

SURVIVORS = ClosedForm(
    (p**2 - p) * sp.exp(-(RATIO**2)), meanings={**MEANINGS, "ratio": "tau / s, s^2 the modes' mean energy"}
)
"""Expected modes k != l of a single channel that pass the first gate, were they Gaussian."""

SURVIVOR_VARIANCE = ClosedForm(
    2 * (p**2 - p) * (sp.exp(-x) * (1 - sp.exp(-x)) - sp.exp(-2 * x) * x**2),
    ((x, RATIO**2),),
    meanings={**MEANINGS, "ratio": "tau / s, s^2 the modes' mean energy"},
)
"""Variance of that number over splits."""

RELATIVE_SPREAD = ClosedForm(1 / p, meanings=MEANINGS)
"""Variance over the wrapped diagonals k - l = j of their mean one-hot energy, relative, to leading order: that energy
sums the squared transforms of p nearly independent stretches of the mask, each nearly exponential."""


def off_energy() -> Derivation:
    """The spurious energy of a mode that the one-hot target does not have."""
    return Derivation(
        "off-support-energy",
        "What memorising a random split spills on every other mode",
        "reconstructed",
        (
            Step(
                "one channel",
                sampled_variance(alpha, p**2, energy),
                "variance of the sampled sum of y_c times a conjugate character; its full mean is zero off the support",
                check=stated,
            ),
            Step(
                "all channels",
                alpha * (1 - alpha) / (p**2 - 1) * (1 - 1 / p),
                "the centred one-hot target has sum_c mean|y_c|^2 = 1 - 1/p",
                check=derived(lambda e: e.subs(energy, 1 - 1 / p)),
            ),
            Step("energy", alpha * (1 - alpha) / (p * (p + 1)), "cancel p - 1"),
            Step("in pairs", OFF_ENERGY.inlined(), "alpha = n / p^2", check=derived(lambda e: e.subs(alpha, n / p**2))),
        ),
        OFF_ENERGY,
        domain={"p": integers(3, 40)},
    )


def diagonal_energy() -> Derivation:
    """The energy of a true mode."""
    return Derivation(
        "diagonal-energy",
        "What memorising leaves on a true mode",
        "reconstructed",
        (
            Step(
                "second moment",
                alpha**2 * mean + sampled_variance(alpha, p**2, energy - mean),
                "squared mean, plus the variance",
                check=stated,
            ),
            Step(
                "one-hot",
                alpha**2 / p + alpha * (1 - alpha) / (p**2 - 1) * (1 - 2 / p),
                "sum_c |mean|^2 = p / p^2, and power 1 - 1/p",
                check=derived(lambda e: e.subs({mean: 1 / p, energy: 1 - 1 / p})),
            ),
            Step(
                "in pairs",
                DIAGONAL_ENERGY.inlined(),
                "alpha = n / p^2",
                check=derived(lambda e: e.subs(alpha, n / p**2)),
            ),
        ),
        DIAGONAL_ENERGY,
        domain={"p": integers(3, 40)},
    )


def survivors() -> Derivation:
    """How the number of spurious survivors varies: conjugate pairs, and a fixed total energy."""
    s, y = sp.symbols("s y", positive=True)
    modes, q = p**2 - p, sp.exp(-x)
    law = sp.exp(-y / s) / s

    def expected(value: object, low: object = 0) -> sp.Expr:
        return sp.integrate(value * law, (y, low, sp.oo))

    covariance = 2 * modes * s * x * q
    return Derivation(
        "survivor-variance",
        "The number of spurious modes above the threshold",
        "reconstructed",
        (
            Step(
                "passing",
                sp.integrate(law, (y, x * s, sp.oo)),
                "the energy of a circular Gaussian mode is exponential with mean s",
                check=stated,
            ),
            Step("share", q, "x = tau^2 / s"),
            Step(
                "independent pairs",
                2 * modes * q * (1 - q),
                "modes come in conjugate pairs: 4 x (modes / 2) x Bernoulli variance",
                check=derived(lambda e: 4 * modes / 2 * e * (1 - e)),
            ),
            Step(
                "covariance with the energy",
                4 * modes / 2 * (expected(y, x * s) - s * q),
                "of a pair's passing with its energy",
                check=stated,
            ),
            Step("its value", covariance, "integrate"),
            Step(
                "explained",
                2 * modes * q**2 * x**2,
                "the total energy is conserved and its variance, were it free, 2 modes s^2: covariance^2 / variance",
                check=derived(lambda e: e**2 / (2 * modes * s**2)),
            ),
            Step(
                "variance",
                2 * modes * (q * (1 - q) - q**2 * x**2),
                "subtract what the conserved energy explains",
                follows="independent pairs",
                check=derived(lambda e: e - 2 * modes * q**2 * x**2),
            ),
            Step(
                "in tau / s", SURVIVOR_VARIANCE.inlined(), "x = ratio^2", check=derived(lambda e: e.subs(x, RATIO**2))
            ),
        ),
        SURVIVOR_VARIANCE,
        domain={"p": integers(3, 40)},
    )
