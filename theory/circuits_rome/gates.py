"""Laws of random gates: the logistic gate of OASR and DiscoGP, and the hard-concrete gate of Edge Pruning.

Logistic (arXiv 2605.12671, released code): h = 1 where sigmoid((l + n) / tau) > 1/2, n = -log(log U / log U').
Hard-concrete (Louizos et al. 2018): z = clip((zeta + g) sigmoid((logit u + log_alpha) / beta) - g, 0, 1), g = -gamma.
"""

from __future__ import annotations

import mpmath
import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, substituted

l, tau, log_alpha = sp.symbols("l tau log_alpha", real=True)
beta, g, zeta = sp.symbols("beta g zeta", positive=True)
_MEANINGS = {
    "l": "logit of an edge",
    "log_alpha": "location of the gate",
    "beta": "its temperature",
    "g": "how far it is stretched below 0",
    "zeta": "its upper end, above 1",
}

KEPT = ClosedForm(1 / (1 + sp.exp(-l)), meanings=_MEANINGS)
"""P(h = 1), whatever the temperature."""


def _above(level: sp.Expr) -> sp.Expr:
    """P(z' > level) of the stretched gate z' before it is clipped."""
    return 1 / (1 + sp.exp(beta * sp.log((level + g) / (zeta - level)) - log_alpha))


OPEN = ClosedForm(_above(sp.Integer(0)), meanings=_MEANINGS)
"""P(z > 0) of the hard-concrete gate."""

FULL = ClosedForm(_above(sp.Integer(1)), meanings=_MEANINGS)
"""P(z = 1)."""


def expected(log_alpha: float, beta: float, g: float, zeta: float) -> float:
    """E z of the hard-concrete gate, the integral of P(z > c) over c in [0, 1]."""

    def tail(c: mpmath.mpf) -> mpmath.mpf:
        return 1 / (1 + mpmath.exp(beta * mpmath.log((c + g) / (zeta - c)) - log_alpha))

    return float(mpmath.quad(tail, [0, 0.5, 1]))


def kept() -> Derivation:
    """The noise is the difference of two Gumbel variables, so logistic."""
    w, x, rate = sp.Symbol("w", positive=True), sp.Symbol("x", real=True), sp.Symbol("rate", positive=True)
    return Derivation(
        "gate-kept",
        "An edge is kept with probability sigmoid(l), at every temperature",
        "reconstructed",
        (
            Step(
                "given one",
                sp.exp(-w * rate) * sp.exp(-w),
                "P(G - G' <= x, and -log U' in dw), G = -log(-log U): w = e^-G' is standard exponential; rate = e^-x",
            ),
            Step(
                "distribution of n",
                1 / (1 + rate),
                "integrated over w",
                check=derived(lambda form: sp.integrate(sp.powsimp(form), (w, 0, sp.oo))),
            ),
            Step("at x", 1 / (1 + sp.exp(-x)), "rate = e^-x", check=substituted({rate: sp.exp(-x)})),
            Step(
                "kept",
                KEPT.expression,
                "sigmoid((l + n) / tau) > 1/2 where n > -l",
                check=derived(lambda form: 1 - form.subs(x, -l)),
            ),
        ),
        KEPT,
    )


def hard_concrete() -> Derivation:
    """Where the stretched gate passes a level."""
    odds, level = sp.symbols("odds level", positive=True)
    return Derivation(
        "gate-open",
        "A hard-concrete gate is above 0 with probability sigmoid(log_alpha - beta log(g / zeta))",
        "Louizos et al. 2018",
        (
            Step(
                "level",
                (zeta + g) * odds / (1 + odds) - g - level,
                "the stretched gate at odds e^((logit u + log_alpha) / beta), less a level below zeta",
            ),
            Step(
                "odds", (level + g) / (zeta - level), "where it vanishes", check=derived(lambda f: sp.solve(f, odds)[0])
            ),
            Step(
                "above it",
                _above(level),
                "logit u is logistic, and the gate rises with it",
                check=derived(lambda form: 1 / (1 + sp.exp(beta * sp.log(form) - log_alpha))),
            ),
            Step("open", OPEN.expression, "at level 0", check=derived(lambda form: form.subs(level, 0))),
        ),
        OPEN,
        domain={"level": lambda source, shape: 0.5, "zeta": lambda source, shape: 1 + source.randint(1, 99)},
    )
