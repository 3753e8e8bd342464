"""How fast composition fails when texts do not depend on the document at all, and what 0-CCA costs on iid tokens
(reconstructed for arXiv 2605.01425).

c: probability of credit at a step after a 1. n = L - 1: steps that can credit, in texts of L fair bits.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, exactly, limit, series
from corollary.theory.cca_barriers.symbols import DOMAIN, L, c, form, k, n, theta

EXPONENT = n * sp.log((2 - c) / (2 * (1 - c)))
"""eps' of the rollout."""


def growth_delta(c: float, L: int, eps: float) -> float:
    """The least delta of the rollout at eps: a sum over the number of ones among its first L - 1 tokens, which are
    Bernoulli((1 - c)/(2 - c)) given no credit and fair without the document; both directions."""
    from scipy.stats import binom

    n, tilted = L - 1, (1 - c) / (2 - c)
    ones = np.arange(n + 1)
    tilt = ones * np.log(2 * tilted) + (n - ones) * np.log(2 * (1 - tilted))
    forward = binom.pmf(ones, n, tilted) * -np.expm1(np.minimum(eps - tilt, 0.0))
    backward = binom.pmf(ones, n, 0.5) * -np.expm1(np.minimum(eps + tilt, 0.0))
    return min(1.0, float(max(forward.sum(), backward.sum())))


def growth() -> Derivation:
    """The exact eps' of the rollout whose texts do not depend on the document at all."""
    Z = sp.Sum(sp.binomial(n, k) * (1 - c) ** k / 2**n, (k, 0, n))
    rarest = n * sp.log(1 - c)
    steps = (
        Step("sum over texts", Z, "k of the n bits are ones, each survives with probability 1 - c"),
        Step(
            "binomial theorem",
            (1 - c / 2) ** n,
            "fair bits: each step survives with probability 1 - c/2 on average",
            exactly(
                lambda line: all(sp.expand((Z - line.inlined()).subs(n, m).doit()) == 0 for m in range(1, 9)),
                "polynomial identity for n = 1..8",
            ),
        ),
        Step(
            "extreme texts",
            sp.Max(sp.Abs(rarest - n * sp.log(1 - c / 2)), sp.Abs(n * sp.log(1 - c / 2))),
            "ln(Pi/Z) is monotone in k, so its largest size is at all ones or at all zeros",
            exactly(_is_largest_over_texts, "all k, n <= 12, rational c"),
        ),
        Step("all ones", EXPONENT, "(2 - c)^2 >= 4 (1 - c): the text of ones moves most"),
    )
    return Derivation(
        "growth",
        "The rollout of a (0,0)-CCA predictor is eps'-CCA with eps' linear in the length.",
        "reconstructed",
        steps,
        form(EXPONENT),
        domain=DOMAIN,
    )


def growth_path_bound() -> Derivation:
    """What the one-sided path bound says of the same rollout."""
    steps = (
        Step("text of zeros", -sp.log((1 - c / 2) ** n), "Pi = 1 is the largest survival; Z = (1 - c/2)^n"),
        Step("simplify", n * sp.log(2 / (2 - c)), "logarithm of a power"),
    )
    return Derivation(
        "growth-path-bound",
        "The path bound on the same rollout is n ln(2 / (2 - c)).",
        "arXiv 2605.01425, Thm 4.3",
        steps,
        form(n * sp.log(2 / (2 - c))),
        domain=DOMAIN,
    )


def growth_small_rate() -> Derivation:
    """The two rates agree to first order in c only."""
    gap = EXPONENT / n - sp.log(2 / (2 - c))
    steps = (
        Step("gap per token", gap, "exact rate minus the path bound's"),
        Step("second order", c**2 / 4, "series at c = 0: the first orders c/2 cancel", series(c, 3)),
    )
    return Derivation(
        "growth-small-rate",
        "The path bound loses c^2 / 4 per token at small credit rates.",
        "reconstructed",
        steps,
        form(c**2 / 4),
        domain=DOMAIN,
    )


def growth_certain_credit() -> Derivation:
    """At credit rate 1 no eps' suffices."""
    steps = (
        Step("rate", n / EXPONENT, "the inverse of eps' per token"),
        Step("limit", sp.Integer(0), "c -> 1: eps' per token is unbounded", limit(c, 1)),
    )
    return Derivation(
        "growth-certain-credit",
        "The exact rate is unbounded as c -> 1, the path bound's is ln 2.",
        "reconstructed",
        steps,
        domain=DOMAIN,
    )


def independent_credit() -> Derivation:
    """The credit that pure 0-CCA forces on independent tokens."""
    least = (1 - sp.Abs(1 - 2 * theta)) / 2
    credit = 1 - (2 * least) ** L
    steps = (
        Step(
            "sequence level",
            1 - sp.Min(2 * theta, 2 * (1 - theta)) ** L,
            "R* = min over texts of P/Q = prod of the least token ratios",
        ),
        Step("token level", credit, "survival 2 min(theta, 1 - theta) at each step, whatever the text: it composes"),
    )
    return Derivation(
        "independent-credit",
        "Sequence-level and token-level 0-CCA force the same credit on iid tokens.",
        "reconstructed",
        steps,
        form(1 - sp.Min(2 * theta, 2 - 2 * theta) ** L),
        domain=DOMAIN,
    )


def _is_largest_over_texts(exponent: ClosedForm) -> bool:
    """No number of ones k gives a larger |ln(Pi/Z)| than the exponent says."""
    for rate in (Fraction(1, 10), Fraction(1, 2), Fraction(9, 10)):
        for steps in range(1, 13):
            ratios = [(1 - rate) ** ones / (1 - rate / 2) ** steps for ones in range(steps + 1)]
            largest = max(max(ratio, 1 / ratio) for ratio in ratios)
            stated = exponent.inlined().subs({n: steps, c: sp.Rational(rate.numerator, rate.denominator)})
            if abs(sp.N(stated - sp.log(sp.Rational(largest.numerator, largest.denominator)), 40)) > 1e-35:
                return False
    return True
