"""The angle family sin(theta)**m cos(theta)**(k - m) that normalised steerability is fitted with."""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import SYMBOLIC, Derivation, Step, differentiated, equal, reals
from corollary.theory.cylindrical_steering.symbols import theta

k, m = sp.symbols("k m", positive=True)
MEANINGS = {"k": "exponent of the length, above m", "m": "exponent of the sine"}

FAMILY = ClosedForm(sp.sin(theta) ** m * sp.cos(theta) ** (k - m), meanings=MEANINGS)
PEAK_ANGLE = ClosedForm(sp.atan(sp.sqrt(m / (k - m))), meanings=MEANINGS)
PEAK_HEIGHT = ClosedForm((m / k) ** (m / 2) * ((k - m) / k) ** ((k - m) / 2), meanings=MEANINGS)


def peak() -> Derivation:
    """Where the family peaks and how high."""
    logarithm = m * sp.log(sp.sin(theta)) + (k - m) * sp.log(sp.cos(theta))
    slope = m * sp.cos(theta) / sp.sin(theta) - (k - m) * sp.sin(theta) / sp.cos(theta)
    inside = {"m": reals(0.2, 1.0), "k": reals(1.2, 4.0), "theta": reals(0.1, 1.4)}
    return Derivation(
        "angle-law",
        "The angle of largest steerability fixes the ratio of the exponents",
        "reconstructed",
        (
            Step("logarithm", logarithm, "of the family"),
            Step("slope", slope, "in theta", check=differentiated(theta)),
            Step(
                "peak",
                PEAK_ANGLE.expression,
                "vanishes where tan(theta)**2 = m / (k - m)",
                check=lambda before, after, points: (
                    SYMBOLIC if sp.simplify(before.inlined().subs(theta, after.inlined())) == 0 else ""
                ),
            ),
            Step(
                "height",
                PEAK_HEIGHT.expression,
                "the family there",
                check=lambda before, after, points: equal(
                    ClosedForm(FAMILY.expression.subs(theta, before.inlined())), after, points
                ),
            ),
        ),
        PEAK_HEIGHT,
        domain=inside,
    )
