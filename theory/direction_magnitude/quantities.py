"""What can be evaluated by name: `corollary evaluate direction-magnitude/<quantity> name=value ...`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from corollary import Argument, ClosedForm, Quantity
from corollary.formulas.quantity import Domain, finite, integer, interval, nonnegative, numbers, positive, rows, simplex
from corollary.theory.direction_magnitude import (
    conversion,
    damage,
    divergence,
    effect_size,
    geometry,
    injections,
    minimal_pairs,
    norms,
    notebook_noise,
    repair,
)

PAPER, OURS = "arXiv 2602.11169", "reconstructed"


def _state(value: Any) -> np.ndarray:
    found = np.asarray(numbers("d").check(value), dtype=float)
    if found.size < 3 or not np.linalg.norm(found) > 0:
        raise ValueError(f"it has {found.size} entries and norm {np.linalg.norm(found):g}")
    return found


STATE_DOMAIN = Domain("a vector of at least 3 numbers, not all 0", _state, ("d",))
NORM = Argument("r", "norm of the hidden state", positive)
DELTA = Argument("delta", "displacement |h' - h|", nonnegative)
DIMENSION = Argument("d", "dimension of the hidden state", integer(3))
STATE = Argument("h", "hidden state", STATE_DOMAIN)
SLOPE = Argument("slope", "derivative of the damage along the state's direction", finite)
CURVATURE = Argument("curvature", "second derivative along it", finite)
TRACE = Argument("trace", "the Hessian's trace across it", finite)
LAYERS = Argument("m", "perturbed layers", integer(1))
KAPPA = Argument("kappa", "noise mixed in, in units of the state's norm", positive)
COSINE = Argument("c", "cosine of noise and state", interval(-1, 1, "both"), 0.0)


def _within_reach(form: ClosedForm) -> Any:
    """The form, for displacements of at most twice the norm."""

    def value(r: Any, delta: Any, digits: int | None = None, **others: Any) -> Any:
        if delta > 2 * r:
            raise ValueError(f"delta = {float(delta):g}: must be at most 2 r = {2 * float(r):g}, the way to -h")
        return form.value(digits, r=r, delta=delta, **others)

    return value


def _layer_step(h: np.ndarray) -> float:
    spread = float(np.sum((h - h.mean()) ** 2))
    if not spread > 0:
        raise ValueError("h is constant; allowed: a state that LayerNorm can normalise")
    return norms.LAYER_STEP(d=len(h), spread=spread)


def _radial_slope(h: np.ndarray, gradient: np.ndarray, eps: float) -> float:
    variance = float(np.var(h))
    return norms.RADIAL_SLOPE(
        inner=float(gradient @ (h - h.mean())) / math.sqrt(variance + eps), variance=variance, eps=eps
    )


def _tilt(h: np.ndarray, w: np.ndarray) -> float:
    return conversion.sine_between(h, w) / float(np.linalg.norm(h + w))


def _conversion_ratio(h: np.ndarray, w: np.ndarray) -> float:
    sine = conversion.sine_between(h, w)
    return conversion.RATIO(sine=sine, d=len(h)) if sine > 0 else math.inf


def _quadratic(part: int) -> Any:
    return lambda h, a, B, delta: damage.exact_quadratic(h, a, B, delta)[part]


def _infinite(value: Any) -> str | None:
    return "radial damage vanishes to second order" if math.isinf(value) else None


def _ratio(d: int, r: float, slope: float, curvature: float, trace: float) -> float:
    return damage.RATIO(d=d, r=r, slope=slope, curvature=curvature, trace=trace) if curvature else math.inf


GRADIENT = Argument("gradient", "of what reads the norm's output, at it", numbers("d"))
WRITE = Argument("w", "what the rest of the network adds", numbers("d"))
QUADRATIC = (
    STATE,
    Argument("a", "linear part of f = a.h + h'Bh/2", numbers("d")),
    Argument("B", "quadratic part", rows("d", "d")),
    DELTA,
)

QUANTITIES = {
    "angle": Quantity(
        function=_within_reach(geometry.ANGLE),
        arguments=(NORM, DELTA),
        source=f"{PAPER}, perturbations",
        multiprecise=True,
    ),
    "side": Quantity(function=_within_reach(geometry.SIDE), arguments=(NORM, DELTA), source=OURS, multiprecise=True),
    "drop": Quantity(function=_within_reach(geometry.DROP), arguments=(NORM, DELTA), source=OURS, multiprecise=True),
    "notebook-displacement": Quantity(
        function=notebook_noise.DISPLACEMENT, arguments=(NORM, KAPPA, COSINE), source=OURS
    ),
    "notebook-most": Quantity(function=notebook_noise.MOST, arguments=(NORM,), source=OURS),
    "ordinary-displacement": Quantity(
        function=notebook_noise.ORDINARY,
        arguments=(
            DELTA,
            Argument("T", "tokens of the sequence", integer(1)),
            Argument("R", "norm of the first token over the others'", positive),
        ),
        source=OURS,
    ),
    "rms-shift": Quantity(function=norms.RMS_SHIFT, arguments=(NORM, DELTA, DIMENSION), source=OURS),
    "layer-norm-step": Quantity(function=_layer_step, arguments=(STATE,), source=OURS),
    "radial-slope": Quantity(
        function=_radial_slope,
        arguments=(STATE, GRADIENT, Argument("eps", "the norm layer's constant", positive, 1e-5)),
        source=OURS,
    ),
    "angular-damage": Quantity(
        function=damage.ANGULAR, arguments=(DIMENSION, NORM, DELTA, SLOPE, CURVATURE, TRACE), source=OURS
    ),
    "radial-damage": Quantity(function=damage.RADIAL, arguments=(DELTA, CURVATURE), source=OURS),
    "damage-ratio": Quantity(
        function=_ratio, arguments=(DIMENSION, NORM, SLOPE, CURVATURE, TRACE), source=OURS, remark=_infinite
    ),
    "quadratic-angular": Quantity(function=_quadratic(0), arguments=QUADRATIC, source=OURS),
    "quadratic-radial": Quantity(function=_quadratic(1), arguments=QUADRATIC, source=OURS),
    "divergence-ratio": Quantity(
        function=lambda p, J, h: divergence.ratio(p, J, h),
        arguments=(
            Argument("p", "clean next-token probabilities", simplex("V")),
            Argument("J", "Jacobian of the logits", rows("V", "d")),
            STATE,
        ),
        source=OURS,
        remark=_infinite,
    ),
    "tilt": Quantity(function=_tilt, arguments=(STATE, WRITE), source=OURS),
    "conversion-ratio": Quantity(function=_conversion_ratio, arguments=(STATE, WRITE), source=OURS, remark=_infinite),
    "coherent-displacement": Quantity(function=injections.COHERENT, arguments=(LAYERS, DELTA), source=OURS),
    "incoherent-displacement": Quantity(function=injections.INCOHERENT, arguments=(LAYERS, DELTA), source=OURS),
    "walk": Quantity(
        function=injections.WALK,
        arguments=(LAYERS, Argument("delta", "displacement a layer", positive, 1.0)),
        source=OURS,
    ),
    "pair-accuracy": Quantity(
        function=minimal_pairs.ACCURACY,
        arguments=(
            Argument("mu", "mean margin of the pairs", finite),
            Argument("tau", "spread of the margin over pairs", positive),
            Argument("sigma", "spread of each member's noise", nonnegative),
            Argument("rho", "correlation of the members' noise", interval(-1, 1, "both"), 0.0),
        ),
        source=OURS,
    ),
    "seed-effect": Quantity(
        function=effect_size.SEED_EFFECT,
        arguments=(
            Argument("gap", "mean difference between the conditions", positive),
            Argument("sigma", "spread of the noise in one sentence's difference", positive),
            Argument("n", "sentences", integer(1)),
            Argument("k", "seeds of the noise", integer(2), 5),
        ),
        source=OURS,
    ),
    "recovery": Quantity(
        function=repair.RECOVERY,
        arguments=(
            Argument("base", "loss of the clean run", finite),
            Argument("unrepaired", "loss of the perturbed run", finite),
            Argument("repaired", "loss after the repair", finite),
        ),
        source=OURS,
    ),
}
