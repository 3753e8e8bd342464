"""One steered layer against all of them (reconstructed). L layers, each adds g_l z_l, z_l orthonormal at the top; gates
of mean e, variance v, correlation c between layers, and known from the stream. kappa = e^2 / (v + e^2)."""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

L = sp.Symbol("L", integer=True, positive=True)
e, c = sp.symbols("e c", real=True)
v = sp.Symbol("v", positive=True)
MEANINGS = {"L": "layers", "e": "mean of a gate", "v": "its variance", "c": "correlation of two layers' gates"}

CONSTANTS = ClosedForm(v / (v + e**2), meanings=MEANINGS)
"""Of constants, at one layer or at all: 1 - kappa."""
SINGLE = ClosedForm(1 - sp.Max(v * (1 + (L - 1) * c) + L * e**2, v * (1 - c)) / (L * (v + e**2)), meanings=MEANINGS)
"""Of the best token-wise coefficient along one direction."""


def single() -> Derivation:
    """From the eigenvalues of the gates' second moments, the mean direction's the larger."""
    top = v * (1 + (L - 1) * c) + L * e**2
    kappa = sp.Symbol("kappa", positive=True)
    return Derivation(
        "one-layer",
        "What one direction leaves of L gated layers",
        "reconstructed",
        (
            Step("less the top eigenvalue", 1 - top / (L * (v + e**2)), "over the trace"),
            Step("product", (1 - 1 / L) * (1 - c) * v / (v + e**2), "(1 - 1/L) (1 - c) (1 - kappa)"),
            Step(
                "kappa", (1 - 1 / L) * (1 - c) * (1 - kappa), "e^2 = kappa v / (1 - kappa)",
                check=derived(lambda f: sp.simplify(f.subs(e, sp.sqrt(kappa * v / (1 - kappa))))),
            ),
        ),
        ClosedForm((1 - 1 / L) * (1 - c) * (1 - kappa)),
    )  # fmt: skip
