"""What is known of nearest neighbours in d dimensions, and of angles that were drawn at random."""

from __future__ import annotations

import sympy as sp

from corollary import ClosedForm, Derivation, Step
from corollary.formulas.derivation import exactly, stated

d = sp.Symbol("d", positive=True)

LOG_RATIO = ClosedForm(1 / d, meanings={"d": "dimensions that the points fill evenly"})
"""Mean of log(r2 / r1), the second-nearest over the nearest distance of a point (Facco et al. 2017)."""

RANDOM_ANGLES = ClosedForm(4 / sp.pi)
"""Homomorphism error of many independent uniform angles: the level of chance."""


def log_ratio() -> Derivation:
    """Given the second-nearest distance, the nearest neighbour is uniform in the ball of that radius."""
    x, t = sp.symbols("x t", positive=True)
    tail = sp.exp(-d * t)
    return Derivation(
        "log-ratio",
        "Neighbours' distances give the dimension",
        "Facco et al. 2017",
        (
            Step("nearest within the second", x**d, "P(r1 < x r2): the ball's volume goes as x^d", check=stated),
            Step(
                "tail",
                tail,
                "P(log(r2 / r1) > t), with x = exp(-t)",
                check=exactly(lambda form: sp.simplify((x**d).subs(x, sp.exp(-t)) - tail) == 0, "symbolic"),
            ),
            Step(
                "mean",
                LOG_RATIO.expression,
                "the tail's integral",
                check=exactly(
                    lambda form: sp.simplify(sp.integrate(tail, (t, 0, sp.oo)) - LOG_RATIO.expression) == 0, "symbolic"
                ),
            ),
        ),
        LOG_RATIO,
    )


def random_angles() -> Derivation:
    """z_a z_b and z_(a+b) of random angles are independent and uniform on the circle, whatever the fitted turn."""
    angle = sp.Symbol("theta", positive=True)
    chord = 2 * sp.sin(angle / 2)
    return Derivation(
        "random-angles",
        "Random angles miss the homomorphism by 4/pi",
        "reconstructed",
        (
            Step("chord", chord, "|1 - exp(i theta)| at a uniform gap theta in (0, 2 pi)", check=stated),
            Step(
                "mean",
                RANDOM_ANGLES.expression,
                "over the gap",
                check=exactly(
                    lambda form: sp.integrate(chord, (angle, 0, 2 * sp.pi)) / (2 * sp.pi) == RANDOM_ANGLES.expression,
                    "symbolic",
                ),
            ),
        ),
        RANDOM_ANGLES,
    )
