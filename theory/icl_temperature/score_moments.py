"""The optimal temperature from moments of the attention scores, and from demonstrations alone (reconstructed).

With scores s_i = x_i.M11 x and v21 = 0, the high-dimensional optimum is
v22 (E cov(s, y)^2 + Var(y) Var(s) / l) / E y cov(s, y): no parameter of the distribution appears by itself.
"""

import sympy as sp

from corollary.closed_form import ClosedForm
from theory.icl_temperature.coefficients import Coefficients
from theory.icl_temperature.masked import MASKED
from theory.icl_temperature.symbols import (
    M11, MEANINGS, SECOND_MOMENTS, A, B, Sigma_x, a, b, d, l, m, n, sigma, v, v22,
)  # fmt: skip

cov_squared, cov_label, var_s, var_y, self_score = sp.symbols(
    "cov_squared cov_label var_s var_y self_score", positive=True
)

SCORE_MOMENTS = (
    *SECOND_MOMENTS,
    (cov_squared, sp.Trace(A * M11.T * Sigma_x * B * Sigma_x * M11)),
    (cov_label, sp.Trace(A * M11.T * Sigma_x * B)),
    (var_s, sp.Trace(A * M11.T * Sigma_x * M11)),
    (var_y, sp.Trace(Sigma_x * B) + sigma**2),
)
"""E cov(s, y)^2 and E y_l cov(s, y) over queries and tasks; variances of a score and of a label."""

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

LEAVE_ONE_OUT = Coefficients(
    MASKED.g0, MASKED.g1, MASKED.g2, ((n, l - 2), *MASKED.definitions[1:])
)
"""What the leave-one-out estimator targets: each labelled point in turn the query, the other l - 2 the keys."""
