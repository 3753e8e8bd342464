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

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, equal, stated, substituted

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

TRAP = ClosedForm(
    sp.erf(HALF_NORMAL * c_v * sp.sqrt(n / lam) / sp.sqrt(2)) / 2,
    meanings={"c_v": "eta_v sqrt(n)", "lam": "n times the variance of v_0", "n": "width"},
)
"""Probability that signSGD with 0 < A_0 < 1 circles with period two for ever, up to O(1 / n)."""


def trajectory(
    u: Any, v_0: Any, alpha_0: float, eta_alpha: float, eta_v: float, f_0: float, y: float, optimizer: str, steps: int
) -> np.ndarray:
    """f of the states 0..steps from the two-number recursion, for arrays u and v_0 [n]. optimizer: "sign" or "sgd"."""
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


def tangent(u: Any, v_0: Any, alpha_0: float, eta_alpha: float, eta_v: float) -> float:
    """K: near a minimum an SGD step multiplies chi by 1 - K, so that it is stable exactly below 2."""
    u, n = np.asarray(u), len(u)
    return eta_v * alpha_0**2 * float(u @ u) / n**2 + eta_alpha * (float(u @ np.asarray(v_0)) / n) ** 2


def invariant_drift(u: Any, v_0: Any, alpha_0: float, eta_alpha: float, eta_v: float, y: float) -> float:
    """Change of alpha^2 / eta_alpha - |v|^2 / eta_v over one SGD step from f_0 = 0; gradient flow conserves it."""
    u, n = np.asarray(u), len(u)
    overlap = float(u @ np.asarray(v_0)) / n
    return (alpha_0 * overlap - y) ** 2 * (eta_alpha * overlap**2 - eta_v * alpha_0**2 * float(u @ u) / n**2)


def escape_slope(step: float, error: float) -> float:
    """Steps per ln n that SGD needs to leave alpha_0 = 0: P = A + M grows by 1 + Pi |chi| a step from n^-1/2."""
    return 1 / (2 * math.log1p(step * error))


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


def trap() -> Derivation:
    """signSGD from 0 < A < 1 and -c1 < M < 0 is back after two steps; how likely that start is."""
    x, w = sp.symbols("x w", positive=True)
    start = {A: x / (1 + x), M: -c1 * w / (1 + w)}
    once = A + sp.sign(M), M + c1 * sp.sign(A)
    twice = once[0] + sp.sign(once[1]), once[1] + c1 * sp.sign(once[0])
    spread, z = sp.Symbol("s", positive=True), sp.Symbol("z", real=True)
    density = sp.exp(-(z**2) / (2 * spread**2)) / sp.sqrt(2 * sp.pi * spread**2)
    likely = sp.erf(c1 / (sp.sqrt(2) * spread)) / 2
    return Derivation(
        "trap",
        "signSGD with 0 < A_0 < 1 circles for ever with a probability near one half",
        "reconstructed",
        (
            Step(
                "two steps of A", twice[0].subs(start, simultaneous=True), "0 < A < 1 and -c1 < M < 0, below the target"
            ),
            Step("A is back", start[A], "the signs of M, then of M + c1, cancel"),
            Step("two steps of M", twice[1].subs(start, simultaneous=True), "the same for M", stated),
            Step("M is back", start[M], "it rises above 0 and falls back"),
            Step("start", density, "M_0 is normal with variance s^2 = lam / (n c_v^2)", stated),
            Step(
                "probability", likely, "integrate over -c1 < M_0 < 0", derived(lambda f: sp.integrate(f, (z, -c1, 0)))
            ),
            Step(
                "in the paper's scaling",
                TRAP.expression,
                "c1 = sqrt(2 / pi)",
                substituted({c1: HALF_NORMAL, spread: sp.sqrt(lam / n) / c_v}),
            ),
        ),
        TRAP,
    )


def stability() -> Derivation:
    """What an SGD step makes of a small error near a minimum."""
    alpha, eps = sp.symbols("alpha eps", positive=True)
    ea, ev, c2, y, f0 = sp.symbols("eta_alpha eta_v c2 y f_0", positive=True)
    m = (y + eps - f0) / alpha
    after = f0 + (alpha - ea * eps * m) * (m - ev * eps * alpha * c2 / n) - y
    rate = 1 - ev * alpha**2 * c2 / n - ea * (y - f0) ** 2 / alpha**2
    return Derivation(
        "stability",
        "near a minimum SGD multiplies the error by 1 - eta_v alpha^2 c2 / n - eta_alpha m^2",
        "reconstructed",
        (
            Step("one step", after, "both move along the gradient at error eps"),
            Step(
                "multiplier",
                rate,
                "coefficient of eps at eps = 0; m = (y - f_0) / alpha there",
                derived(lambda f: sp.expand(sp.diff(f, eps).subs(eps, 0))),
            ),
        ),
        ClosedForm(rate),
    )


def invariant() -> Derivation:
    """alpha^2 / eta_alpha - |v|^2 / eta_v drifts only by what is second order in the step."""
    alpha, m = sp.symbols("alpha m", real=True)
    norm = sp.Symbol("v2", positive=True)
    ea, ev, c2 = sp.symbols("eta_alpha eta_v c2", positive=True)
    moved = (alpha - ea * chi * m) ** 2 / ea - (
        norm - 2 * ev * alpha * chi * m + ev**2 * alpha**2 * chi**2 * c2 / n
    ) / ev
    drift = chi**2 * (ea * m**2 - ev * alpha**2 * c2 / n)
    return Derivation(
        "invariant",
        "what gradient flow conserves drifts by chi^2 (eta_alpha m^2 - eta_v alpha^2 c2 / n) a step",
        "reconstructed",
        (
            Step("after a step", moved, "|v|^2 changes by 2 v.dv + |dv|^2, with v.dv = -eta_v alpha chi m"),
            Step(
                "drift",
                drift,
                "less its value before; the first order cancels",
                derived(lambda f: sp.expand(f - alpha**2 / ea + norm / ev)),
            ),
        ),
        ClosedForm(drift),
    )
