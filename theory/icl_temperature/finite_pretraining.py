"""Pretraining M11 on finitely many prompts alone raises the optimal temperature (reconstructed, approximate
O(1/d)).

Regressing y on the d^2 products of cov(x, y) and the query over per_parameter * d^2 prompts, tested without
shift at Sigma_x = Sigma_w = I on n = l - 1 labelled points, the label readout's own noise omitted (v22 ->
0).
"""

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.theory.icl_temperature.symbols import MEANINGS, d, l, n, nu, sigma

per_parameter = sp.Symbol("prompts_per_parameter", positive=True)
explained, best = sp.symbols("explained best", positive=True)

PARTS = ((n, l - 1), (nu, n - 1), (explained, nu / n * d / (1 + (d + sigma**2) / n)), (best, d + sigma**2 - explained))
"""(nu/n) <M*, M*>: what the population optimum explains of the labels, and its error."""

FINITE_PRETRAINING = {
    "error": ClosedForm(best * per_parameter / (per_parameter - 1), PARTS, meanings=MEANINGS),
    "optimal_temperature": ClosedForm(1 + best / ((per_parameter - 1) * explained), PARTS, meanings=MEANINGS),
    "minimum_error": ClosedForm(
        d + sigma**2 - explained / (1 + best / ((per_parameter - 1) * explained)), PARTS, meanings=MEANINGS
    ),
}
"""At temperature 1, and at the best temperature; prompts_per_parameter > 1."""
