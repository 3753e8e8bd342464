"""Overlap-aware search as released: its schedule of weights, its moments, its pulls (arXiv 2605.12671, code)."""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

l = sp.Symbol("l", real=True)
E, R, weight, overlap = sp.symbols("E R weight overlap", positive=True)
rate, share = sp.symbols("rate share", positive=True)
first, second = sp.symbols("first second", real=True, nonzero=True)
_MEANINGS = {
    "l": "logit of an edge",
    "E": "edges of the graph",
    "R": "edges of the reference",
    "weight": "of the sparsity term",
    "overlap": "weight of the overlap term",
    "rate": "learning rate",
    "share": "lambda_c, the weight of the completeness loss",
    "first": "gradient of the fidelity loss in one logit",
    "second": "gradient of the completeness loss in it, before its weight",
}

_SLOPE = sp.exp(-l) / (1 + sp.exp(-l)) ** 2
PULL = ClosedForm(_SLOPE * (weight / E + overlap / R), meanings=_MEANINGS)
"""Gradient, in the logit of an edge of the reference, of sparsity and overlap terms."""

PULL_PER_EDGE = ClosedForm(_SLOPE * (weight + overlap) / E, meanings=_MEANINGS)
"""The same with the overlap term over all edges instead of over the reference's."""

SHARED = ClosedForm(
    -rate * (first + share * second) / sp.sqrt((first**2 + (share * second) ** 2) / 2), meanings=_MEANINGS
)
"""Movement in two steps, fidelity and completeness, of one Adam with common moments, gradients held fixed."""

SEPARATE = ClosedForm(-rate * (sp.sign(first) + sp.sign(second)), meanings=_MEANINGS)
"""The same with moments for each of the two: the weight drops out."""


def schedule(step: float, warm: float, cool: float, most: float, least: float, start: float = 1.0) -> float:
    """The weight at an epoch or step: linear from `start` to start * most at `warm`, to start * least at warm + cool,
    and constant from there."""
    if step < warm:
        return start * (1 + (most - 1) * step / warm)
    if step < warm + cool:
        return start * (most - (most - least) * (step - warm) / cool)
    return start * least


def pull() -> Derivation:
    """The two penalties of one edge."""
    return Derivation(
        "oasr-pull",
        "What drives an edge of the reference out",
        "arXiv 2605.12671, code",
        (
            Step("penalties", (weight / E + overlap / R) / (1 + sp.exp(-l)), "of one edge of the reference"),
            Step("pull", PULL.expression, "its derivative in the logit", check=derived(lambda f: sp.diff(f, l))),
        ),
        PULL,
    )


def moments() -> Derivation:
    """Fixed gradients that alternate, after the moments have settled."""
    mean, square = sp.symbols("mean square", positive=True)
    return Derivation(
        "oasr-moments",
        "With common moments the weight of the completeness loss counts",
        "reconstructed",
        (
            Step(
                "two steps", -2 * rate * mean / sp.sqrt(square), "mean and mean square of the gradients that alternate"
            ),
            Step(
                "shared",
                SHARED.expression,
                "over a pair of steps the first moment averages the two gradients, the second their squares",
                check=derived(
                    lambda form: form.subs(
                        {mean: (first + share * second) / 2, square: (first**2 + (share * second) ** 2) / 2}
                    )
                ),
            ),
        ),
        SHARED,
    )
