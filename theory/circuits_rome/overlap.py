"""The overlap of two circuits by chance: independent uniform subsets of a and b among N edges (hypergeometric)."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

N, a, b, x = sp.symbols("N a b x", positive=True)
_MEANINGS = {"N": "edges of the graph", "a": "edges of one circuit", "b": "of the other", "x": "edges that they share"}

MEAN = ClosedForm(a * b / N, meanings=_MEANINGS)
VARIANCE = ClosedForm(a * b / N * (1 - a / N) * (N - b) / (N - 1), meanings=_MEANINGS)
STANDARDISED = ClosedForm((x - a * b / N) / sp.sqrt(VARIANCE.expression), meanings=_MEANINGS)
IOU = ClosedForm(a * b / N / (a + b - a * b / N), meanings=_MEANINGS)
"""Mean overlap over the union that it leaves."""

POOL = ClosedForm(a * b / x, meanings=_MEANINGS)
"""Edges from which two subsets drawn at random would share x on average."""


def tail(N: int, a: int, b: int, x: int) -> Fraction:
    """P(at least x edges are shared), exactly. Raises ValueError for circuits larger than the graph."""
    if not (0 <= a <= N and 0 <= b <= N):
        raise ValueError(f"a={a}, b={b} is not allowed; allowed: from 0 to the N={N} edges of the graph")
    return Fraction(sum(comb(a, j) * comb(N - a, b - j) for j in range(max(x, 0), min(a, b) + 1)), comb(N, b))


def moments() -> Derivation:
    """From the probabilities that one edge, and that two edges, are in both."""
    one, two = sp.symbols("one two", positive=True)
    pair = a * (a - 1) * b * (b - 1) / (N**2 * (N - 1) ** 2)
    return Derivation(
        "overlap-variance",
        "The chance overlap varies by (ab/N)(1 - a/N)(N - b)/(N - 1)",
        "hypergeometric",
        (
            Step("second moment", N * one + N * (N - 1) * two, "sum over edges of I_e J_e, squared"),
            Step(
                "independent",
                a * b / N + N * (N - 1) * pair,
                "one: (a/N)(b/N); two: products of the pair probabilities of each subset",
                check=derived(lambda form: form.subs({one: a * b / N**2, two: pair})),
            ),
            Step(
                "variance", VARIANCE.expression, "less the mean squared", check=derived(lambda f: f - (a * b / N) ** 2)
            ),
        ),
        VARIANCE,
    )


def chance_iou() -> Derivation:
    """The union that the mean overlap leaves."""
    return Derivation(
        "overlap-iou",
        "Two random circuits have the IoU (ab/N) / (a + b - ab/N)",
        "reconstructed",
        (
            Step("overlap", MEAN.expression, "mean of the overlap"),
            Step("iou", IOU.expression, "over the union", check=derived(lambda form: form / (a + b - form))),
        ),
        IOU,
    )


def coin_tail(n: int, right: int) -> float:
    """log10 P(at most `right` of n fair guesses are right), exactly summed."""
    import math

    return math.log10(Fraction(sum(comb(n, j) for j in range(right + 1)), 2**n))
