"""Is an answer's own value the direction that its head reads? (reconstructed)

The paper reads along x W_V W_V', x the difference of the answers; what the head passes on to the target x is
x W_O' W_V'. They agree where W_O = W_V'. Model: W_O = cos(eta) W_V' + sin(eta) G, all entries N(0, 1/d), |x| = 1,
kappa = d_h / d, d -> oo.
"""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, limit

eta = sp.Symbol("eta", real=True)
kappa, d, h = sp.symbols("kappa d h", positive=True)
_MEANINGS = {"eta": "angle of the head's output matrix from its transposed value matrix", "kappa": "head width / width"}

COSINE = ClosedForm(sp.cos(eta) / sp.sqrt(sp.cos(eta) ** 2 + sp.sin(eta) ** 2 / (1 + kappa)), meanings=_MEANINGS)
"""Of the published direction and the exact one."""

OF_WIDTHS = ClosedForm(
    COSINE.expression.subs(kappa, h / d), meanings={"eta": _MEANINGS["eta"], "h": "head width", "d": "width"}
)
"""The same of the widths."""


def cosine() -> Derivation:
    """From second moments of Gaussian matrices."""
    own, cross = sp.symbols("own cross", positive=True)
    norm = sp.sqrt(own) * sp.sqrt(sp.cos(eta) ** 2 * own + sp.sin(eta) ** 2 * cross)
    return Derivation(
        "direction-cosine",
        "Cosine of the answer's own value direction and what the head passes on",
        "reconstructed",
        (
            Step(
                "second moment",
                (h**2 + 2 * h) / d**2 + (d - 1) * h / d**2,
                "of x W W': along x |w|^4, w the row of W at x, N(0, 1/d)^h; across it d - 1 independent rows",
            ),
            Step("Wishart", h * (d + h + 1) / d**2, "collected"),
            Step("h = kappa d", kappa * (d + kappa * d + 1) / d, "", check=derived(lambda f: f.subs(h, kappa * d))),
            Step("limit", kappa * (1 + kappa), "d -> oo", check=limit(d, sp.oo)),
            Step(
                "cosine",
                sp.cos(eta) * (kappa * (1 + kappa)) / norm.subs({own: kappa * (1 + kappa), cross: kappa}),
                "the exact direction: cos(eta) of the published one, and sin(eta) G' W' of size kappa, orthogonal",
                check=derived(lambda f: (sp.cos(eta) * own / norm).subs({own: f, cross: kappa})),
            ),
            Step("reduced", COSINE.expression, "numerator and denominator over kappa (1 + kappa)"),
        ),
        COSINE,
    )
