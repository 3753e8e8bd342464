"""Features that fire on few samples (reconstructed). m of n samples, all of them successes, of which there are k; cv:
the coefficient of variation of the activations there, divisor m."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, lgamma, log1p

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

n, k, m = sp.symbols("n k m", positive=True)
cv = sp.Symbol("cv", nonnegative=True)
rho, S1, S2 = sp.symbols("rho S1 S2", positive=True)
MEANINGS = {
    "n": "samples", "k": "successes", "m": "samples on which it fires, all successes",
    "cv": "coefficient of variation where it fires", "rho": "correlation of a feature that matters",
}  # fmt: skip

RARE = ClosedForm(sp.sqrt((n - k) / k) / sp.sqrt(n * (1 + cv**2) / m - 1), meanings=MEANINGS)
"""Its correlation with success."""
EQUAL = ClosedForm(sp.sqrt(m * (n - k) / (k * (n - m))), meanings=MEANINGS)
"""Where it fires equally strongly: the most that m samples can give."""
SINGLETON = ClosedForm(sp.sqrt((n - k) / (k * (n - 1))), meanings=MEANINGS)
"""On one sample, however strongly."""
OVERTAKEN = ClosedForm(n / (1 + rho**2 * (n - 1)), meanings=MEANINGS)
"""Successes beyond which a correlation rho exceeds any singleton's."""


def all_positive(n: int, k: int, m: int) -> float:
    """P(a feature that fires on m samples fires on successes alone), the successes drawn at random."""
    if m > k:
        return 0.0
    return exp(lgamma(n - m + 1) - lgamma(k - m + 1) - lgamma(n + 1) + lgamma(k + 1))


def expected(F: float, n: int, k: int, m: int) -> float:
    """Of F such features, how many do."""
    return F * all_positive(n, k, m)


def some(F: int, n: int, k: int) -> float:
    """P(one of F features that fire on one sample each, independently drawn, fires on a success)."""
    return 1 - exp(F * log1p(-k / n))


def least_firing(counts: Sequence[float], n: int, k: int, allowed: float = 0.05) -> int:
    """The smallest number of samples such that fewer than `allowed` features that fire on exactly so many do so on
    successes alone, for it and for all larger ones. counts: features that fire on exactly 1, 2, ... samples."""
    over = [m for m, F in enumerate(counts, 1) if expected(F, n, k, m) >= allowed]
    return max(over, default=0) + 1


def correlation() -> Derivation:
    """From the two sums over the samples on which it fires."""
    r = (S1 / n - S1 / n * k / n) / sp.sqrt((S2 / n - S1**2 / n**2) * (k / n) * (1 - k / n))
    domain = {
        "n": lambda source, shape: source.uniform(30, 60),
        "k": lambda source, shape: source.uniform(10, 25),
        "m": lambda source, shape: source.uniform(1, 9),
        "S1": lambda source, shape: source.uniform(1, 2),
        "S2": lambda source, shape: source.uniform(3, 9),
    }
    return Derivation(
        "rare-feature",
        "Correlation of a feature that fires on few samples, all successes",
        "reconstructed",
        (
            Step("covariance over deviations", r, "S1, S2: sums of activations and of their squares"),
            Step("simplified", S1 * sp.sqrt((n - k) / k) / sp.sqrt(n * S2 - S1**2), "1 / n throughout"),
            Step(
                "by the coefficient of variation",
                RARE.expression,
                "S2 = (1 + cv^2) S1^2 / m",
                check=derived(lambda f: sp.simplify(f.subs(S2, (1 + cv**2) * S1**2 / m))),
            ),
            Step("equal activations", EQUAL.expression, "cv = 0", check=derived(lambda f: f.subs(cv, 0))),
            Step("on one sample", SINGLETON.expression, "m = 1", check=derived(lambda f: f.subs(m, 1))),
        ),
        SINGLETON,
        domain=domain,
    )


def crossing() -> Derivation:
    """Where a singleton's correlation is rho."""
    return Derivation(
        "overtaken",
        "Successes that it takes for a correlation to exceed any singleton's",
        "reconstructed",
        (
            Step("squares", (n - k) / (k * (n - 1)) - rho**2, "a singleton's, less rho^2"),
            Step("solved", OVERTAKEN.expression, "for k", check=_solved),
        ),
        OVERTAKEN,
    )


def _solved(before: ClosedForm, after: ClosedForm, points: object) -> str:
    roots = sp.solve(before.inlined(), k)
    return "symbolic" if len(roots) == 1 and sp.simplify(roots[0] - after.inlined()) == 0 else ""
