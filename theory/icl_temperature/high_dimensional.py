"""The high-dimensional limit: l and d to infinity together (arXiv 2511.01292, Theorems 4.2 and 4.3)."""

import sympy as sp

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
    mu_w,
    sigma,
    v21,
    v22,
)

F1, F2, B_h = sp.MatrixSymbol("F1", d, d), sp.MatrixSymbol("F2", d, d), sp.MatrixSymbol("B_h", d, d)
EYE = sp.Identity(d)

PRINTED = Coefficients(
    g0=sp.Trace(A * B) + sigma**2,
    g1=sp.Trace(A * (F2 * M11 + M11.T * F2.T)) / 2,
    g2=sp.Trace(A * M11.T * F1 * M11),
    definitions=(
        *SECOND_MOMENTS,
        (B_h, v22 * mu_w * v21.T + v22 * v21 * mu_w.T + v22**2 * B),
        (F1, (Sigma_x * B_h + (v22**2 * sigma**2 + sp.Trace(B_h * Sigma_x)) / l * EYE) * Sigma_x),
        (F2, (mu_w * v21.T + v22 * B) * Sigma_x),
    ),
)
"""As the paper prints it (with the transpose that its eq. 15 drops restored): without v21 v21^T, subleading there."""

HIGH_DIMENSIONAL = Coefficients(
    g0=sp.Trace(A * B) + sigma**2,
    g1=sp.Trace(A * M11.T * Sigma_x * H),
    g2=sp.Trace(A * M11.T * F1 * M11),
    definitions=(
        *SECOND_MOMENTS,
        *READOUT,
        (F1, (Sigma_x * B_p + (v22**2 * sigma**2 + sp.Trace(B_p * Sigma_x)) / l * EYE) * Sigma_x),
    ),
)
"""The same with the whole second moment of the readout: never below the Bayes error."""
