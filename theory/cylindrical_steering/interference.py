"""What overlapping concepts do to the slope: the Welch bound, tight frames and random directions."""

from __future__ import annotations

import numpy as np
import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, integers
from corollary.theory.cylindrical_steering.symbols import MEANINGS, N, d

_BOUND = (N - d) / (d * (N - 1))
WELCH = ClosedForm(sp.Max(0, _BOUND), meanings=MEANINGS)
"""Least mean squared inner product of N distinct unit directions in d dimensions."""

RANDOM_COHERENCE = ClosedForm(1 / d, meanings=MEANINGS)
"""The same for random directions."""


def welch() -> Derivation:
    """Cauchy-Schwarz on the eigenvalues of the Gram matrix."""
    return Derivation(
        "welch-bound",
        "More concepts than dimensions must overlap, by at least so much",
        "reconstructed",
        (
            Step(
                "all entries",
                N**2 / d,
                "the Gram matrix has trace N and at most d eigenvalues: sum G_ij**2 >= d (N/d)**2",
            ),
            Step("off the diagonal", N**2 / d - N, "N entries are 1", check=derived(lambda total: total - N)),
            Step("mean square", _BOUND, "of N (N - 1) entries", check=derived(lambda total: total / (N * (N - 1)))),
        ),
        ClosedForm(_BOUND),
        domain={"N": integers(2, 12)},
    )


def coherence(directions: np.ndarray) -> float:
    """Mean squared inner product of distinct columns [d, N] of unit length."""
    gram = directions.T @ directions
    count = len(gram)
    return float(((gram**2).sum() - (np.diag(gram) ** 2).sum()) / (count * (count - 1)))
