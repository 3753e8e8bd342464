"""Variance over sequences of what attention averages: the variance law and its floors (reconstructed).

o = sum_j a_j v_j with weights of sum 1 that do not depend on the values. Position 1 attends to itself alone, P = 1.
"""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, abstracted, derived, differentiated, substituted
from corollary.theory.attention_sink.symbols import MEANINGS, P, n, rho, sigma, t

LAW = ClosedForm(sigma**2 * (rho + (1 - rho) * P), meanings=MEANINGS)
"""Variance of a coordinate of the attention's output."""

UNIFORM = ClosedForm(sigma**2 * (rho + (1 - rho) / t), meanings=MEANINGS)
"""The same under uniform attention to t positions."""

POOLED = ClosedForm(1 / t + (1 - 1 / t) / n, meanings=MEANINGS)
"""The same, sigma = 1, where values belong to n equally likely tokens, over tokens and table."""


def law() -> Derivation:
    """The variance of a weighted mean of exchangeable values."""
    weights = sp.symbols("a_1:4", positive=True)
    last = 1 - weights[0] - weights[1]
    squares = weights[0] ** 2 + weights[1] ** 2 + last**2
    covariance = (1 - rho) * sp.eye(3) + rho * sp.ones(3, 3)
    row = sp.Matrix([weights])
    grouped = (1 - rho) * sum(one**2 for one in weights) + rho * sum(weights) ** 2
    return Derivation(
        "variance-law",
        "Averaging over N effective keys divides the variance by N, down to the values' correlation",
        "reconstructed",
        (
            Step(
                "quadratic form",
                (sigma**2 * row * covariance * row.T)[0],
                "variance of sum a_j v_j with covariance sigma^2 [(1 - rho) I + rho 11^T]; three weights stand for any "
                "number, a symmetric quadratic form being fixed by its squares and its products",
            ),
            Step("grouped", sigma**2 * grouped, "squares and the square of the sum"),
            Step(
                "normalised",
                LAW.expression,
                "softmax weights add up to 1",
                check=substituted({weights[2]: last}),
                where=((P, squares),),
            ),
            Step(
                "in the participation",
                LAW.expression,
                "P = sum a_j^2, in expectation where the weights are random",
                check=abstracted,
            ),
        ),
        LAW,
    )


def uniform() -> Derivation:
    """Uniform attention, and the first position."""
    return Derivation(
        "variance-uniform",
        "Under uniform attention the variance falls as 1/t",
        "reconstructed",
        (
            Step("law", LAW.expression, "the variance law"),
            Step("uniform", UNIFORM.expression, "P = t / t^2", check=substituted({P: 1 / t})),
        ),
        UNIFORM,
    )


def pooled() -> Derivation:
    """Repeated tokens pool their weights."""
    x = sp.Symbol("x", real=True)
    generating = (1 - 1 / n + sp.exp(x) / n) ** t
    return Derivation(
        "vocabulary-floor",
        "Repetitions leave a variance of 1/n however long the sequence",
        "reconstructed",
        (
            Step("count", generating, "moment generating function of how often a token occurs among t"),
            Step("curvature", sp.diff(generating, x, 2), "second derivative", check=differentiated(x, 2)),
            Step(
                "second moment",
                t / n * (1 - 1 / n) + t**2 / n**2,
                "at x = 0",
                check=derived(lambda form: form.subs(x, 0)),
            ),
            Step(
                "pooled",
                POOLED.expression,
                "n tokens, of weight count / t each",
                check=derived(lambda form: n * form / t**2),
            ),
        ),
        POOLED,
    )
