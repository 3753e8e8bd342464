"""The exact error of plain linear attention, keys the n = l - 1 labelled points, no centring
(reconstructed; for mu_x = 0 and sigma = 0 it is Zhang, Frei and Bartlett, arXiv 2306.09927)."""

import sympy as sp

from corollary.theory.calculus.quadratic_forms import form
from corollary.theory.icl_temperature.error_polynomial import Coefficients
from corollary.theory.icl_temperature.masked import E1
from corollary.theory.icl_temperature.symbols import M11, READOUT, SECOND_MOMENTS, A, B, B_p, H, l, mu_x, n, sigma, v22

LINEAR = Coefficients(
    g0=sp.Trace(A * B) + sigma**2,
    g1=sp.Trace(A * M11.T * A * H),
    g2=sp.Trace(A * M11.T * E1 * M11),
    definitions=(
        (n, l - 1),
        *SECOND_MOMENTS,
        *READOUT,
        (
            E1,
            (1 + 1 / n) * A * B_p * A
            + (sp.Trace(B_p * A) + v22**2 * sigma**2) / n * A
            - 2 / n * form(mu_x, B_p, mu_x) * mu_x * mu_x.T,
        ),
    ),
)
"""yhat = (1 / (n tau)) sum_i (v21.x_i + v22 y_i) x_i.M11 x, m21 = 0, any means and covariances."""
