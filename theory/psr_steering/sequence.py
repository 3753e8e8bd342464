"""One coefficient a sequence, the sequence's own mean, against one a token (reconstructed). icc: the share of a gate's
variance that lies between sequences; T: tokens of a sequence."""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

icc = sp.Symbol("icc", positive=True)
T = sp.Symbol("T", integer=True, positive=True)
MEANINGS = {"icc": "share of the variance between sequences", "T": "tokens of a sequence"}

LEFT = ClosedForm((1 - icc) * (1 - 1 / T), meanings=MEANINGS)
"""Share of the gate's variance that is left."""


def left() -> Derivation:
    """From the variance within a sequence."""
    within = sp.Symbol("within", positive=True)
    return Derivation(
        "one-coefficient",
        "What a sequence's mean leaves of its tokens",
        "reconstructed",
        (
            Step("about the sample mean", within - within / T, "each token's deviation, less that of the mean"),
            Step("share", LEFT.expression, "within = 1 - icc", check=derived(lambda f: f.subs(within, 1 - icc))),
        ),
        LEFT,
    )
