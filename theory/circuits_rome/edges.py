"""How many edges the residual graph of a decoder has (arXiv 2605.12671, released code; counted here).

A destination reads the embedding and all heads and MLPs before it: queries, keys and values of every head apart.
"""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

L, H = sp.symbols("L H", integer=True, positive=True)
_MEANINGS = {"L": "layers", "H": "heads in a layer"}

_SHARED = 3 * H**2 * L**2 - 3 * H**2 * L + 4 * H * L**2
SERIAL = ClosedForm((_SHARED + 6 * H * L + L**2 + 3 * L + 2) / 2, meanings=_MEANINGS)
"""With an MLP after the heads (GPT-2)."""

PARALLEL = ClosedForm((_SHARED + 4 * H * L + L**2 + 3 * L + 2) / 2, meanings=_MEANINGS)
"""With an MLP beside the heads (Pythia)."""

ATTENTION = ClosedForm(1 + 4 * H * L + sp.Rational(3, 2) * H**2 * L * (L - 1), meanings=_MEANINGS)
"""Without MLPs."""


def _counted(name: str, says: str, per_layer: sp.Expr, written: int, form: ClosedForm) -> Derivation:
    """A sum over layers; `per_layer` in l, the number of layers before; `written`: MLPs a layer."""
    l = sp.Symbol("l", integer=True, nonnegative=True)
    return Derivation(
        name,
        says,
        "reconstructed",
        (
            Step("layer", per_layer.subs(sp.Symbol("l"), l), "edges into the layer after l others"),
            Step(
                "layers",
                sp.expand(sp.summation(per_layer.subs(sp.Symbol("l"), l), (l, 0, L - 1))),
                "summed over layers",
                check=derived(lambda form: sp.summation(form, (l, 0, L - 1))),
            ),
            Step(
                "output",
                form.expression,
                "and those into the logits",
                check=derived(lambda form: form + 1 + (H + written) * L),
            ),
        ),
        form,
    )


def serial() -> Derivation:
    """GPT-2's blocks."""
    l = sp.Symbol("l")
    seen = 1 + (H + 1) * l
    return _counted("edges-serial", "Edges of a graph with an MLP after the heads", 3 * H * seen + seen + H, 1, SERIAL)


def parallel() -> Derivation:
    """Pythia's blocks."""
    seen = 1 + (H + 1) * sp.Symbol("l")
    return _counted("edges-parallel", "Edges of a graph with an MLP beside the heads", (3 * H + 1) * seen, 1, PARALLEL)


def attention() -> Derivation:
    """Heads alone."""
    return _counted(
        "edges-attention", "Edges of a graph of heads alone", 3 * H * (1 + H * sp.Symbol("l")), 0, ATTENTION
    )
