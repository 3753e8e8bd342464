"""Putting clean outputs back into perturbed blocks (reconstructed from the published notebook)."""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, stated, substituted

base, unrepaired, repaired = sp.symbols("base unrepaired repaired", real=True)
MEANINGS = {
    "base": "loss of the clean run",
    "unrepaired": "loss of the perturbed run",
    "repaired": "loss of the perturbed run with clean outputs put back",
}

RECOVERY = ClosedForm(100 * (unrepaired - repaired) / (unrepaired - base), meanings=MEANINGS)
"""Percent of the damage that a repair takes back."""


def norm_repair() -> Derivation:
    """Clean norm outputs give clean branch outputs, in either design of a block."""
    x, attention, mlp, read_attention, read_mlp = sp.symbols("x attention mlp read_attention read_mlp", real=True)
    return Derivation(
        "norm-repair",
        "Norm repair is attention repair and MLP repair at once",
        "reconstructed",
        (
            Step(
                "block",
                x + read_attention + read_mlp,
                "a block adds what attention and MLP make of their norms' outputs, and reads nothing else",
                check=stated,
            ),
            Step(
                "clean norms",
                x + attention + mlp,
                "a branch that reads a clean norm output gives the clean branch output",
                check=substituted({read_attention: attention, read_mlp: mlp}),
            ),
            Step(
                "clean branches",
                x + attention + mlp,
                "the same with clean branch outputs put back",
                check=substituted({read_attention: attention, read_mlp: mlp}),
                follows="block",
            ),
        ),
    )
