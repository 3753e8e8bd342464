"""What one scalar can recover: the error removed by the best temperature, out of that removed by the best M11.

Reconstructed. For mu_x = 0 the error is a parabola in M11 with inner product <P, Q> = Tr(A P^T F1 Q), and the best
temperature projects the optimal matrix M* onto the line of M11: the recovered fraction is cos^2 of their angle.
"""

import sympy as sp

from corollary.closed_form import ClosedForm
from theory.icl_temperature.masked import COUNTS
from theory.icl_temperature.pretraining import POPULATION_M11, SECOND_MOMENT_READ, F1
from theory.icl_temperature.symbols import (
    M11, MEANINGS, READOUT, SECOND_MOMENTS, A, B, B_p, Sigma_x, d, n, sigma, tau, v22,
)  # fmt: skip

M_opt, Sigma_train = sp.MatrixSymbol("M_opt", d, d), sp.MatrixSymbol("Sigma_train", d, d)
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

BEST_ERROR = ClosedForm(
    sp.Trace(A * B) + sp.Trace(B_p * Sigma_x) / n + sigma**2 * (1 + v22**2 / n) - (n - 1) / n * inner_OO,
    (*SECOND_MOMENTS[1:], *INNER_PRODUCTS),
    meanings=MEANINGS,
)
"""min over all M11 of the masked error at mu_x = 0 and given v21, v22."""

INFINITE_CONTEXT = {
    "error": ClosedForm(
        sp.Trace(Sigma_x * (sp.Identity(d) - sp.Inverse(Sigma_train) * Sigma_x / tau)
                 * (sp.Identity(d) - Sigma_x * sp.Inverse(Sigma_train) / tau)), meanings=MEANINGS),
    "optimal_temperature": ClosedForm(
        sp.Trace(Sigma_x * sp.Inverse(Sigma_train) * Sigma_x**2 * sp.Inverse(Sigma_train))
        / sp.Trace(Sigma_x * sp.Inverse(Sigma_train) * Sigma_x), meanings=MEANINGS),
}  # fmt: skip
"""l -> oo, Sigma_w = I, no noise, v22 M11 = Sigma_train^{-1}: input shift persists when the context is unlimited."""
