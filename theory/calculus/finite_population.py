"""Sampling n of N without replacement: the mean and variance of a sampled sum, from the inclusion indicators."""

from __future__ import annotations

from typing import Any

import sympy as sp

from corollary import ClosedForm, Derivation, Step
from corollary.formulas.derivation import derived, integers, stated

N, n = sp.symbols("N n", positive=True, integer=True)
power, mean_square = sp.symbols("power mean_square", nonnegative=True)

MEANINGS = {
    "N": "size of the population",
    "n": "size of the sample",
    "power": "mean over the population of |f|^2",
    "mean_square": "|mean of f|^2 over the population",
}


def sampled_variance(alpha: Any, size: Any, spread: Any) -> Any:
    """Var[(1/N) sum over the sample of f] with alpha = n / N, N = size, spread = mean|f|^2 - |mean f|^2."""
    return alpha * (1 - alpha) / (size - 1) * spread


VARIANCE = ClosedForm(sampled_variance(n / N, N, power - mean_square), meanings=MEANINGS)


def variance() -> Derivation:
    """The variance of a sampled sum over the population's size."""
    share, both = n / N, n * (n - 1) / (N * (N - 1))
    own, other = N * power, N**2 * mean_square - N * power
    return Derivation(
        "split-variance",
        "How a sum over a random half of the pairs fluctuates",
        "reconstructed",
        (
            Step(
                "two inclusions",
                both - share**2,
                "P(i and j) = n (n - 1) / (N (N - 1)); subtract P(i) P(j)",
                check=stated,
            ),
            Step("covariance", -share * (1 - share) / (N - 1), "factor"),
            Step(
                "sum of covariances",
                (share * (1 - share) * own + sp.Symbol("c") * other) / N**2,
                "sum_i |f_i|^2 = N power; over i != j, sum f_i conj(f_j) = N^2 |mean f|^2 - N power",
                check=stated,
            ),
            Step(
                "variance",
                VARIANCE.expression,
                "insert the covariance and factor",
                check=derived(lambda e: e.subs(sp.Symbol("c"), -share * (1 - share) / (N - 1))),
            ),
        ),
        VARIANCE,
        domain={"n": integers(1, 9), "N": integers(10, 60)},
    )
