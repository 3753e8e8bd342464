"""What one scalar can recover: the error removed by the best temperature, out of that removed by the best
M11.

Reconstructed. For mu_x = 0 the error is a parabola in M11 with inner product <P, Q> = Tr(A P^T F1 Q), and
the best temperature projects the optimal matrix M* onto the line of M11: the recovered fraction is cos^2 of
their angle.
"""

import numpy as np
import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import (
    Derivation,
    Step,
    abstracted,
    agreeing,
    derived,
    differentiated,
    integers,
    positive_definite,
    solved,
    substituted,
)
from corollary.theory.icl_temperature.masked import COUNTS, MASKED
from corollary.theory.icl_temperature.pretraining import F1, POPULATION_M11, SECOND_MOMENT_READ, M_opt
from corollary.theory.icl_temperature.symbols import (
    M11,
    MEANINGS,
    READOUT,
    SECOND_MOMENTS,
    A,
    B,
    B_p,
    Sigma_x,
    d,
    n,
    nu,
    sigma,
    tau,
    v22,
)

Sigma_train = sp.MatrixSymbol("Sigma_train", d, d)
inner_MM, inner_MO, inner_OO = sp.symbols("inner_MM inner_MO inner_OO", positive=True)

INNER_PRODUCTS = (
    *SECOND_MOMENTS[:1],
    *COUNTS,
    *READOUT,
    SECOND_MOMENT_READ,
    (M_opt, POPULATION_M11.expression),
    (inner_MM, sp.Trace(A * M11.T * F1 * M11)),
    (inner_MO, sp.Trace(A * M11.T * F1 * M_opt)),
    (inner_OO, sp.Trace(A * M_opt.T * F1 * M_opt)),
)
"""<M11, M11>, <M11, M*> and <M*, M*> in the masked model at mu_x = 0."""

RECOVERED_FRACTION = ClosedForm(inner_MO**2 / (inner_MM * inner_OO), INNER_PRODUCTS, meanings=MEANINGS)
"""cos^2 of the angle between M11 and M*: 1 exactly when M11 is proportional to M*."""

AT_INFINITY = sp.Trace(A * B) + sp.Trace(B_p * Sigma_x) / n + sigma**2 * (1 + v22**2 / n)
"""g0 of the masked model at mu_x = 0."""

BEST_ERROR = ClosedForm(AT_INFINITY - nu / n * inner_OO, (*SECOND_MOMENTS[1:], *INNER_PRODUCTS), meanings=MEANINGS)
"""min over all M11 of the masked error at mu_x = 0 and given v21, v22."""

INFINITE_CONTEXT = {
    "error": ClosedForm(
        sp.Trace(
            Sigma_x
            * (sp.Identity(d) - sp.Inverse(Sigma_train) * Sigma_x / tau)
            * (sp.Identity(d) - Sigma_x * sp.Inverse(Sigma_train) / tau)
        ),
        meanings=MEANINGS,
    ),
    "optimal_temperature": ClosedForm(
        sp.Trace(Sigma_x * sp.Inverse(Sigma_train) * Sigma_x**2 * sp.Inverse(Sigma_train))
        / sp.Trace(Sigma_x * sp.Inverse(Sigma_train) * Sigma_x),
        meanings=MEANINGS,
    ),
}
"""l -> oo, Sigma_w = I, no noise, v22 M11 = Sigma_train^{-1}: input shift persists when the context is unlimited."""


def recovered_fraction() -> Derivation:
    """The best temperature recovers the fraction cos^2 of what the best matrix would."""
    c, best, cos2 = sp.Symbol("c", positive=True), sp.Symbol("G_star", positive=True), sp.Symbol("cos2", positive=True)
    start = sp.Symbol("g0", positive=True)
    parabola = start - c * (2 * inner_MO / tau - inner_MM / tau**2)
    named = (*SECOND_MOMENTS[1:], *INNER_PRODUCTS, (start, AT_INFINITY), (c, nu / n))
    steps = (
        Step(
            "inner products",
            parabola,
            "<P, Q> = Tr(A P^T F1 Q); S H = F1 M* makes g1 and g2 two of them",
            agreeing(MASKED.error),
            where=named,
        ),
        Step("parabola", parabola, "in the temperature, at given inner products", abstracted),
        Step("slope", 2 * c * (inner_MO / tau**2 - inner_MM / tau**3), "differentiate", differentiated(tau)),
        Step("optimum", inner_MM / inner_MO, "the only stationary point", solved(tau)),
        Step(
            "minimum",
            start - c * inner_MO**2 / inner_MM,
            "the error there",
            substituted({tau: inner_MM / inner_MO}),
            follows="parabola",
        ),
        Step(
            "gap",
            best + c * inner_OO * (1 - cos2),
            "G* = g0 - c <M*, M*> is the least over all matrices (Cauchy-Schwarz); cos^2 is the share recovered",
            derived(
                lambda form: form.subs({start: best + c * inner_OO, inner_MO: sp.sqrt(cos2 * inner_MM * inner_OO)})
            ),
        ),
        Step(
            "recovered fraction",
            cos2,
            "the share of c <M*, M*> that the best temperature removes",
            derived(lambda form: sp.expand((best + c * inner_OO - form) / (c * inner_OO))),
        ),
    )
    zero = {"mu_x": lambda source, shape: np.zeros(shape, dtype=int)}
    return Derivation(
        "recovered_fraction",
        "One scalar recovers the squared cosine between M11 and the best matrix.",
        "reconstructed",
        steps,
        domain={"Sigma_x": positive_definite, "Sigma_w": positive_definite, "l": integers(3, 9), **zero},
    )
