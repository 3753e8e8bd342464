"""The optimal temperature, by differentiating the error (arXiv 2511.01292, Theorem 4.3; exact for every model)."""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import (
    Derivation,
    Step,
    agreeing,
    derived,
    differentiated,
    limit,
    positive,
    solved,
    substituted,
)
from corollary.theory.icl_temperature.error_polynomial import ERROR, MINIMUM, OPTIMUM
from corollary.theory.icl_temperature.isotropic import ISOTROPIC, PRETRAINED, inlined
from corollary.theory.icl_temperature.symbols import MEANINGS, a, b, d, g0, g1, g2, kappa, l, m, sigma, tau, v

G, tau_opt, G_min = sp.Symbol("G"), sp.Symbol("tau_opt"), sp.Symbol("G_min")
X = sp.Symbol("X", positive=True)


def optimal_temperature() -> Derivation:
    """tau_opt = g2 / g1 for any parameters, where the cross moment g1 is positive."""
    steps = (
        *_chain(),
        Step(
            "no better at infinity",
            g0,
            "uniform weights are the limit, and G_min = g0 - g1^2/g2 lies below",
            limit(tau, sp.oo),
            follows="error",
        ),
        Step("optimum", OPTIMUM, "the stationary point is the minimum", follows="stationary point", symbol=tau_opt),
    )
    return Derivation(
        "optimal_temperature",
        "The error is a parabola in 1/tau with one minimiser.",
        "arXiv 2511.01292, Theorem 4.3",
        steps,
        ClosedForm(OPTIMUM, meanings=MEANINGS),
    )


def minimum_error() -> Derivation:
    """G_min = g0 - g1^2 / g2, and what tuning gains over temperature 1."""
    steps = (
        *_chain(),
        Step(
            "gain",
            (g2 - g1) ** 2 / g2,
            "the error at temperature 1 less the least one",
            derived(lambda error: error.subs(tau, 1) - error.subs(tau, g2 / g1)),
            follows="error",
        ),
        Step(
            "minimum",
            MINIMUM,
            "the error at the optimal temperature",
            substituted({tau: g2 / g1}),
            follows="error",
            symbol=G_min,
        ),
    )
    return Derivation(
        "minimum_error",
        "The best temperature removes g1^2 / g2 from the error.",
        "arXiv 2511.01292, Theorem 4.3",
        steps,
        ClosedForm(MINIMUM, meanings=MEANINGS),
    )


def optimal_temperature_isotropic() -> Derivation:
    """The high-dimensional optimum under isotropic shift, kappa = m v left by pretraining."""
    Y = a * b * d + sigma**2
    error = (kappa / tau) ** 2 * a**2 * d * (a * b + Y / l) - 2 * kappa / tau * a**2 * b * d + Y
    optimum = kappa * (a * (1 + d / l) + sigma**2 / (b * l))
    noise = d / l + sigma**2 / (a * b * l)
    minimum = sigma**2 + a * b * d * noise / (1 + noise)
    pretrained = optimum.subs(kappa, PRETRAINED["constructed"])
    steps = (
        Step("error", error, "the high-dimensional error at M11 = d kappa I, v22 = 1/d", agreeing(_scaled()), symbol=G),
        Step("slope", sp.diff(error, tau), "differentiate in tau", differentiated(tau)),
        Step("optimum", optimum, "the only positive stationary point", solved(tau), symbol=tau_opt),
        Step(
            "minimum",
            minimum,
            "the error there, X = d/l + sigma^2/(a b l)",
            substituted({tau: optimum}),
            follows="error",
            symbol=G_min,
        ),
        Step(
            "pretraining",
            pretrained,
            "kappa = 1 / (1 + sigma_train^2 / l): Prop. 4.4's parameters",
            substituted({kappa: PRETRAINED["constructed"]}),
            follows="optimum",
            symbol=tau_opt,
        ),
    )
    return Derivation(
        "optimal_temperature_isotropic",
        "Input scale, label noise and short context raise the optimal temperature.",
        "arXiv 2511.01292, Theorem 4.3 (isotropic form reconstructed)",
        steps,
        ClosedForm(pretrained, meanings={**MEANINGS, "sigma_train": "label noise in pretraining"}),
    )


def _scaled() -> ClosedForm:
    stated = ISOTROPIC["high-dimensional"]
    g = [inlined(stated, index).subs({m: d * kappa, v: 1 / d}, simultaneous=True) for index in range(3)]
    return ClosedForm(g[0] - 2 * g[1] / tau + g[2] / tau**2)


def _chain() -> tuple[Step, ...]:
    return (
        Step("error", ERROR, "prediction b + q/tau: expand the square", symbol=G),
        Step("slope", 2 * g1 / tau**2 - 2 * g2 / tau**3, "differentiate in tau", differentiated(tau)),
        Step("stationary point", g2 / g1, "the only one, for g1 > 0", solved(tau)),
        Step(
            "curvature",
            2 * g1**4 / g2**3,
            "the second derivative there is positive: a minimum",
            positive(derived(lambda error: sp.diff(error, tau, 2).subs(tau, g2 / g1))),
            follows="error",
        ),
    )
