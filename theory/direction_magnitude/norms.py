"""What LayerNorm and RMSNorm let through of a displacement (reconstructed). Gains are 1 and biases 0 throughout."""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, exactly, substituted
from corollary.theory.direction_magnitude.symbols import MEANINGS, d, delta, eps, r, spread

inner = sp.Symbol("inner", real=True)
variance = sp.Symbol("variance", positive=True)
MEANINGS = {**MEANINGS, "inner": "gradient of the output times the normalised state", "variance": "|h - mean|^2 / d"}

RMS_SHIFT = ClosedForm(sp.sqrt(d) * delta / r, meanings=MEANINGS)
"""|RMSNorm(h') - RMSNorm(h)| of a rotation by the chord delta, eps = 0."""

LAYER_STEP = ClosedForm(d * (d - 2) / ((d - 1) * spread), meanings=MEANINGS)
"""E |J v|^2 of LayerNorm's Jacobian J at h over unit vectors v orthogonal to h, eps = 0."""

RADIAL_SLOPE = ClosedForm(inner * eps / (variance + eps), meanings=MEANINGS)
"""d/da of F(LN(a h)) at a = 1, inner = n.grad F(n), n = LN(h)."""

LAYER_SINGULAR = ClosedForm(sp.sqrt(d / spread), meanings=MEANINGS)
"""Every non-zero singular value of LayerNorm's Jacobian, d - 2 of them."""

RMS_SINGULAR = ClosedForm(sp.sqrt(d) / r, meanings=MEANINGS)
"""Every non-zero singular value of RMSNorm's, d - 1 of them."""

_H = sp.Matrix(sp.symbols("h1:4", real=True))
_ONES = sp.ones(3, 1)


def _centred(h: sp.Matrix) -> sp.Matrix:
    return h - _ONES * (sum(h) / 3)


def _layer_norm(h: sp.Matrix) -> sp.Matrix:
    y = _centred(h)
    return sp.sqrt(3) * y / sp.sqrt(y.dot(y))


def _rms_norm(h: sp.Matrix) -> sp.Matrix:
    return sp.sqrt(3) * h / sp.sqrt(h.dot(h))


def _vanishes(matrix: sp.Matrix) -> bool:
    return all(sp.cancel(sp.together(entry)) == 0 for entry in matrix)


def _jacobian(numerator: sp.Matrix) -> tuple[sp.Matrix, sp.Expr]:
    """(J sqrt(q), q) of sqrt(3) y / sqrt(q), q = |y|^2, y the numerator [3]: rational, which SymPy decides fast."""
    q = sp.Symbol("q", positive=True)
    output, square = sp.sqrt(3) * numerator / sp.sqrt(q), numerator.dot(numerator)
    total = output.jacobian(_H) + output.diff(q) * sp.Matrix([square]).jacobian(_H)
    return (total * sp.sqrt(q)).applyfunc(sp.expand).subs(q, square), square


_POINT = dict(zip(_H, (1, 2, sp.Rational(-1, 2)), strict=True))


def _layer_jacobian() -> bool:
    """J h = J 1 = 0 and J'J = (3 / |y|^2) (P - y y' / |y|^2), in three dimensions; rank 1 at a point."""
    y = _centred(_H)
    scaled, square = _jacobian(y)
    projector = sp.eye(3) - _ONES * _ONES.T / 3 - y * y.T / square
    flat = _vanishes(scaled * _H) and _vanishes(scaled * _ONES)
    return flat and _vanishes(scaled.T * scaled - 3 * projector) and scaled.subs(_POINT).rank() == 1


def _rms_jacobian() -> bool:
    """J h = 0 and J'J = (3 / r^2) (I - h h' / r^2), in three dimensions; rank 2 at a point."""
    scaled, square = _jacobian(_H)
    projector = sp.eye(3) - _H * _H.T / square
    return _vanishes(scaled * _H) and _vanishes(scaled.T * scaled - 3 * projector) and scaled.subs(_POINT).rank() == 2


def _scales_away() -> bool:
    a = sp.Symbol("a", positive=True)
    scaled = {h: a * h for h in _H}
    outputs = [_layer_norm(_H), _rms_norm(_H)]
    return all(sp.simplify(x.subs(scaled, simultaneous=True) - x) == 0 for output in outputs for x in output[:1])


def _overlap_is_none() -> bool:
    """h lies in the span of 1 and Ph, which P - w w' takes to 0."""
    y = _centred(_H)
    projector = sp.eye(3) - _ONES * _ONES.T / 3 - y * y.T / y.dot(y)
    return _vanishes(projector * _H)


def scale_invariance() -> Derivation:
    """Both norms forget a positive factor."""
    a, s = sp.symbols("a s", positive=True)
    return Derivation(
        "scale-invariance",
        "A norm layer with eps = 0 sees the direction alone",
        "reconstructed",
        (
            Step("scaled", a * s / sp.sqrt(a**2 * s**2), "a coordinate over the root mean square, both times a"),
            Step("a cancels", sp.Integer(1), "for a > 0; for a < 0 the sign changes"),
            Step(
                "both norms",
                sp.Integer(1),
                "LayerNorm centres first, which commutes with a",
                check=exactly(lambda form: _scales_away(), "proved in 3 dimensions"),
            ),
        ),
    )


def layer_norm_step() -> Derivation:
    """LayerNorm's mean squared response to a random orthogonal direction."""
    overlap = sp.Symbol("overlap", real=True)
    return Derivation(
        "layer-norm-step",
        "Energy that LayerNorm passes of a unit step across the state",
        "reconstructed",
        (
            Step(
                "isotropy",
                d / spread * ((d - 1) - 1 - overlap) / (d - 1),
                "J'J = (d / spread) (P - w w'), w = Ph/|Ph|, of trace d - 2; E v v' = (I - u u') / (d - 1); "
                "overlap = u'(P - w w')u",
                check=exactly(lambda form: _layer_jacobian(), "Jacobian proved in 3 dimensions"),
            ),
            Step(
                "no overlap",
                LAYER_STEP.expression,
                "h = mean 1 + Ph is in the null space",
                check=lambda before, after, points: (
                    substituted({overlap: 0})(before, after, points) if _overlap_is_none() else ""
                ),
            ),
        ),
        LAYER_STEP,
    )


def rms_rotation() -> Derivation:
    """RMSNorm scales a rotation by one factor."""
    moved = sp.Symbol("moved", positive=True)
    return Derivation(
        "rms-rotation",
        "RMSNorm takes a chord of delta to one of sqrt(d) delta / r exactly",
        "reconstructed",
        (
            Step(
                "one factor",
                sp.sqrt(d) / r * moved,
                "|h'| = |h| = r, so that both are divided by the same r / sqrt(d); moved = |h' - h|",
                check=exactly(lambda form: _rms_jacobian(), "Jacobian proved in 3 dimensions"),
            ),
            Step("chord", RMS_SHIFT.expression, "|h' - h| = delta", check=substituted({moved: delta})),
        ),
        RMS_SHIFT,
    )


def radial_slope() -> Derivation:
    """What eps lets through of a change of scale."""
    a, s = sp.symbols("a s", positive=True)
    return Derivation(
        "radial-slope",
        "A norm layer passes the share eps / (variance + eps) of a change of scale",
        "reconstructed",
        (
            Step("output", a * s / sp.sqrt(a**2 * s**2 + eps), "the norm of LN(a h), over sqrt(d); s^2 = variance"),
            Step(
                "relative slope",
                eps / (s**2 + eps),
                "its logarithm's derivative at a = 1; direction does not change",
                check=derived(lambda output: sp.diff(sp.log(output), a).subs(a, 1)),
            ),
            Step(
                "chain rule",
                RADIAL_SLOPE.expression,
                "d LN = n times that, and F changes by grad F . d LN",
                check=derived(lambda share: inner * share.subs(s, sp.sqrt(variance))),
            ),
        ),
        RADIAL_SLOPE,
    )
