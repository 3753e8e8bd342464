"""What pretraining at temperature 1 leaves in the parameters (arXiv 2511.01292, Prop. 4.4; the rest
reconstructed).

`CONSTRUCTED_*` are the paper's parameters for infinitely many training inputs of covariance Sigma_x (or for
a given sample covariance). `POPULATION_M11` minimises the exact masked error over all M11, for given v21
and v22.
"""

import numpy as np
import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, agreeing, integers, positive_definite
from corollary.theory.icl_temperature.masked import COUNTS, MASKED
from corollary.theory.icl_temperature.symbols import (
    M11,
    MEANINGS,
    READOUT,
    SECOND_MOMENTS,
    A,
    B_p,
    H,
    Sigma_w,
    Sigma_x,
    d,
    l,
    mu_w,
    n,
    nu,
    sigma,
    v21,
    v22,
)

M_opt = sp.MatrixSymbol("M_opt", d, d)
F1 = sp.MatrixSymbol("F1", d, d)
SECOND_MOMENT_READ = (
    F1,
    (Sigma_x * B_p + (v22**2 * sigma**2 + sp.Trace(B_p * Sigma_x)) / n * sp.Identity(d)) * Sigma_x,
)
"""n/nu times the second moment of the Wishart covariance read by the readout: E q^2 = (nu/n) Tr(A M11^T F1 M11)."""

CONSTRUCTED_M11 = ClosedForm(d * sp.Inverse(Sigma_x + sigma**2 / l * sp.Inverse(Sigma_w)), meanings=MEANINGS)
"""At v22 = 1/d: the ridge estimator with the training covariance in place of the prompt's. sigma: in training."""

CONSTRUCTED_V21 = ClosedForm(sigma**2 / (d * l) * sp.Inverse(Sigma_x) * sp.Inverse(Sigma_w) * mu_w, meanings=MEANINGS)
"""v21 beside CONSTRUCTED_M11."""

POPULATION_M11 = ClosedForm(
    sp.Inverse(F1) * Sigma_x * H, (*COUNTS[:1], *READOUT, SECOND_MOMENT_READ), meanings=MEANINGS
)
"""The minimiser of the masked error over M11 for mu_x = 0, at given v21 and v22, on n = l - 1 labelled points."""

POPULATION_PRODUCT = ClosedForm(
    sp.Inverse(Sigma_x + (sigma**2 + sp.Trace(Sigma_x * Sigma_w)) / n * sp.Inverse(Sigma_w)),
    COUNTS[:1],
    meanings=MEANINGS,
)
"""v22 times that minimiser when mu_w = v21 = 0: a ridge whose noise is the whole label variance."""

LINEAR_PRODUCT = ClosedForm(
    sp.Inverse((1 + 1 / n) * Sigma_x + (sigma**2 + sp.Trace(Sigma_x * Sigma_w)) / n * sp.Inverse(Sigma_w)),
    COUNTS[:1],
    meanings=MEANINGS,
)
"""The same for plain linear attention (sigma = 0, Sigma_w = I: Zhang, Frei and Bartlett, arXiv 2306.09927)."""


def population_optimum() -> Derivation:
    """The M11 that minimises the masked error at temperature 1, by completing the square in M11."""
    difference = M11 - M_opt
    share, zero = nu / n, sp.ZeroMatrix(d, 1)
    named = (*COUNTS, *SECOND_MOMENTS[:1], *READOUT, SECOND_MOMENT_READ)
    with_optimum = (*named, (M_opt, POPULATION_M11.expression))
    steps = (
        Step(
            "in M11",
            share * (sp.Trace(A * M11.T * F1 * M11) - 2 * sp.Trace(A * M11.T * Sigma_x * H)),
            "g2 - 2 g1 at mu_x = 0, the part of the error that depends on M11",
            agreeing(ClosedForm(MASKED.g2 - 2 * MASKED.g1, MASKED.definitions)),
            where=named,
        ),
        Step(
            "completed square",
            share * (sp.Trace(A * difference.T * F1 * difference) - sp.Trace(A * M_opt.T * F1 * M_opt)),
            "M* = F1^{-1} S H; the first term is >= 0 and vanishes only at M11 = M*",
            where=with_optimum,
        ),
        Step(
            "optimum",
            v22 * POPULATION_M11.expression,
            "only the product v22 M11 is fixed",
            agreeing(ClosedForm(v22 * M_opt, with_optimum)),
            where=named,
        ),
        Step(
            "without task mean",
            POPULATION_PRODUCT.expression,
            "mu_w = v21 = 0: ridge regression in which the whole label variance is noise",
            agreeing(ClosedForm(v22 * POPULATION_M11.expression, ((mu_w, zero), (v21, zero), *named))),
            where=COUNTS[:1],
        ),
    )
    return Derivation(
        "population_optimum",
        "Pretraining on infinitely many prompts finds a ridge with noise Var(y).",
        "reconstructed; differs from arXiv 2511.01292, Prop. 4.4, by Tr(Sigma_x Sigma_w)",
        steps,
        domain={
            "Sigma_x": positive_definite,
            "Sigma_w": positive_definite,
            "l": integers(3, 9),
            "mu_x": lambda source, shape: np.zeros(shape, dtype=int),
        },
    )
