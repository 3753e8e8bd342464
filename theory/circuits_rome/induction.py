"""Counting circuits of induction with spare heads: R1 previous-token heads, R2 induction heads (reconstructed).

A previous-token head is alive if its three edges from the embedding are there; an induction head if its query and
value edges from the embedding and its edge to the output are. A set of edges is faithful if an alive pair is linked.
"""

from __future__ import annotations

from math import comb

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

R1, R2 = sp.symbols("R1 R2", integer=True, positive=True)
_MEANINGS = {"R1": "previous-token heads", "R2": "induction heads"}
EDGES = 7
"""Of a minimal circuit."""

MINIMAL = ClosedForm(R1 * R2, meanings=_MEANINGS)
PACKING = ClosedForm(sp.Min(R1, R2), meanings=_MEANINGS)
RELEVANT = ClosedForm(3 * R1 + 3 * R2 + R1 * R2, meanings=_MEANINGS)
IDLE = ClosedForm(2 * R1 * R2 + R1 + R2 + 1, meanings=_MEANINGS)
"""Edges without any effect."""

IOU = ClosedForm(1 / (R1 * R2) + sp.Rational(3, 11) * ((1 - 1 / R2) / R1 + (1 - 1 / R1) / R2), meanings=_MEANINGS)
"""Mean IoU of two independent uniform minimal circuits."""


def faithful(R1: int, R2: int) -> int:
    """Number of faithful subsets of the relevant edges."""
    return sum(
        comb(R1, a) * 7 ** (R1 - a) * comb(R2, b) * 7 ** (R2 - b) * (2 ** (R1 * R2) - 2 ** (R1 * R2 - a * b))
        for a in range(R1 + 1)
        for b in range(R2 + 1)
    )


def probability(R1: int, R2: int, p: float) -> float:
    """P(faithful) where every edge is kept with probability p."""
    alive = p**3

    def binomial(j: int, of: int) -> float:
        return float(comb(of, j) * alive**j * (1 - alive) ** (of - j))

    return 1 - sum(binomial(a, R1) * binomial(b, R2) * (1 - p) ** (a * b) for a in range(R1 + 1) for b in range(R2 + 1))


def iou() -> Derivation:
    """Over the pair of heads that each circuit uses."""
    same, one, shared = sp.symbols("same one shared", positive=True)
    return Derivation(
        "induction-iou",
        "Mean IoU of two minimal induction circuits",
        "reconstructed",
        (
            Step("cases", same + one * shared / (2 * EDGES - shared), "all, or `shared` of the 7 edges in common"),
            Step(
                "one head in common",
                same + one * sp.Rational(3, 11),
                "its three own edges",
                check=derived(lambda form: form.subs(shared, 3)),
            ),
            Step(
                "chances",
                IOU.expression,
                "both heads alike with probability 1/(R1 R2); one alike and the other not",
                check=derived(
                    lambda form: form.subs({same: 1 / (R1 * R2), one: (1 - 1 / R2) / R1 + (1 - 1 / R1) / R2})
                ),
            ),
        ),
        IOU,
    )
