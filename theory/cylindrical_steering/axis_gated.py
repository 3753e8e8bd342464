"""The axis-gated model (reconstructed): the axis drives, the normal plane sets the sensitivity.

score(lam) = lam cos(theta) (1 + g (1 - rho) lam sin(theta) cos(phi)),   active where score >= T.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import SYMBOLIC, Derivation, Step, differentiated, equal, reals, substituted
from corollary.theory.cylindrical_steering.symbols import MEANINGS, R, T, clipped, g, lam, phi, rho, theta

c, s, q, x = sp.symbols("c s q x", positive=True)
OPEN_ANGLE = {"theta": reals(0.1, 1.5), "rho": reals(0, 1)}

SCORE = ClosedForm(lam * sp.cos(theta) * (1 + g * (1 - rho) * lam * sp.sin(theta) * sp.cos(phi)), meanings=MEANINGS)

_GATE = 4 * T * g * (1 - rho) * sp.sin(theta) * sp.cos(theta) * sp.cos(phi)
MINIMAL_STRENGTH = ClosedForm(2 * T / (sp.cos(theta) + sp.sqrt(sp.cos(theta) ** 2 + _GATE)), meanings=MEANINGS)
"""Length from which on a sample is active; not a real number where it never is."""

RELEASE_STRENGTH = ClosedForm(2 * T / (sp.cos(theta) - sp.sqrt(sp.cos(theta) ** 2 + _GATE)), meanings=MEANINGS)
"""Length beyond which a sample with cos(phi) < 0 is inactive again."""

_LEAST_EVER = -sp.cos(theta) / (4 * T * g * (1 - rho) * sp.sin(theta))
NEVER_SHARE = ClosedForm(1 - sp.acos(clipped(_LEAST_EVER)) / sp.pi, meanings=MEANINGS)
"""Share of uniform phases, in a plane, that no length activates."""

_LEAST_NOW = (T / (lam * sp.cos(theta)) - 1) / (g * (1 - rho) * lam * sp.sin(theta))
ACTIVATION = ClosedForm(sp.acos(clipped(_LEAST_NOW)) / sp.pi, meanings=MEANINGS)
"""P(active at length lam) over uniform phases in a plane."""

_widest = sp.Symbol("phi_m", positive=True)
SURVIVING_COSINE = ClosedForm(sp.sin(_widest) / _widest, ((_widest, sp.acos(clipped(_LEAST_EVER))),), meanings=MEANINGS)
"""Mean cos(phi) of the samples that some length activates: what dropping the others conditions on."""

CROSSING = ClosedForm(T / sp.cos(theta), meanings=MEANINGS)
"""Length at which half of the phases are active whatever the penalty."""

COLLAPSE = ClosedForm(R / ((1 - rho) * sp.sin(theta)), meanings=MEANINGS)
"""Length at which the normal part (1 - rho) lam sin(theta) reaches R and the output is corrupted."""

_strength = g * (1 - rho) * lam
BEST_ANGLE = ClosedForm(sp.asin(2 * _strength / (1 + sp.sqrt(1 + 8 * _strength**2))), meanings=MEANINGS)
"""The angle of largest score at phase 0."""


def _vanishes_and_starts_at_gate(before: ClosedForm, after: ClosedForm, points: Callable[..., Iterator[Any]]) -> str:
    """A root of the step before, and the one that stays finite as the normal part fades."""
    residue = sp.simplify(before.inlined().subs(lam, after.inlined()))
    near = sp.limit(after.inlined(), q, 0)
    return SYMBOLIC if residue == 0 and sp.simplify(near - T / c) == 0 else ""


def minimal_strength() -> Derivation:
    """The least length that activates a sample, from the quadratic score."""
    shortfall = lam * c * (1 + q * lam) - T
    root = (-c + sp.sqrt(c**2 + 4 * c * q * T)) / (2 * c * q)
    rational = 2 * T / (c + sp.sqrt(c**2 + 4 * c * q * T))
    normal = g * (1 - rho) * sp.sin(theta) * sp.cos(phi)
    return Derivation(
        "minimal-strength",
        "The length that activates a sample depends on its phase",
        "reconstructed",
        (
            Step("shortfall", shortfall, "score less threshold; c = cos(theta), q = g (1 - rho) sin(theta) cos(phi)"),
            Step("root", root, "the root that tends to T / c as q -> 0", check=_vanishes_and_starts_at_gate),
            Step("rationalised", rational, "one form for every sign of q, with no cancellation"),
            Step(
                "in the angles",
                MINIMAL_STRENGTH.expression,
                "c and q written out",
                check=lambda before, after, points: equal(
                    ClosedForm(before.inlined().subs({c: sp.cos(theta), q: normal})), after, points
                ),
            ),
        ),
        MINIMAL_STRENGTH,
        domain={**OPEN_ANGLE, "phi": reals(-1.5, 1.5)},
    )


def activation() -> Derivation:
    """The population curve: the share of phases whose score passes the threshold at a fixed length."""
    level = sp.Symbol("x", real=True)
    shortfall = lam * sp.cos(theta) * (1 + g * (1 - rho) * lam * sp.sin(theta) * level) - T
    return Derivation(
        "activation",
        "At a fixed length the active phases are a sector",
        "reconstructed",
        (
            Step("shortfall", shortfall, "score less threshold, with x = cos(phi): increasing in x"),
            Step(
                "least cosine",
                _LEAST_NOW,
                "where it vanishes",
                check=lambda before, after, points: equal(
                    ClosedForm(sp.solve(before.inlined(), level)[0]), after, points
                ),
            ),
            Step(
                "share of phases",
                ACTIVATION.expression,
                "P(cos(phi) >= x) = arccos(x) / pi for x in [-1, 1]",
                check=lambda before, after, points: equal(
                    ClosedForm(sp.acos(clipped(before.inlined())) / sp.pi), after, points
                ),
            ),
        ),
        ACTIVATION,
        domain=OPEN_ANGLE,
    )


def peak() -> Derivation:
    """The length at which most phases are active, and how many never are."""
    return Derivation(
        "never-share",
        "The population curve peaks at twice the crossing; the rest is never active",
        "reconstructed",
        (
            Step("least cosine", _LEAST_NOW, "the active sector's edge at length lam"),
            Step("its slope", sp.diff(_LEAST_NOW, lam), "in lam", check=differentiated(lam)),
            Step(
                "at the peak",
                sp.Integer(0),
                "vanishes at lam = 2 T / cos(theta)",
                check=lambda before, after, points: (
                    SYMBOLIC if sp.simplify(before.inlined().subs(lam, 2 * T / sp.cos(theta))) == 0 else ""
                ),
            ),
            Step(
                "least cosine ever",
                _LEAST_EVER,
                "its value there",
                follows="least cosine",
                check=substituted({lam: 2 * T / sp.cos(theta)}),
            ),
            Step(
                "never active",
                NEVER_SHARE.expression,
                "what lies below it",
                check=lambda before, after, points: equal(
                    ClosedForm(1 - sp.acos(clipped(before.inlined())) / sp.pi), after, points
                ),
            ),
        ),
        NEVER_SHARE,
        domain=OPEN_ANGLE,
    )


def crossing() -> Derivation:
    """All penalties' population curves meet in one point."""
    return Derivation(
        "crossing",
        "At lam = T / cos(theta) half of the phases are active, whatever the penalty",
        "reconstructed",
        (
            Step("population curve", ACTIVATION.expression, "P(active at length lam)"),
            Step(
                "at the crossing",
                sp.Rational(1, 2),
                "the least cosine is 0 there: rho and g drop out",
                check=substituted({lam: CROSSING.expression}),
            ),
        ),
        ClosedForm(sp.Rational(1, 2)),
        domain=OPEN_ANGLE,
    )


def surviving_cosine() -> Derivation:
    """The mean cos(phi) of the samples that are left when the never activated are dropped."""
    y = sp.Symbol("y", real=True)
    return Derivation(
        "surviving-cosine",
        "Dropping what never activates keeps the favourable phases",
        "reconstructed",
        (
            Step("within the sector", sp.cos(y), "cos(phi) at a phase"),
            Step(
                "averaged",
                sp.sin(_widest) / _widest,
                "over -phi_m <= phi <= phi_m",
                check=lambda before, after, points: equal(
                    ClosedForm(sp.integrate(before.inlined(), (y, -_widest, _widest)) / (2 * _widest)), after, points
                ),
            ),
            Step(
                "of the samples",
                SURVIVING_COSINE.inlined(),
                "phi_m is the widest phase that any length activates",
                check=substituted({_widest: sp.acos(clipped(_LEAST_EVER))}),
            ),
        ),
        SURVIVING_COSINE,
        domain={**OPEN_ANGLE, "phi_m": reals(0.1, 3.1)},
    )


def best_angle() -> Derivation:
    """The angle at which a sample in phase is driven most."""
    strength = sp.Symbol("h", positive=True)
    score = sp.cos(theta) + strength * sp.sin(theta) * sp.cos(theta)
    sine = (-1 + sp.sqrt(1 + 8 * strength**2)) / (4 * strength)

    def positive_root(before: ClosedForm, after: ClosedForm, points: Callable[..., Iterator[Any]]) -> str:
        roots = [root for root in sp.solve(before.inlined(), x) if root.subs(strength, 1).evalf() > 0]
        return equal(ClosedForm(roots[0]), after, points) if len(roots) == 1 else ""

    return Derivation(
        "best-angle",
        "Some way off the axis a sample in phase is driven most",
        "reconstructed",
        (
            Step("score over lam", score, "phi = 0, h = g (1 - rho) lam"),
            Step("slope", strength * sp.cos(2 * theta) - sp.sin(theta), "in theta", check=differentiated(theta)),
            Step(
                "in the sine",
                strength - 2 * strength * x**2 - x,
                "x = sin(theta)",
                check=lambda before, after, points: equal(
                    before, ClosedForm(after.inlined().subs(x, sp.sin(theta))), points
                ),
            ),
            Step("stationary", sine, "its positive root", check=positive_root),
            Step("rationalised", 2 * strength / (1 + sp.sqrt(1 + 8 * strength**2)), "with no cancellation at small h"),
            Step(
                "angle",
                BEST_ANGLE.expression,
                "h written out",
                check=lambda before, after, points: equal(
                    ClosedForm(sp.asin(before.inlined().subs(strength, g * (1 - rho) * lam))), after, points
                ),
            ),
        ),
        BEST_ANGLE,
        domain=OPEN_ANGLE,
    )


def collapse() -> Derivation:
    """The length at which the normal part grows too long."""
    return Derivation(
        "collapse-strength",
        "A penalty puts collapse off",
        "reconstructed",
        (
            Step("excess", (1 - rho) * lam * sp.sin(theta) - R, "length of the penalised normal part less its limit"),
            Step(
                "collapse",
                COLLAPSE.expression,
                "where it vanishes",
                check=lambda before, after, points: equal(
                    ClosedForm(sp.solve(before.inlined(), lam)[0]), after, points
                ),
            ),
        ),
        COLLAPSE,
        domain=OPEN_ANGLE,
    )
