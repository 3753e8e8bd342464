"""A gated neuron z = SiLU(u_g) u_u on zero-mean Gaussian pre-activations: it turns variance into a mean.

v_g, v_u: deviations of the gate and the up pre-activation, r: their correlation. Reconstructed.
"""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived
from corollary.theory.attention_sink.symbols import normal_mean

v_g, v_u = sp.symbols("v_g v_u", positive=True)
r = sp.Symbol("r", real=True)
MEANINGS = {
    "v_g": "deviation of the gate's pre-activation",
    "v_u": "deviation of the up pre-activation",
    "r": "their correlation",
}

MEAN = ClosedForm(r * v_g * v_u / 2, meanings=MEANINGS)
"""E z, exactly."""

WEAK_SQUARE = ClosedForm((1 + 2 * r**2) * v_g**2 * v_u**2 / 4, meanings=MEANINGS)
"""E z^2 for v_g to 0."""

STRONG_SQUARE = ClosedForm((1 + 2 * r**2) * v_g**2 * v_u**2 / 2, meanings=MEANINGS)
"""E z^2 for v_g to infinity."""

z = sp.Symbol("z", real=True)
GATE, UP_MEAN = v_g * z, r * v_u * z
"""u_g, and E[u_u | u_g], in z ~ N(0, 1); the variance of u_u given u_g is (1 - r^2) v_u^2."""


def _folded(form: sp.Expr) -> sp.Expr:
    """The mean of an even function of z times a sigmoid of z: sigma(u) + sigma(-u) = 1."""
    return normal_mean(form / 2, z)


def mean() -> Derivation:
    """The mean response."""
    return Derivation(
        "neuron-mean",
        "E z = r v_g v_u / 2: the response is proportional to the variance",
        "reconstructed",
        (
            Step("given the gate", GATE * UP_MEAN, "E[u_g u_u | u_g], to be weighted by sigma(u_g)"),
            Step(
                "averaged",
                MEAN.expression,
                "it is even in u_g, and sigma(u) + sigma(-u) = 1, so that the sigmoid counts half",
                check=derived(_folded),
            ),
        ),
        MEAN,
        domain={"r": lambda source, shape: source.uniform(-0.99, 0.99)},
    )


def _square(name: str, says: str, weight: sp.Expr, reason: str, form: ClosedForm) -> Derivation:
    given = GATE**2 * (UP_MEAN**2 + (1 - r**2) * v_u**2)
    return Derivation(
        name,
        says,
        "reconstructed",
        (
            Step("given the gate", given, "E[u_g^2 u_u^2 | u_g], to be weighted by sigma(u_g)^2"),
            Step(
                "averaged",
                form.expression,
                reason,
                check=derived(lambda expression: normal_mean(weight * expression, z)),
            ),
        ),
        form,
        domain={"r": lambda source, shape: source.uniform(-0.99, 0.99)},
    )


def weak_square() -> Derivation:
    """The second moment of a neuron that is hardly gated."""
    return _square(
        "neuron-square-weak",
        "For a weak gate E z^2 = (1 + 2 r^2) v_g^2 v_u^2 / 4",
        sp.Rational(1, 4),
        "sigma(u) to 1/2 as v_g to 0",
        WEAK_SQUARE,
    )


def strong_square() -> Derivation:
    """The second moment of a neuron whose gate is a step."""
    return _square(
        "neuron-square-strong",
        "For a strong gate E z^2 = (1 + 2 r^2) v_g^2 v_u^2 / 2",
        sp.Rational(1, 2),
        "sigma(u)^2 to a step, which an even function sees half of, as v_g to infinity",
        STRONG_SQUARE,
    )
