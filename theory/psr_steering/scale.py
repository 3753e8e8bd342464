"""What scaling a prediction costs (reconstructed). P: a prediction of what a prompt adds to a stream, Delta, at its
least-squares scale, E<P, Delta> = E|P|^2; R2 = E|P|^2 / E|Delta|^2. The relative error of s P is E|s P - Delta|^2 over
E|Delta|^2; the paper plots its root."""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

s = sp.Symbol("s", real=True)
R2, power, total = sp.symbols("R2 power total", positive=True)
cross = sp.Symbol("cross", real=True)
MEANINGS = {"s": "strength, in units of the least-squares scale", "R2": "share of the power that is predicted"}

SCALED = ClosedForm(1 - s * (2 - s) * R2, meanings=MEANINGS)
"""Relative squared error at s times the least-squares scale."""


def scaled() -> Derivation:
    """From the square."""
    error = (s**2 * power - 2 * s * cross + total) / total
    return Derivation(
        "relative-error",
        "Beyond twice its least-squares scale any prediction is worse than none",
        "reconstructed",
        (
            Step("square", error, "power = E|P|^2, cross = E<P, Delta>, total = E|Delta|^2"),
            Step(
                "least squares",
                error.subs(cross, power),
                "cross = power",
                check=derived(lambda f: f.subs(cross, power)),
            ),
            Step("share", SCALED.expression, "power = R2 total", check=derived(lambda f: f.subs(power, R2 * total))),
        ),
        SCALED,
    )
