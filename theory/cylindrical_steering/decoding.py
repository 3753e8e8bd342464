"""How much of a prompt stays in the judged text when a padded row is cut at the prompt's own length (reconstructed)."""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm

n, w = sp.symbols("n w", integer=True, positive=True)

LEAKED = ClosedForm(sp.Min(1, (w - n) / n), meanings={"n": "the prompt's tokens", "w": "those of the batch's longest"})
"""Share of a prompt of n tokens, padded on the left to w, that follows the cut at n: its last min(w - n, n) tokens."""
