"""Measures of concentration at K equal modes of N, and of K frequencies of a cyclic embedding."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from corollary import ClosedForm, Derivation, Step
from corollary.formulas.derivation import exactly

K, N, s, i = sp.symbols("K N s i", integer=True, positive=True)

MEANINGS = {"K": "number of equal modes", "N": "number of all modes"}
GINI = ClosedForm(1 - K / N, meanings=MEANINGS)
INVERSE_PARTICIPATION = ClosedForm(1 / K, meanings=MEANINGS)


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


def participation_of_frequencies(powers: Sequence[float]) -> float:
    """The participation ratio of an embedding with these powers at distinct frequencies, on orthogonal directions: each
    frequency gives two equal eigenvalues, hence 2 (sum A^2)^2 / sum A^4 in amplitudes A. 2K for K equal ones."""
    return 2 * sum(powers) ** 2 / sum(power**2 for power in powers)


def explained_by(key: Sequence[float], others: Sequence[float]) -> float:
    """The share of variance of orthogonal waves of these powers that the key ones explain."""
    return sum(key) / (sum(key) + sum(others))
