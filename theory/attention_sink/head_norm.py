"""Head-wise RMSNorm: each head's output over its root mean square, times a gain, before the heads are joined.

Definition: arXiv 2605.06611; what it fixes: reconstructed.
"""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

width = sp.Symbol("width", integer=True, positive=True)
POWER = ClosedForm(width, meanings={"width": "channels of a head"})
"""Sum of squares of a normalised head's output over its gain, at every position."""


def power() -> Derivation:
    """The norm of a head's output, whatever it was."""
    outputs = sp.symbols("o_1:4", positive=True)
    gains = sp.symbols("gain_1:4", positive=True)
    mean_square = sp.Symbol("mean_square", positive=True)
    total = sum(one**2 for one in outputs)
    normalised = [gain * one / sp.sqrt(mean_square) for gain, one in zip(gains, outputs, strict=True)]
    return Derivation(
        "head-power",
        "A head cannot be silent: its normalised output has one power everywhere",
        "reconstructed",
        (
            Step(
                "over the gains",
                sum((one / gain) ** 2 for one, gain in zip(normalised, gains, strict=True)),
                "sum over three channels of the squared output over its gain",
            ),
            Step("gains cancel", total / mean_square, "each channel has its own"),
            Step(
                "power",
                sp.Integer(3),
                "the mean square of three channels",
                check=derived(lambda form: sp.simplify(form.subs(mean_square, total / 3))),
            ),
            Step("any width", width, "width channels in place of 3", check=derived(lambda form: form * width / 3)),
        ),
        POWER,
    )
