"""What pretraining at temperature 1 leaves in the parameters (arXiv 2511.01292, Prop. 4.4; the rest
reconstructed).

`CONSTRUCTED_*` are the paper's parameters for infinitely many training inputs of covariance Sigma_x (or for
a given sample covariance). `POPULATION_M11` minimises the exact masked error over all M11, for given v21
and v22.
"""

import sympy as sp

from corollary.closed_form import ClosedForm
from theory.icl_temperature.masked import COUNTS
from theory.icl_temperature.symbols import (
    MEANINGS,
    READOUT,
    B_p,
    H,
    Sigma_w,
    Sigma_x,
    d,
    l,
    mu_w,
    n,
    sigma,
    v22,
)

F1 = sp.MatrixSymbol("F1", d, d)
SECOND_MOMENT_READ = (
    F1, (Sigma_x * B_p + (v22**2 * sigma**2 + sp.Trace(B_p * Sigma_x)) / n * sp.Identity(d)) * Sigma_x,
)  # fmt: skip
"""n/nu times the second moment of the Wishart covariance read by the readout: E q^2 = (nu/n) Tr(A M11^T F1
M11)."""

CONSTRUCTED_M11 = ClosedForm(
    d * sp.Inverse(Sigma_x + sigma**2 / l * sp.Inverse(Sigma_w)), meanings=MEANINGS
)
"""At v22 = 1/d: the ridge estimator with the training covariance in place of the prompt's. sigma: in
training."""

CONSTRUCTED_V21 = ClosedForm(
    sigma**2 / (d * l) * sp.Inverse(Sigma_x) * sp.Inverse(Sigma_w) * mu_w, meanings=MEANINGS
)
"""v21 beside CONSTRUCTED_M11."""

POPULATION_M11 = ClosedForm(
    sp.Inverse(F1) * Sigma_x * H, (*COUNTS[:1], *READOUT, SECOND_MOMENT_READ), meanings=MEANINGS
)
"""The minimiser of the masked error over M11 for mu_x = 0, at given v21 and v22, on n = l - 1 labelled
points."""

POPULATION_PRODUCT = ClosedForm(
    sp.Inverse(Sigma_x + (sigma**2 + sp.Trace(Sigma_x * Sigma_w)) / n * sp.Inverse(Sigma_w)), COUNTS[:1],
    meanings=MEANINGS,
)  # fmt: skip
"""v22 times that minimiser when mu_w = v21 = 0: a ridge whose noise is the whole label variance."""
