"""Steps between prototypes (arXiv 2602.09784, steering): replacement |d_s - d_t| (t - s) and magnitude |d_s| (t - s),
s and t the prototypes' unit vectors."""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

rho, psi = sp.symbols("rho psi", positive=True)
k = sp.Symbol("k", integer=True, positive=True)
_MEANINGS = {"rho": "norm of both prototypes", "psi": "angle between them", "k": "prototypes of a regular simplex"}

REPLACEMENT = ClosedForm(4 * rho * sp.sin(psi / 2) ** 2, meanings=_MEANINGS)
MAGNITUDE = ClosedForm(2 * rho * sp.sin(psi / 2), meanings=_MEANINGS)
"""Length of a step between prototypes of equal norm."""

SIMPLEX_REPLACEMENT = ClosedForm(2 * rho * k / (k - 1), meanings=_MEANINGS)
SIMPLEX_MAGNITUDE = ClosedForm(rho * sp.sqrt(2 * k / (k - 1)), meanings=_MEANINGS)
"""The same between corners of a regular simplex of k."""

TWO_REPLACEMENT, TWO_MAGNITUDE = 2, 1
"""Of two prototypes: the step over r_t - r_s, the difference of their states."""

c, R2, alpha = sp.symbols("c R2 alpha", positive=True)
LOGITS = ClosedForm(
    2 * c * R2 * alpha * sp.sqrt(2 * k / (k - 1)),
    meanings={**_MEANINGS, "c": "of the readout", "R2": "induction heads", "alpha": "strength"},
)
"""Change of the two answers' logit difference in compiled induction with k answers, replacement alpha times."""

_DOMAIN = {"psi": lambda source, shape: 3 * source.random(), "k": lambda source, shape: source.randint(2, 9)}


def lengths() -> Derivation:
    """From the distance of two unit vectors."""
    return Derivation(
        "step-length",
        "Length of the published steps between corners of a simplex",
        "arXiv 2602.09784, steering",
        (
            Step("unit vectors", sp.sqrt(2 - 2 * sp.cos(psi)), "|t - s|"),
            Step("half angle", 2 * sp.sin(psi / 2), "1 - cos(psi) = 2 sin(psi/2)^2"),
            Step("magnitude", MAGNITUDE.expression, "times rho", check=derived(lambda f: rho * f)),
            Step(
                "replacement",
                REPLACEMENT.expression,
                "times |d_s - d_t|, which is as long",
                check=derived(lambda f: f * (f / rho)),
            ),
            Step(
                "simplex",
                SIMPLEX_REPLACEMENT.expression,
                "cos(psi) = -1/(k - 1): sin(psi/2)^2 = k / (2 (k - 1))",
                check=derived(lambda f: f.subs(sp.sin(psi / 2), sp.sqrt(k / (2 * (k - 1))))),
            ),
        ),
        SIMPLEX_REPLACEMENT,
        domain=_DOMAIN,
    )
