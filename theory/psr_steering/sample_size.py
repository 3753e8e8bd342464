"""When a probe beats a constant at finite n (reconstructed). g = g0 + beta.h + noise of variance 1 in all, d Gaussian
features, n independent tokens, share Rg explained; errors on fresh tokens, the intercept fitted."""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

n, d, Rg = sp.symbols("n d Rg", positive=True)
MEANINGS = {"n": "tokens, above d + 2", "d": "features", "Rg": "share of the gate's variance that they explain"}

MEAN = ClosedForm((n + 1) / n, meanings=MEANINGS)
PROBE = ClosedForm((1 - Rg) * (n + 1) * (n - 2) / (n * (n - d - 2)), meanings=MEANINGS)
ENOUGH = ClosedForm(2 + d / Rg, meanings=MEANINGS)
"""Tokens beyond which the probe is better."""


def crossing() -> Derivation:
    """Where both errors are equal."""
    return Derivation(
        "enough-tokens",
        "A probe wins from 2 + d / Rg tokens on",
        "reconstructed",
        (
            Step("probe over mean", PROBE.expression / MEAN.expression, "errors on fresh tokens"),
            Step("reduced", (1 - Rg) * (n - 2) / (n - d - 2), "below 1 where Rg (n - 2) > d"),
            Step("at the crossing", sp.Integer(1), "n = 2 + d / Rg", check=derived(lambda f: f.subs(n, 2 + d / Rg))),
        ),
        ClosedForm(sp.Integer(1)),
    )
