"""Attention on one key of fixed logit s0 among t - 1 others of independent N(0, beta^2) logits (reconstructed)."""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, integers, substituted
from corollary.theory.attention_sink.symbols import MEANINGS, beta, normal_mean, p, s0, t

MASS = ClosedForm(1 / (1 + (t - 1) * sp.exp(beta**2 / 2 - s0)), meanings=MEANINGS)
"""For many keys."""

LOGIT = ClosedForm(sp.log(t - 1) + beta**2 / 2 + sp.log(p / (1 - p)), meanings=MEANINGS)
"""The logit that takes attention p."""

_leading = sp.Symbol("leading", positive=True)
EXPANDED = ClosedForm(
    _leading * (1 + (1 - _leading) ** 2 * (sp.exp(beta**2) - 1) / (t - 1)),
    definitions=((_leading, MASS.expression),),
    meanings=MEANINGS,
)
"""The attention to next order in 1/t: fluctuations of the others' sum raise it."""

PROBABILITIES = {"p": lambda source, shape: source.uniform(0.05, 0.95), "t": integers(2, 60)}


def mass() -> Derivation:
    """Mass and the logit that it costs."""
    z = sp.Symbol("z", real=True)
    other = sp.Symbol("other", positive=True)
    return Derivation(
        "sink-mass",
        "A sink at context t costs ln t of logit",
        "reconstructed",
        (
            Step("softmax", 1 / (1 + (t - 1) * other * sp.exp(-s0)), "the others' sum at its mean, (t - 1) E e^s"),
            Step(
                "of normal logits",
                MASS.expression,
                "E e^s, integrated",
                check=substituted({other: sp.simplify(normal_mean(sp.exp(beta * z), z))}),
            ),
            Step(
                "odds",
                (t - 1) * sp.exp(beta**2 / 2 - s0) * p / (1 - p),
                "times the odds wanted: 1 where the mass is p",
                check=derived(lambda form: (1 / form - 1) * p / (1 - p)),
            ),
            Step(
                "logit",
                LOGIT.expression,
                "the logarithm at s0 = 0",
                check=derived(lambda form: sp.expand_log(sp.log(form.subs(s0, 0)))),
            ),
        ),
        LOGIT,
        domain=PROBABILITIES,
    )


def expanded() -> Derivation:
    """What the others' fluctuations add."""
    z = sp.Symbol("z", real=True)
    x, odds, spread, step = sp.symbols("x odds spread step", positive=True)

    def second_order(form: sp.Expr) -> sp.Expr:
        taylor = sp.series(form, step, 0, 3).removeO().subs(step, 1)
        return sp.simplify(taylor.subs(x, 0) + sp.expand(taylor).coeff(x, 2) * spread)

    moment = sp.simplify(normal_mean(sp.exp(2 * beta * z), z) / normal_mean(sp.exp(beta * z), z) ** 2)
    leading = 1 / (1 + odds)
    return Derivation(
        "sink-mass-expanded",
        "Fluctuations of the other logits raise the sink's mean attention by p (1 - p)^2 (e^h - 1) / (t - 1)",
        "reconstructed",
        (
            Step("softmax", 1 / (1 + odds * (1 + step * x)), "x: relative deviation of the others' sum from its mean"),
            Step(
                "averaged",
                leading + odds**2 * leading**3 * spread,
                "to second order, E x = 0, E x^2 = spread",
                check=derived(second_order),
            ),
            Step(
                "of normal logits",
                leading + odds**2 * leading**3 * (sp.exp(beta**2) - 1) / (t - 1),
                "spread = (E e^(2s) / (E e^s)^2 - 1) / (t - 1), integrated",
                check=substituted({spread: (moment - 1) / (t - 1)}),
            ),
            Step(
                "in the mass",
                EXPANDED.inlined(),
                "odds of the others at their mean",
                check=substituted({odds: (t - 1) * sp.exp(beta**2 / 2 - s0)}),
            ),
        ),
        EXPANDED,
        domain=PROBABILITIES,
    )
