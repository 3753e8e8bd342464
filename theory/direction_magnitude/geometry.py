"""The chord: which angle moves a state of norm r by delta (arXiv 2602.11169, eq. of theta; derived here)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, equal, stated, substituted
from corollary.theory.direction_magnitude.symbols import MEANINGS, delta, r

theta = sp.Symbol("theta", positive=True)
part = sp.Symbol("part", positive=True)
MEANINGS = {**MEANINGS, "theta": "angle of the rotation", "part": "delta / (2 r), in (0, 1)"}
DOMAIN = {"r": lambda source, shape: 2 + source.random(), "delta": lambda source, shape: 4 * source.random()}

ANGLE = ClosedForm(2 * sp.asin(delta / (2 * r)), meanings=MEANINGS)
"""Angle between h' and h when |h'| = |h| and |h' - h| = delta <= 2 r."""

SIDE = ClosedForm(delta * sp.sqrt(1 - delta**2 / (4 * r**2)), meanings=MEANINGS)
"""r sin(theta): how far the state moves across its direction."""

DROP = ClosedForm(delta**2 / (2 * r), meanings=MEANINGS)
"""r (1 - cos(theta)): how far the chord falls behind the tangent, along the state's direction."""

SHORTFALL = ClosedForm(delta - 2 * r * sp.sin(delta / (2 * r)), meanings=MEANINGS)
"""What an arc of length delta lacks of a displacement of delta."""


def _below_pi(before: ClosedForm, after: ClosedForm, points: Callable[..., Iterator[Any]]) -> str:
    """The step is the only root of the one before in theta in (0, pi): of two roots, the other lies beyond."""
    roots = [sp.simplify(root) for root in sp.solve(before.inlined(), theta)]
    inside = [root for root in roots if 0 < root.subs({r: 1, delta: sp.Rational(4, 5)}) < sp.pi]
    return equal(ClosedForm(inside[0]), after, points) if len(inside) == 1 else ""


def chord_angle() -> Derivation:
    """The angle, from the squared displacement of a rotation."""
    along, across = r * (sp.cos(theta) - 1), r * sp.sin(theta)
    return Derivation(
        "chord-angle",
        "The angle that moves a state of norm r by delta",
        "arXiv 2602.11169, perturbations",
        (
            Step("displacement", along**2 + across**2, "|r (cos(theta) u + sin(theta) v) - r u|^2, v orthogonal to u"),
            Step("half angle", 4 * r**2 * sp.sin(theta / 2) ** 2, "cos(theta) = 1 - 2 sin(theta/2)^2"),
            Step(
                "chord",
                2 * r * sp.sin(theta / 2) - delta,
                "its root, less the displacement asked for",
                check=lambda before, after, points: equal(
                    ClosedForm(before.inlined()), ClosedForm((after.inlined() + delta) ** 2), points
                ),
            ),
            Step("angle", ANGLE.expression, "the root in (0, pi)", check=_below_pi),
        ),
        ANGLE,
        domain={**DOMAIN, "theta": lambda source, shape: 3 * source.random()},
    )


def chord_drop() -> Derivation:
    """Where the chord ends, in coordinates along and across the state."""
    return Derivation(
        "chord-drop",
        "A rotation by delta falls behind by delta^2/(2 r) and moves across by delta sqrt(1 - delta^2/(4 r^2))",
        "reconstructed",
        (
            Step("along", r * (1 - sp.cos(theta)), "r u - r cos(theta) u"),
            Step(
                "at the angle",
                DROP.expression,
                "theta = 2 asin(delta/(2 r))",
                check=substituted({theta: ANGLE.expression}),
            ),
            Step("across", r * sp.sin(theta), "r sin(theta) v", check=stated),
            Step("side", SIDE.expression, "at the same angle", check=substituted({theta: ANGLE.expression})),
            Step(
                "both",
                sp.sqrt(delta**2 - DROP.expression**2),
                "the two are the legs of a triangle with hypotenuse delta",
            ),
        ),
        domain=DOMAIN,
    )


def arc_shortfall() -> Derivation:
    """What goes wrong with theta = delta / r."""
    return Derivation(
        "arc-shortfall",
        "An arc of length delta moves a state by less than delta",
        "reconstructed",
        (
            Step("chord of an arc", 2 * r * sp.sin(theta / 2), "the chord of a rotation by theta"),
            Step("arc", 2 * r * sp.sin(delta / (2 * r)), "theta = delta/r", check=substituted({theta: delta / r})),
            Step(
                "shortfall",
                SHORTFALL.expression,
                "less than delta by",
                check=lambda before, after, points: equal(ClosedForm(delta - before.inlined()), after, points),
            ),
            Step(
                "small",
                delta**3 / (24 * r**2),
                "to leading order in delta",
                check=lambda before, after, points: equal(
                    ClosedForm(sp.series(before.inlined(), delta, 0, 4).removeO()), after, points
                ),
            ),
        ),
        domain=DOMAIN,
    )
