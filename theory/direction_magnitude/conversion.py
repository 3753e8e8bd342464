"""How a change of magnitude becomes one of direction: a frozen write w is added before the next norm (reconstructed).

z = h + w; along = w.u, across = |w - (w.u) u|; phi = angle(h, z), sin(phi) = across / |z|.
"""

from __future__ import annotations

import numpy as np
import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, equal, limit, substituted
from corollary.theory.direction_magnitude.symbols import MEANINGS, d, r

along = sp.Symbol("along", real=True)
across = sp.Symbol("across", positive=True)
sine = sp.Symbol("sine", positive=True)
MEANINGS = {
    **MEANINGS,
    "along": "part of the write along the state",
    "across": "length of the write across it",
    "sine": "sine of the angle between the state before and after the write",
}
_SQUARE = (r + along) ** 2 + across**2

TILT = ClosedForm(across / _SQUARE, meanings=MEANINGS)
"""Radians by which z turns, per unit step of h along itself."""

TILT_ACROSS = ClosedForm((1 - across**2 / _SQUARE / (d - 1)) / _SQUARE, meanings=MEANINGS)
"""Mean squared radians by which z turns, per unit step of h in a uniform direction across itself."""

RATIO = ClosedForm(1 / sine**2 - 1 / (d - 1), meanings=MEANINGS)
"""Angular over radial damage, if what reads z does not prefer a direction."""

RATIO_OF_WRITE = ClosedForm(RATIO.expression.subs(sine, across / sp.sqrt(_SQUARE)), meanings=MEANINGS)
"""The same in the parts of the write."""

_DOMAIN = {"r": lambda source, shape: 1 + source.random(), "d": lambda source, shape: source.randint(2, 9)}


def _turned(before: ClosedForm, after: ClosedForm, points: object) -> str:
    """|d/dt z/|z|| at t = 0 for z = ((r + along + t), across), squared."""
    t = sp.Symbol("t", real=True)
    z = sp.Matrix([r + along + t, across])
    moved = (z / sp.sqrt(z.dot(z))).diff(t).subs(t, 0)
    return equal(ClosedForm(sp.simplify(moved.dot(moved))), ClosedForm(after.inlined() ** 2), points)  # type: ignore[arg-type]


def tilt() -> Derivation:
    """The turn that a step along h gives to z, and that of a step across."""
    kept = sp.Symbol("kept", positive=True)
    return Derivation(
        "tilt",
        "A step along h turns z = h + w by sin(phi)/|z|, one across by (1 - sin(phi)^2/(d - 1))/|z|^2 mean square",
        "reconstructed",
        (
            Step(
                "along",
                TILT.expression,
                "|d z/|z|| for a step along h, differentiated in the plane of h and z",
                check=_turned,
            ),
            Step(
                "projector",
                (d - 1 - kept) / ((d - 1) * _SQUARE),
                "a step e turns z by |(I - zz'/|z|^2) e|/|z|; mean over e across u: (tr - u'(I - zz'/|z|^2)u)/(d - 1), "
                "the trace being d - 1; kept = u'(I - zz'/|z|^2)u",
                check=lambda before, after, points: equal(
                    ClosedForm(((d - 1) - kept) / (d - 1) / _SQUARE), after, points
                ),
            ),
            Step(
                "across",
                TILT_ACROSS.expression,
                "kept = 1 - (u.z)^2/|z|^2",
                check=substituted({kept: 1 - (r + along) ** 2 / _SQUARE}),
            ),
        ),
        TILT_ACROSS,
        domain=_DOMAIN,
    )


def conversion_ratio() -> Derivation:
    """Angular over radial damage, for a readout that is isotropic around z."""
    k = sp.Symbol("k", positive=True)
    return Derivation(
        "conversion-ratio",
        "With an isotropic readout the ratio is 1/sin(phi)^2 - 1/(d - 1)",
        "reconstructed",
        (
            Step("squares", TILT_ACROSS.expression / TILT.expression**2, "damage is proportional to the squared turn"),
            Step("sine", RATIO.expression.subs(sine, across / sp.sqrt(_SQUARE)), "sin(phi) = across/|z|"),
            Step(
                "orthogonal write",
                (1 + k) / k - 1 / (d - 1),
                "along = 0, across^2 = k r^2",
                check=substituted({along: 0, across: sp.sqrt(k) * r}),
            ),
            Step("large write", (d - 2) / (d - 1), "k -> oo", check=limit(k, sp.oo)),
            Step(
                "no write",
                sp.Integer(0),
                "k -> 0: the inverse of the ratio vanishes, radial damage is nothing beside it",
                check=derived(lambda e: sp.limit(1 / ((1 + k) / k - 1 / (d - 1)), k, 0)),
                follows="orthogonal write",
            ),
        ),
        domain=_DOMAIN,
    )


def sine_between(state: np.ndarray, write: np.ndarray) -> float:
    """Sine of the angle between a state [d] and the state after a write [d]. Raises ValueError where that is 0."""
    after = state + write
    if not np.linalg.norm(after) > 0:
        raise ValueError("state + write = 0; allowed: a write that leaves something")
    unit = after / np.linalg.norm(after)
    return float(np.linalg.norm(state - unit * (unit @ state)) / np.linalg.norm(state))
