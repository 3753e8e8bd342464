"""The exact error when the keys are the n = l - 1 labelled points (reconstructed; sharpens arXiv
2511.01292, Thm 4.2).

Given the task, n times the biased covariance of the labelled points is Wishart with nu = n - 1 degrees of
freedom and independent of their mean; its first two moments give the coefficients for every n >= 2.
"""

import sympy as sp

from corollary.theory.calculus.quadratic_forms import form
from corollary.theory.icl_temperature.error_polynomial import Coefficients
from corollary.theory.icl_temperature.symbols import (
    M11,
    READOUT,
    SECOND_MOMENTS,
    A,
    B,
    B_p,
    H,
    Sigma_x,
    d,
    l,
    m21,
    mu_x,
    n,
    nu,
    sigma,
    v21,
    v22,
    w,
)

E1, P_v, POP = sp.MatrixSymbol("E1", d, d), sp.MatrixSymbol("P_v", d, 1), sp.MatrixSymbol("POP", d, d)
r, h0, vOv = sp.MatrixSymbol("r", d, 1), sp.Symbol("h0", real=True), sp.Symbol("vOv", positive=True)
COUNTS = ((n, l - 1), (nu, n - 1))

MASKED = Coefficients(
    g0=sp.Trace(A * B)
    - 2 * form(mu_x, H, mu_x)
    + sp.Trace(B_p * (Sigma_x / n + mu_x * mu_x.T))
    + sigma**2 * (1 + v22**2 / n),
    g1=nu / n * (sp.Trace(A * M11.T * Sigma_x * H) - form(mu_x, M11.T * Sigma_x * B_p, mu_x)),
    g2=sp.Trace(A * M11.T * E1 * M11),
    definitions=(
        *COUNTS,
        *SECOND_MOMENTS,
        *READOUT,
        (
            E1,
            nu * (nu + 1) / n**2 * Sigma_x * B_p * Sigma_x
            + nu / n**2 * (sp.Trace(B_p * Sigma_x) + v22**2 * sigma**2) * Sigma_x,
        ),
    ),
)
"""m21 = 0, any means and covariances."""

WISHART_READ = (
    (r, v21 + v22 * w),
    (h0, form(w, Sigma_x, r) + v22 * sigma**2),
    (P_v, M11.T * Sigma_x * r + h0 * m21),
    (vOv, form(r, Sigma_x, r) + v22**2 * sigma**2),
    (
        POP,
        M11.T * Sigma_x * M11
        + M11.T * Sigma_x * w * m21.T
        + m21 * w.T * Sigma_x * M11
        + (form(w, Sigma_x, w) + sigma**2) * m21 * m21.T,
    ),
)
"""Given the task w: the readout r, the mean direction P_v and the two variances of a Wishart covariance read by it."""

MASKED_GIVEN_TASK = Coefficients(
    g0=form(w - r, A, w - r)
    + 2 * form(r, Sigma_x, w - r)
    + (1 + 1 / n) * form(r, Sigma_x, r)
    + sigma**2 * (1 + v22**2 / n),
    g1=nu / n * (form(w, A, P_v) - form(r, mu_x * mu_x.T, P_v)),
    g2=(nu * (nu + 1) * form(P_v, A, P_v) + nu * vOv * sp.Trace(A * POP)) / n**2,
    definitions=(*COUNTS, *SECOND_MOMENTS[:1], *WISHART_READ),
)
"""Any m21, at a fixed task w."""
