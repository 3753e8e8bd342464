"""What a smooth damage f costs on average under each perturbation, to second order (reconstructed).

The chord's inward drop brings in the radial slope: it is as large as the curvature across.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, exactly, series, stated, substituted
from corollary.theory.direction_magnitude.geometry import DROP, SIDE
from corollary.theory.direction_magnitude.symbols import MEANINGS, curvature, d, delta, r, slope, trace

ANGULAR = ClosedForm(
    -(delta**2) / (2 * r) * slope
    + delta**4 / (8 * r**2) * curvature
    + delta**2 / (2 * (d - 1)) * (1 - delta**2 / (4 * r**2)) * trace,
    meanings=MEANINGS,
)
"""E f(h') - f(h) over uniform directions of rotation; exact for quadratic f, otherwise up to O(delta^4)."""

RADIAL = ClosedForm(delta**2 / 2 * curvature, meanings=MEANINGS)
"""(f(h + delta u) + f(h - delta u)) / 2 - f(h); exact for f of degree 3 along u, otherwise up to O(delta^4)."""

LEADING = ClosedForm(delta**2 / 2 * (trace / (d - 1) - slope / r), meanings=MEANINGS)
"""The angular damage to leading order."""

RATIO = ClosedForm((trace / (d - 1) - slope / r) / curvature, meanings=MEANINGS)
"""Angular over radial damage as delta -> 0. Without curvature along the state it has no value."""


def _first_two_moments() -> bool:
    """Mean and second moments of a uniform direction across, in three dimensions: an exact design for degree 3."""
    nodes = [[sign * (i == j) for j in range(3)] for i, sign in product(range(3), (1, -1))]
    mean = [Fraction(sum(node[i] for node in nodes), 6) for i in range(3)]
    second = [[Fraction(sum(node[i] * node[j] for node in nodes), 6) for j in range(3)] for i in range(3)]
    return mean == [0, 0, 0] and second == [[Fraction(i == j, 3) for j in range(3)] for i in range(3)]


def angular() -> Derivation:
    """The angular damage, from the Taylor polynomial at h."""
    along, across, first, mixed, second = sp.symbols("along across first mixed second", real=True)
    step = along * slope + across * first + (along**2 * curvature + 2 * along * across * mixed + across**2 * second) / 2
    return Derivation(
        "angular-damage",
        "Mean damage of rotations by a chord of delta",
        "reconstructed",
        (
            Step("Taylor", step, "h' - h = along u + across v; first = v.grad f, mixed = u'Hv, second = v'Hv"),
            Step(
                "mean",
                along * slope + (along**2 * curvature + across**2 * trace / (d - 1)) / 2,
                "E v = 0; E v v' = (I - u u') / (d - 1), isotropic across u and of trace 1",
                check=lambda before, after, points: (
                    substituted({first: 0, mixed: 0, second: trace / (d - 1)})(before, after, points)
                    if _first_two_moments()
                    else ""
                ),
            ),
            Step(
                "chord",
                ANGULAR.expression,
                "along = -delta^2/(2 r), across^2 = delta^2 (1 - delta^2/(4 r^2))",
                check=substituted({along: -DROP.expression, across: SIDE.expression}),
            ),
        ),
        ANGULAR,
        domain={"r": lambda source, shape: 2 + source.random(), "d": lambda source, shape: source.randint(2, 9)},
    )


def ratio() -> Derivation:
    """What both are at small displacements, and their ratio."""
    up, down = sp.symbols("up down", real=True)
    return Derivation(
        "damage-ratio",
        "Angular over radial damage, as delta -> 0",
        "reconstructed",
        (
            Step("one side", (up + down) / 2, "f(h + delta u) - f(h) and f(h - delta u) - f(h), averaged"),
            Step(
                "radial",
                RADIAL.expression,
                "Taylor to second order; the slope cancels",
                check=substituted(
                    {up: slope * delta + curvature * delta**2 / 2, down: -slope * delta + curvature * delta**2 / 2}
                ),
            ),
            Step("angular", ANGULAR.expression, "as derived", check=stated),
            Step("leading", LEADING.expression, "its lowest order in delta", check=series(delta, 3)),
            Step("ratio", RATIO.expression, "over the radial one", check=derived(lambda e: e / RADIAL.expression)),
        ),
        RATIO,
        domain={"d": lambda source, shape: source.randint(2, 9)},
    )


_H = sp.symbols("h1:4", real=True)


def _euler() -> bool:
    """h.grad f = 0 and H h = -grad f where f(a h) = f(h), for a family in the direction's coordinates with free
    coefficients."""
    a, b, c = sp.symbols("a b c", real=True)
    square = sum(h**2 for h in _H)
    f = (a * _H[0] * _H[1] + b * _H[2] ** 2) / square + c * _H[0] ** 3 * _H[2] / square**2
    gradient = [sp.diff(f, h) for h in _H]
    along = sum(h * g for h, g in zip(_H, gradient, strict=True))
    rows = [sum(h * sp.diff(g, h) for h in _H) + g for g in gradient]
    return all(sp.cancel(sp.together(one)) == 0 for one in (along, *rows))


def scale_invariant() -> Derivation:
    """Damage read through a norm layer directly: no radial slope, no radial curvature."""
    a, p = sp.symbols("a p", positive=True)
    return Derivation(
        "scale-invariant",
        "Where a norm layer follows directly, radial damage vanishes and the ratio is infinite",
        "reconstructed",
        (
            Step("degree p", a**p, "f(a h) = a^p f(h), in units of f(h)"),
            Step("Euler", p, "d/da at a = 1: h.grad f = p f", check=derived(lambda e: sp.diff(e, a).subs(a, 1))),
            Step(
                "twice",
                p * (p - 1),
                "the second derivative: h'Hh = p (p - 1) f",
                check=derived(lambda e: sp.diff(e, a, 2).subs(a, 1)),
                follows="degree p",
            ),
            Step("degree 0", sp.Integer(0), "a norm layer makes p = 0", check=substituted({p: 0})),
            Step(
                "mixed block",
                sp.Integer(0),
                "H h = -grad f: the Hessian is not block diagonal, but u'Hu = 0",
                check=exactly(lambda form: _euler(), "proved for a family in 3 dimensions"),
            ),
        ),
    )


def exact_quadratic(state: np.ndarray, linear: np.ndarray, matrix: np.ndarray, delta_: float) -> tuple[float, float]:
    """(angular, radial) mean damage of f = linear.h + h'matrix h / 2 at a state [d], exactly.

    Raises ValueError where delta_ is beyond 2 |state|.
    """
    size = float(np.linalg.norm(state))
    if not 0 <= delta_ <= 2 * size:
        raise ValueError(f"delta = {delta_}; allowed: 0 to {2 * size:.6g}, twice the state's norm")
    unit = state / size
    symmetric = (matrix + matrix.T) / 2
    bent = float(unit @ symmetric @ unit)
    known = {
        "r": size,
        "delta": delta_,
        "d": len(state),
        "slope": float(unit @ (linear + symmetric @ state)),
        "curvature": bent,
        "trace": float(np.trace(symmetric)) - bent,
    }
    return float(ANGULAR(**known)), float(RADIAL(**known))
