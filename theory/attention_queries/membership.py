"""The crossing that membership queries bisect (reconstructed; existence of a learner: arXiv 2601.16873, App. B)."""

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, differentiated, reals, solved
from corollary.theory.attention_queries.symbols import logit, sigma

x = sp.Symbol("x", positive=True)
k = sp.Symbol("kappa", real=True)
CROSSING = ClosedForm(logit(x) / x, meanings={"x": "crossing in (0, 1)"})
"""kappa = lam^2 s from the place x where lam [u + x b ; x b] changes sign."""

SENSITIVITY = ClosedForm((1 / (1 - x) - logit(x)) / x**2, meanings={"x": "crossing in (0, 1)"})
"""d kappa / d x: beyond all bounds towards both ends, which is why probes are rescaled."""


bits = sp.Symbol("bits", integer=True, positive=True)
PRECISION = ClosedForm(
    SENSITIVITY.expression**2 * 4**-bits / 12, meanings={"x": "crossing in (0, 1)", "bits": "bisections of (0, 1)"}
)
"""E (kappa_hat - kappa)^2 after so many bisections: x is uniform in an interval of length 2^-bits."""


def crossing() -> Derivation:
    """Where the sign changes, solved for the logit, and how precisely it is known."""
    return Derivation(
        name="membership-crossing",
        says="The place where the answer's sign changes gives the logit.",
        source="reconstructed",
        steps=(
            Step("sign change", sigma(k * x) - x, "lam [u + x b ; x b] has the sign of x - sigma(kappa x)"),
            Step("logit", CROSSING.expression, "solve for kappa = lam^2 u . W b", solved(k)),
            Step("sensitivity", SENSITIVITY.expression, "differentiate in x", differentiated(x)),
        ),
        closed_form=SENSITIVITY,
        domain={"x": reals(0.02, 0.98)},
    )


BEND = ClosedForm(-(k**2) * sigma(k * x) * (1 - sigma(k * x)) * (2 * sigma(k * x) - 1))


def uniqueness() -> Derivation:
    """g(x) = sigma(kappa x) - x is 1/2 at 0 and negative at 1; falling where kappa <= 0, concave where kappa > 0."""
    return Derivation(
        name="membership-uniqueness",
        says="The sign changes exactly once in (0, 1).",
        source="reconstructed",
        steps=(
            Step("difference", sigma(k * x) - x, "1/2 at x = 0, below 0 at x = 1"),
            Step(
                "curvature",
                BEND.expression,
                "for kappa > 0 negative, as sigma(kappa x) > 1/2: one crossing; else the slope is at most -1",
                differentiated(x, 2),
            ),
        ),
        closed_form=BEND,
    )
