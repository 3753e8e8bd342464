"""Kendall's tau under permutation: what |W_O| and the first token's variance are compared with by chance (textbook)."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from math import factorial

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, exactly

size = sp.Symbol("size", integer=True, positive=True)
NULL_VARIANCE = ClosedForm(2 * (2 * size + 5) / (9 * size * (size - 1)), meanings={"size": "numbers compared"})
"""Variance of tau between unrelated rankings of `size` numbers without ties; its mean is 0."""


def enumerated(count: int) -> Fraction:
    """The same by enumeration of all rankings."""
    total = Fraction(0)
    pairs = count * (count - 1) // 2
    for order in permutations(range(count)):
        agree = sum(1 if order[i] < order[j] else -1 for i in range(count) for j in range(i + 1, count))
        total += Fraction(agree, pairs) ** 2
    return total / factorial(count)


def null_variance() -> Derivation:
    """The variance from the counts of pairs of pairs."""
    pairs = size * (size - 1) / 2
    triples = size * (size - 1) * (size - 2) / 6
    return Derivation(
        "kendall-null",
        "By chance tau has variance 2 (2 n + 5) / (9 n (n - 1))",
        "textbook",
        (
            Step(
                "signs",
                pairs + triples * sp.Rational(2, 3),
                "variance of the sum of all pairs' signs: each pair 1; of the three couples of pairs in a triple two "
                "have covariance 1/3 and one -1/3, each counted twice; disjoint pairs 0",
            ),
            Step(
                "variance",
                NULL_VARIANCE.expression,
                "over the number of pairs squared",
                check=derived(lambda form: form / pairs**2),
            ),
            Step(
                "small cases",
                NULL_VARIANCE.expression,
                "equal to enumeration of all rankings of 2 to 6 numbers",
                check=exactly(
                    lambda form: all(
                        sp.Rational(*enumerated(count).as_integer_ratio()) == form.expression.subs(size, count)
                        for count in range(2, 7)
                    ),
                    "exact enumeration",
                ),
            ),
        ),
        NULL_VARIANCE,
    )
