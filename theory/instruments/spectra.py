"""Measures of concentration: at K equal modes of N, and of an embedding of frequencies with given powers."""

from __future__ import annotations

import sympy as sp

from corollary import ClosedForm, Derivation, Step
from corollary.formulas.derivation import exactly

K, N, s, i = sp.symbols("K N s i", integer=True, positive=True)
waves = sp.Symbol("waves", integer=True, positive=True)
powers = sp.MatrixSymbol("powers", waves, 1)

MEANINGS = {"K": "number of equal modes", "N": "number of all modes"}
GINI = ClosedForm(1 - K / N, meanings=MEANINGS)
INVERSE_PARTICIPATION = ClosedForm(1 / K, meanings=MEANINGS)

PARTICIPATION = ClosedForm(
    2 * sp.Trace(sp.OneMatrix(1, waves) * powers) ** 2 / sp.Trace(powers.T * powers),
    meanings={"powers": "of distinct frequencies, in orthogonal planes"},
)
"""The participation ratio of such an embedding: each frequency gives two equal eigenvalues, P / 2, of the covariance,
hence 2 (sum P)^2 / sum P^2. 2K for K equal ones."""


def equal_modes_gini() -> Derivation:
    """The Gini coefficient of K equal modes among N: sorted, the last K ranks carry everything."""
    ranked = sp.Sum(i * s, (i, N - K + 1, N))
    return Derivation(
        "equal-modes-gini",
        "The Gini coefficient of K equal modes of N",
        "reconstructed",
        (
            Step("definition", 2 * ranked / (N * K * s) - (N + 1) / N, "sorted weights times their ranks"),
            Step(
                "sum",
                2 * (K * (2 * N - K + 1) / 2) / (N * K) - (N + 1) / N,
                "arithmetic series",
                check=exactly(lambda form: sp.simplify(ranked.doit() - s * K * (2 * N - K + 1) / 2) == 0, "symbolic"),
            ),
            Step("closed form", GINI.expression, "collect"),
        ),
        GINI,
    )
