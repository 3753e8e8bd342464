"""What the scores of the edges into a head add up to (arXiv 2602.09784, edge scores).

A head's score S is the sum of its channels' Shapley values phi; in each channel the sources' shares R add up to 1.
"""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, substituted

phi_q, phi_k, phi_v, S = sp.symbols("phi_q phi_k phi_v S", real=True)
R_q, R_k, R_v = sp.symbols("R_q R_k R_v", real=True)
_MEANINGS = {"S": "score of the head"}

PUBLISHED = ClosedForm(S**2, meanings=_MEANINGS)
"""Sum of the published scores S (phi_q R_q + phi_k R_k + phi_v R_v) over sources."""

CONSERVED = ClosedForm(S, meanings=_MEANINGS)
"""The same with phi over its sum."""


def sums() -> Derivation:
    """Of two sources, of which the first has the shares R."""
    one = S * (phi_q * R_q + phi_k * R_k + phi_v * R_v)
    other = S * (phi_q * (1 - R_q) + phi_k * (1 - R_k) + phi_v * (1 - R_v))
    return Derivation(
        "edge-sum",
        "Published edge scores into a head add up to its score squared",
        "arXiv 2602.09784, edge scores",
        (
            Step("sources", one + other, "the shares of each channel add up to 1"),
            Step("shares gone", S * (phi_q + phi_k + phi_v), "collected"),
            Step("squared", S**2, "phi adds up to S", check=substituted({phi_v: S - phi_q - phi_k})),
            Step("normalised", S, "with phi over its sum, S, instead", check=derived(lambda form: form / S)),
        ),
        CONSERVED,
    )
