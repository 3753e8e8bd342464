"""The exact error when the query column, its label 0, is among the l keys (reconstructed; arXiv 2511.01292,
eq. 5).

The pooled covariance is (n/l) C_n + (n/l^2) delta delta^T with C_n the labelled points' covariance
(Wishart) and delta = (xbar - x; ybar). All else is a function of g = (x, xbar, epsbar) ~ N(m_g, V), on
which the prediction and the residual are products of quadratic forms; `e`, `a` and `c` are the vectors of
those forms, affine in the task w: e.g is the residual at infinite temperature, a.g the readout of delta,
and c.g that of the Wishart covariance's mean.
"""

import sympy as sp

from corollary.theory.calculus.quadratic_forms import Cumulant, cumulant, form, moment_of_three, moment_of_two
from corollary.theory.icl_temperature.error_polynomial import Coefficients
from corollary.theory.icl_temperature.masked import COUNTS, E1, MASKED, POP, WISHART_READ, P_v, vOv
from corollary.theory.icl_temperature.symbols import (
    M11,
    SECOND_MOMENTS,
    A,
    Sigma_w,
    Sigma_x,
    d,
    l,
    m21,
    mu_w,
    mu_x,
    n,
    nu,
    sigma,
    v21,
    v22,
    w,
)

SIZE = 2 * d + 1
EYE, NONE, COLUMN, ROW = sp.Identity(d), sp.ZeroMatrix(d, d), sp.ZeroMatrix(d, 1), sp.ZeroMatrix(1, d)
ZERO = sp.ZeroMatrix(1, 1)


def _scalar(value: sp.Expr) -> sp.Matrix:
    return sp.ImmutableDenseMatrix([[value]])


def _square(name: str) -> sp.MatrixSymbol:
    return sp.MatrixSymbol(name, SIZE, SIZE)


V, K0, K = _square("V"), _square("K0"), _square("K")
EE, CE, AE, AC, AA = _square("EE"), _square("CE"), _square("AE"), _square("AC"), _square("AA")
m_g = sp.MatrixSymbol("m_g", SIZE, 1)
a_0, e_0, c_0 = (sp.MatrixSymbol(name, SIZE, 1) for name in ("a_0", "e_0", "c_0"))
a_w, e_w, c_w = (sp.MatrixSymbol(name, SIZE, d) for name in ("a_w", "e_w", "c_w"))

GAUSSIAN = (
    (V, sp.BlockDiagMatrix(Sigma_x, Sigma_x / n, _scalar(sigma**2 / n))),
    (m_g, sp.BlockMatrix([[mu_x], [mu_x], [ZERO]])),
)


def _affine(task: sp.MatrixExpr) -> tuple:
    """Constant part (at `task`) and linear part of a and e."""
    return (
        (a_w, sp.BlockMatrix([[NONE], [v22 * EYE], [ROW]])),
        (e_w, sp.BlockMatrix([[EYE], [-n / l * v22 * EYE], [ROW]])),
        (a_0, sp.BlockMatrix([[-v21], [v21], [_scalar(v22)]]) + a_w * task),
        (e_0, sp.BlockMatrix([[-v21 / l], [-n / l * v21], [_scalar(-n / l * v22)]]) + e_w * task),
    )


def _cumulant(*matrices: sp.MatrixExpr) -> sp.Expr:
    return cumulant(m_g, V, *matrices)


def _cumulant_without_label_keys(*matrices: sp.MatrixExpr) -> sp.Expr:
    """At m21 = 0, m_g.K m_g vanishes: query and labelled inputs have one mean."""
    return sp.Trace(K * V) if matrices == (K,) else _cumulant(*matrices)


def _g1(k: Cumulant) -> sp.Expr:
    return nu / l * (sp.Trace(CE * V) + form(m_g, CE, m_g)) + n / l**2 * moment_of_two(k, K, (AE + AE.T) / 2)


def _g2(k: Cumulant, of_covariance: sp.Expr) -> sp.Expr:
    return (
        (n / l) ** 2 * of_covariance
        + 2 * n / l**2 * nu / l * moment_of_two(k, K, (AC + AC.T) / 2)
        + (n / l**2) ** 2 * moment_of_three(k, K, K, AA)
    )


LITERAL = Coefficients(
    g0=sp.Trace(EE * V) + form(m_g, EE, m_g) + sigma**2,
    g1=_g1(_cumulant_without_label_keys),
    g2=_g2(_cumulant_without_label_keys, sp.Trace(A * M11.T * E1 * M11)),
    definitions=(
        *(pair for pair in MASKED.definitions if str(pair[0]) not in ("B", "H")),
        *GAUSSIAN,
        (K0, sp.BlockMatrix([[-M11.T, M11.T, COLUMN], [NONE, NONE, COLUMN], [ROW, ROW, ZERO]])),
        (K, (K0 + K0.T) / 2),
        *_affine(mu_w),
        (c_w, sp.BlockMatrix([[v22 * M11.T * Sigma_x], [NONE], [ROW]])),
        (c_0, sp.BlockMatrix([[M11.T * Sigma_x * v21], [COLUMN], [ZERO]]) + c_w * mu_w),
        (EE, e_0 * e_0.T + e_w * Sigma_w * e_w.T),
        (CE, c_0 * e_0.T + c_w * Sigma_w * e_w.T),
        (AE, a_0 * e_0.T + a_w * Sigma_w * e_w.T),
        (AC, a_0 * c_0.T + a_w * Sigma_w * c_w.T),
        (AA, a_0 * a_0.T + a_w * Sigma_w * a_w.T),
    ),
)
"""m21 = 0, any means and covariances."""

LITERAL_GIVEN_TASK = Coefficients(
    g0=sp.Trace(EE * V) + form(m_g, EE, m_g) + sigma**2,
    g1=_g1(_cumulant),
    g2=_g2(_cumulant, (nu * (nu + 1) * form(P_v, A, P_v) + nu * vOv * sp.Trace(A * POP)) / n**2),
    definitions=(
        *COUNTS,
        *SECOND_MOMENTS[:1],
        *WISHART_READ,
        *GAUSSIAN,
        (K0, sp.BlockMatrix([[-M11.T, M11.T + m21 * w.T, m21], [NONE, NONE, COLUMN], [ROW, ROW, ZERO]])),
        (K, (K0 + K0.T) / 2),
        *_affine(w),
        (c_0, sp.BlockMatrix([[P_v], [COLUMN], [ZERO]])),
        (EE, e_0 * e_0.T),
        (CE, c_0 * e_0.T),
        (AE, a_0 * e_0.T),
        (AC, a_0 * c_0.T),
        (AA, a_0 * a_0.T),
    ),
)
"""Any m21, at a fixed task w."""
