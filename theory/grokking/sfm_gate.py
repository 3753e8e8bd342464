"""What the gate minimises: the penalty decides mode by mode (eqs 4 and 6 of arXiv 2603.29262)."""

from __future__ import annotations

import numpy as np
import sympy as sp

from corollary import ClosedForm, Derivation, Step
from corollary.formulas.derivation import derived, solved, stated
from corollary.theory.grokking.sfm_symbols import MEANINGS, B, beta, eta, n, t

w, fit = sp.symbols("w fit", positive=True)
"""A mode's weight, and what least squares would give it."""

PAPER_THRESHOLD = ClosedForm(sp.sqrt(2 * beta * sp.log(n) / n), meanings=MEANINGS)
"""Eq 6. Exact on the full grid with eta = 1."""

THRESHOLD = ClosedForm(sp.sqrt(2 * eta * beta * sp.log(n) / n), meanings=MEANINGS)
"""The threshold that belongs to a step of size eta (reconstructed)."""

SQUARED_SCHEDULES = {
    "constant": ClosedForm(PAPER_THRESHOLD.expression**2, meanings=MEANINGS),
    "rising": ClosedForm(2 * beta * sp.log(1 + B * t) / n, meanings=MEANINGS),
    "literal": ClosedForm(2 * beta * sp.log(1 + B * t) / (1 + B * t), meanings=MEANINGS),
}
"""tau^2 at iteration t under three readings of eq 6: n is the train pairs; the penalty alone grows, with 1 + B t; n is
1 + B t throughout."""


def kept(spectrum: np.ndarray, beta: float) -> np.ndarray:
    """The modes that the global minimiser of eq 4 keeps on the full grid, bool, like `spectrum` (complex [k l])."""
    return np.abs(spectrum) > PAPER_THRESHOLD(n=spectrum.size, beta=beta)


def paper_threshold() -> Derivation:
    """On the full grid, keeping a mode pays exactly above eq 6's threshold."""
    return Derivation(
        "gate-threshold",
        "Where a mode of the full grid is worth its penalty",
        "reconstructed",
        (
            Step(
                "cost of a kept mode",
                n / 2 * (w - fit) ** 2 + beta * sp.log(n),
                "A^H A = n I: modes decouple",
                check=stated,
            ),
            Step("at its best", beta * sp.log(n), "w = fit", check=derived(lambda e: e.subs(w, fit))),
            Step(
                "gain of keeping",
                n / 2 * fit**2 - beta * sp.log(n),
                "dropping costs n fit^2 / 2",
                check=derived(lambda e: n / 2 * fit**2 - e),
            ),
            Step("threshold", PAPER_THRESHOLD.expression, "the gain changes sign once", check=solved(fit)),
        ),
        PAPER_THRESHOLD,
        domain={"n": lambda source, shape: source.randint(2, 60)},
    )


def proximal_threshold() -> Derivation:
    """A gradient step of size eta, then the penalty's proximal map."""
    return Derivation(
        "proximal-threshold",
        "The threshold must shrink with the step",
        "reconstructed",
        (
            Step(
                "proximal objective",
                (w - fit) ** 2 / (2 * eta) + beta * sp.log(n) / n,
                "of a kept mode, for the objective over n",
                check=stated,
            ),
            Step("at its best", beta * sp.log(n) / n, "w = fit", check=derived(lambda e: e.subs(w, fit))),
            Step(
                "gain of keeping",
                fit**2 / (2 * eta) - beta * sp.log(n) / n,
                "dropping costs fit^2 / (2 eta)",
                check=derived(lambda e: fit**2 / (2 * eta) - e),
            ),
            Step("threshold", THRESHOLD.expression, "the gain changes sign once", check=solved(fit)),
        ),
        THRESHOLD,
        domain={"n": lambda source, shape: source.randint(2, 60)},
    )
