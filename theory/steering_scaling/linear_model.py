"""Steering under a linear readout, solved: f = f_0 + alpha m with m = u.v / n, and L = (f - y)^2 / 2.

Only the product of the learning rates and two ratios are left of width, factor and direction:

| symbol | signSGD | SGD |
|---|---|---|
| A | alpha / eta_alpha | alpha / sqrt(eta_alpha) |
| M | m / eta_v | m / sqrt(eta_v c2 / n) |
| Pi | eta_alpha eta_v | sqrt(eta_alpha eta_v c2 / n) |

chi = f - y, c1 = sum |u_i| / n, about sqrt(2 / pi), and c2 = |u|^2 / n, about 1. All of it is reconstructed.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import sympy as sp
from scipy.special import ndtri

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, equal, substituted

A, M, chi, e, Pi = sp.symbols("A M chi e Pi", real=True)
A0, beta, c_a, c_v, lam, c1 = sp.symbols("A_0 beta c_a c_v lam c1", positive=True)
n, t = sp.symbols("n t", positive=True, integer=True)
HALF_NORMAL = sp.sqrt(2 / sp.pi)

OUTPUT = ClosedForm(
    Pi * c1 * t * (A0 + e + t - 1),
    meanings={
        "Pi": "c_a c_v",
        "c1": "mean |u_i|",
        "t": "steps taken",
        "A_0": "alpha_0 / eta_alpha, above 1",
        "e": "the factor's first move, +1 or -1",
    },
)
"""f_t - f_0 of signSGD at infinite width, until f reaches y."""

_start = HALF_NORMAL * sp.sqrt(lam / n) / c_v
MEAN_OUTPUT = ClosedForm(c_a * c_v * (t * HALF_NORMAL * (beta / c_a + t - 1) + _start))
MEAN_SIGNED_OUTPUT = ClosedForm(c_a * c_v * (t * HALF_NORMAL + (beta / c_a + t - 1) * _start))
"""E[f_t] - f_0 and E[e (f_t - f_0)] of signSGD at width n in the paper's scaling, where M_0 = O(n^-1/2) adds to what
`OUTPUT` says; right up to a factor 1 + O(1 / n) in that addition while |M_0| < c1."""

m, alpha, eta_alpha, eta_v, c2, steps = sp.symbols("m alpha eta_alpha eta_v c2 steps", positive=True)
MULTIPLIER = ClosedForm((1 - eta_v * alpha**2 * c2 / n - eta_alpha * m**2) ** steps)
"""What `steps` steps of SGD near a minimum multiply a small chi by; 1 - K at a time, so that it grows where K > 2."""

DRIFT = ClosedForm(chi**2 * (eta_alpha * m**2 - eta_v * alpha**2 * c2 / n))
"""Change of alpha^2 / eta_alpha - |v|^2 / eta_v over an SGD step; gradient flow conserves it."""

step, error, y, share = sp.symbols("step error y share", positive=True)
ESCAPE_SLOPE = ClosedForm(
    1 / (2 * sp.log(1 + step * error)), meanings={"step": "sqrt(eta_alpha eta_v c2 / n)", "error": "|f_0 - y|"}
)
"""Steps per ln n that SGD needs to leave alpha_0 = 0: P = A + M grows by 1 + Pi |chi| a step from n^-1/2."""

ESCAPE = ClosedForm((sp.log(4 * share * y * n) + sp.EulerGamma + sp.log(2)) * ESCAPE_SLOPE.expression.subs(error, y))
"""Expected steps until f - f_0 passes a small `share` of y - f_0 = y: f = Pi P^2 / 4 grows from (u.v_0 / n)^2 / 4,
whose mean logarithm is -ln(4 n) - EulerGamma - ln 2."""


def trajectory(
    u: Any, v_0: Any, alpha_0: float, eta_alpha: float, eta_v: float, f_0: float, y: float, optimizer: str, steps: int
) -> np.ndarray:
    """f of the states 0..steps from the two-number recursion, for arrays u and v_0 [n]. optimizer: "sign" or "sgd".

    Raises ValueError on another optimizer.
    """
    if optimizer not in ("sign", "sgd"):
        raise ValueError(f"optimizer = {optimizer!r}: must be one of sign, sgd")
    u, v_0 = np.asarray(u), np.asarray(v_0)
    if optimizer == "sign":
        scale_a, scale_m, move = eta_alpha, eta_v, float(np.abs(u).mean())
    else:
        scale_a, scale_m, move = math.sqrt(eta_alpha), math.sqrt(eta_v * (u @ u) / len(u) ** 2), 1.0
    first, second, product = alpha_0 / scale_a, float(u @ v_0) / len(u) / scale_m, scale_a * scale_m
    path = [f_0 + product * first * second]
    for _ in range(steps):
        error = path[-1] - y
        if optimizer == "sign":
            first, second = first - np.sign(error * second), second - move * np.sign(error * first)
        else:
            first, second = first - product * error * second, second - product * error * first
        path.append(f_0 + product * first * second)
    return np.array(path)


def mean_deviation(n: int, beta: float, lam: float, c_a: float, c_v: float, steps: int) -> float:
    """E max_{t <= steps} |f_t - `OUTPUT`| of signSGD at large width n, below the target, in the paper's scaling.

    At step t, f_t deviates by Pi (A_0 + e + t - 1) (M_0 + t delta): M_0 = N(0, lam / n) / c_v has the sign e, and c1
    of width n fluctuates by delta = N(0, (1 - 2 / pi) / n).
    """
    quantiles = ndtri((np.arange(2000) + 0.5) / 2000)
    start, slope = (math.sqrt(lam) / c_v * quantiles)[:, None], math.sqrt(1 - 2 / math.pi) * quantiles
    sizes = [(beta / c_a + np.sign(start) + t - 1) * np.abs(start + t * slope) for t in range(1, steps + 1)]
    return float(c_a * c_v * np.mean(np.max(sizes, axis=0)) / math.sqrt(n))


def reduction() -> Derivation:
    """SGD moves m by the same rule as alpha, whatever the width."""
    size = sp.Symbol("n", positive=True, integer=True)
    u, v = sp.MatrixSymbol("u", size, 1), sp.MatrixSymbol("v", size, 1)
    alpha, rate = sp.Symbol("alpha", real=True), sp.Symbol("eta_v", positive=True)
    stepped = sp.trace(u.T * (v - rate * alpha * chi / size * u)) / size
    plain = sp.trace(u.T * v) / size - rate * alpha * chi * sp.trace(u.T * u) / size**2
    return Derivation(
        "reduction",
        "one SGD step moves m = u.v / n by -eta_v alpha chi c2 / n",
        "reconstructed",
        (
            Step("step", stepped, "v moves by -eta_v dL/dv = -eta_v alpha chi u / n; take its overlap with u"),
            Step("overlap", plain, "linearity; |u|^2 = n c2"),
        ),
        ClosedForm(plain),
    )


def infinite_width_output() -> Derivation:
    """signSGD's output adds up its increments, once both parameters move steadily."""
    paths = {A: A0 + e + t - 1, M: c1 * t}
    increment = Pi * ((A + 1) * (M + c1) - A * M)

    def adds_up(before: ClosedForm, after: ClosedForm, points: Any) -> str:
        total = after.inlined()
        starts = ClosedForm(total.subs(t, 1)), ClosedForm(Pi * c1 * (A0 + e))
        return equal(ClosedForm(total.subs(t, t + 1) - total), before, points) if equal(*starts, points) else ""

    return Derivation(
        "infinite-width-output",
        "signSGD's output is quadratic in time at infinite width",
        "reconstructed",
        (
            Step("increment", increment, "below the target both parameters grow by a constant, 1 and c1"),
            Step(
                "steady paths", Pi * c1 * (A0 + e + 2 * t), "A_t = A_0 + e + t - 1 and M_t = c1 t", substituted(paths)
            ),
            Step("output", OUTPUT.expression, "adds up the increments from f_1 - f_0 = Pi c1 (A_0 + e) on", adds_up),
        ),
        OUTPUT,
    )


def stability() -> Derivation:
    """What an SGD step makes of a small error near a minimum."""
    eps = sp.Symbol("eps", positive=True)
    after = (alpha - eta_alpha * eps * m) * (m - eta_v * eps * alpha * c2 / n) - (alpha * m - eps)
    rate = MULTIPLIER.expression.subs(steps, 1)
    return Derivation(
        "stability",
        "near a minimum SGD multiplies the error by 1 - eta_v alpha^2 c2 / n - eta_alpha m^2",
        "reconstructed",
        (
            Step("one step", after, "both move along the gradient at error eps; f_0 + alpha m = y + eps"),
            Step(
                "multiplier",
                rate,
                "coefficient of eps at eps = 0",
                derived(lambda f: sp.expand(sp.diff(f, eps).subs(eps, 0))),
            ),
            Step(
                "several", MULTIPLIER.expression, "K stays what it is while eps is small", derived(lambda f: f**steps)
            ),
        ),
        MULTIPLIER,
    )


def invariant() -> Derivation:
    """alpha^2 / eta_alpha - |v|^2 / eta_v drifts only by what is second order in the step."""
    norm = sp.Symbol("v2", positive=True)
    moved = (alpha - eta_alpha * chi * m) ** 2 / eta_alpha - (
        norm - 2 * eta_v * alpha * chi * m + eta_v**2 * alpha**2 * chi**2 * c2 / n
    ) / eta_v
    return Derivation(
        "invariant",
        "what gradient flow conserves drifts by chi^2 (eta_alpha m^2 - eta_v alpha^2 c2 / n) a step",
        "reconstructed",
        (
            Step("after a step", moved, "|v|^2 changes by 2 v.dv + |dv|^2, with v.dv = -eta_v alpha chi m"),
            Step(
                "drift",
                DRIFT.expression,
                "less its value before; the first order cancels",
                derived(lambda f: sp.expand(f - alpha**2 / eta_alpha + norm / eta_v)),
            ),
        ),
        DRIFT,
    )
