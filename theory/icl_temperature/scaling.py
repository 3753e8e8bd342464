"""The exact scaling law: temperature undoes a change of the data's scale (reconstructed).

For every attention of this form, linearised or true softmax, prompt by prompt:
yhat(sqrt(c) X, sqrt(c) y; c tau) = sqrt(c) yhat(X, y; tau). So G scales by c and tau_opt by exactly c when
Sigma_x, mu_x mu_x^T and sigma^2 do.
"""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, agreeing, integers, positive_definite, stated, substituted
from corollary.theory.icl_temperature.error_polynomial import Coefficients
from corollary.theory.icl_temperature.literal import LITERAL
from corollary.theory.icl_temperature.symbols import M11, MEANINGS, Sigma_x, d, m21, mu_x, sigma, tau

c = sp.Symbol("c", positive=True)
x, query = sp.MatrixSymbol("x", d, 1), sp.MatrixSymbol("q", d, 1)
y = sp.Symbol("y", real=True)
scores, values = sp.symbols("s1:4", real=True), sp.symbols("v1:4", real=True)
target = sp.Symbol("y_l", real=True)


def rescaled(form: ClosedForm) -> ClosedForm:
    """A form at Sigma_x -> c Sigma_x, mu_x -> sqrt(c) mu_x, sigma -> sqrt(c) sigma, tau -> c tau."""
    change = {Sigma_x: c * Sigma_x, mu_x: sp.sqrt(c) * mu_x, sigma: sp.sqrt(c) * sigma, tau: c * tau}
    definitions = tuple((symbol, line.xreplace(change)) for symbol, line in form.definitions)
    return ClosedForm(form.expression.xreplace(change), definitions, meanings=MEANINGS)


def scaling_law(model: Coefficients = LITERAL) -> Derivation:
    """Scores scale by c, so weights at c tau are unchanged; predictions scale by sqrt(c), errors by c."""
    score = sp.Trace(x.T * M11 * query) + y * sp.Trace(m21.T * query)
    root = sp.sqrt(c)
    scaled = sp.Trace((root * x).T * M11 * (root * query)) + root * y * sp.Trace(m21.T * (root * query))
    weights = [sp.exp(s / tau) for s in scores]
    prediction = sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)
    up = {tau: c * tau, **{s: c * s for s in scores}, **{v: sp.sqrt(c) * v for v in values}}
    definitions = model.error.definitions
    steps = (
        Step("score", score, "of a key (x, y) for a query q"),
        Step("scaled score", c * score, "x, y and q times sqrt(c)", agreeing(ClosedForm(scaled))),
        Step("prediction", prediction, "softmax over three keys", stated),
        Step(
            "scaled prediction",
            sp.sqrt(c) * prediction,
            "scores times c, values times sqrt(c), at c tau",
            substituted(up),
        ),
        Step("squared error", (target - prediction) ** 2, "before scaling", stated),
        Step(
            "scaled squared error",
            c * (target - prediction) ** 2,
            "and the label times sqrt(c)",
            substituted({**up, target: sp.sqrt(c) * target}),
        ),
        Step(
            "error",
            c * model.error.expression,
            "so the closed form at scaled moments and c tau is c times itself",
            agreeing(rescaled(model.error)),
            symbol=sp.Symbol("G_c"),
        ),
    )
    return Derivation(
        "scaling_law",
        "Input scale and temperature are one parameter: tau_opt scales exactly with the inputs.",
        "reconstructed",
        steps,
        None,
        definitions,
        domain={"Sigma_x": positive_definite, "Sigma_w": positive_definite, "l": integers(3, 9)},
    )
