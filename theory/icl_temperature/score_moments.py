"""The optimal temperature from moments of the attention scores, and from demonstrations alone
(reconstructed).

With scores s_i = x_i.M11 x and v21 = 0, the high-dimensional optimum is
v22 (E cov(s, y)^2 + Var(y) Var(s) / l) / E y cov(s, y): no parameter of the distribution appears by itself.
"""

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, agreeing, positive_definite
from corollary.theory.icl_temperature.error_polynomial import Coefficients
from corollary.theory.icl_temperature.high_dimensional import HIGH_DIMENSIONAL
from corollary.theory.icl_temperature.isotropic import ISOTROPIC
from corollary.theory.icl_temperature.masked import MASKED
from corollary.theory.icl_temperature.symbols import (
    M11,
    MEANINGS,
    SECOND_MOMENTS,
    A,
    B,
    Sigma_x,
    a,
    b,
    d,
    l,
    m,
    n,
    sigma,
    v,
    v21,
    v22,
)

cov_squared, cov_label, var_s, var_y, self_score = sp.symbols(
    "cov_squared cov_label var_s var_y self_score", positive=True
)

SCORE_MOMENTS = (
    *SECOND_MOMENTS,
    (cov_squared, sp.Trace(A * M11.T * Sigma_x * B * Sigma_x * M11)),
    (cov_label, sp.Trace(A * M11.T * Sigma_x * B)),
    (var_s, sp.Trace(A * M11.T * Sigma_x * M11)),
    (var_y, sp.Trace(Sigma_x * B) + sigma**2),
    (self_score, sp.Trace(Sigma_x * M11)),
)
"""E cov(s, y)^2 and E y_l cov(s, y) over queries and tasks; variances of a score and of a label; the mean score of a
query for itself less that for another point."""

SCORE_MOMENT_TEMPERATURE = ClosedForm(
    v22 * (cov_squared + var_y * var_s / l) / cov_label, SCORE_MOMENTS, meanings=MEANINGS
)
"""The high-dimensional optimum at v21 = 0, from score and label moments."""

VARIANCE_TO_MEAN = ClosedForm(
    v * var_s / self_score * (1 + (d + sigma**2 / (a * b)) / l),
    ((var_s, m**2 * a**2 * d), (self_score, m * a * d)),
    meanings=MEANINGS,
)
"""Isotropic: the variance of a score over its self-score's mean, times what label noise and short context add."""

LEAVE_ONE_OUT = Coefficients(MASKED.g0, MASKED.g1, MASKED.g2, ((n, l - 2), *MASKED.definitions[1:]))
"""What the leave-one-out estimator targets: each labelled point in turn the query, the other l - 2 the keys."""


def score_moment_temperature() -> Derivation:
    """The high-dimensional optimum in terms of score and label moments; isotropic, a variance-to-mean ratio."""
    at_zero = tuple((symbol, line.subs(v21, sp.ZeroMatrix(d, 1))) for symbol, line in HIGH_DIMENSIONAL.definitions)
    start = ClosedForm(HIGH_DIMENSIONAL.g2 / HIGH_DIMENSIONAL.g1, at_zero)
    isotropic = ISOTROPIC["high-dimensional"].optimal_temperature
    ratio = VARIANCE_TO_MEAN.expression
    steps = (
        Step("optimum", start.expression, "g2 / g1 in high dimensions at v21 = 0", agreeing(start), where=at_zero),
        Step(
            "score moments",
            SCORE_MOMENT_TEMPERATURE.expression,
            "g2 = v22^2 (E cov^2 + Var(y) Var(s) / l) and g1 = v22 E y cov",
            where=SCORE_MOMENTS,
        ),
        Step(
            "isotropic",
            ratio,
            "E cov^2 and E y cov are then proportional to Var(s) and to the self-score",
            agreeing(isotropic),
            where=VARIANCE_TO_MEAN.definitions,
        ),
    )
    return Derivation(
        "score_moment_temperature",
        "The optimum is a ratio of score moments, plus what label noise adds.",
        "reconstructed; arXiv 2511.01292 relates them without the formula",
        steps,
        domain={"Sigma_x": positive_definite, "Sigma_w": positive_definite},
    )
