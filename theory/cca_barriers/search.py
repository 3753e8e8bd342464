"""How many queries it takes to find the secret of M_z: from the model, exponentially many; from a credit oracle, few
(arXiv 2605.01425, Section 5).

l: secret bits, N = 2^l secrets. gamma: optimal credit on prefixes of the secret. alpha: error allowed in the credit.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache

import numpy as np
import sympy as sp

from corollary.formulas.derivation import Derivation, Step, derived, exactly, integers, solved, substituted
from corollary.theory.cca_barriers.laws import Number
from corollary.theory.cca_barriers.symbols import DOMAIN, N, alpha, beta, form, gamma, j, l, n, q


def find_success(l: int, q: int) -> Fraction:
    """The best probability of naming a uniform secret after q full-distribution queries: min(1, (q + 1)/2^l)
    (arXiv 2605.01425, Lemma 5.8; the exact value reconstructed)."""
    return min(Fraction(1), Fraction(q + 1, 2**l))


@cache
def best_search(candidates: int, q: int) -> Fraction:
    """The same by dynamic programming over what is still possible: each query asks about one candidate, or wastes
    itself."""
    guess = Fraction(1, candidates)
    if q == 0 or candidates == 1:
        return guess
    return max(best_search(candidates, q - 1), guess + (1 - guess) * best_search(candidates - 1, q - 1))


def find_queries(l: int, success: Fraction = Fraction(2, 3)) -> int:
    """The fewest queries that name the secret with at least that probability."""
    return max(0, math.ceil(2**l * success - 1))


def exhaustive_queries(l: int) -> tuple[int, Fraction]:
    """(worst, mean) number of queries of a search that goes on until the secret is known, by counting every case."""
    N = 2**l
    counts = [*range(1, N), N - 1]
    return max(counts), Fraction(sum(counts), N)


def sampled_search_success(N: int, m: int, n: int, beta: float) -> float:
    """The best probability of naming the secret from n sampled tokens at each of m < N candidates, the secret's being
    biased by beta (reconstructed): E max(1, largest likelihood ratio) / N, over the largest number of ones."""
    from scipy.special import xlog1py
    from scipy.stats import binom

    if not 0 < m < N:
        raise ValueError(f"m = {m}: must be an integer in 1..N - 1 = {N - 1}")
    ones = np.arange(n + 1)
    ratio = xlog1py(ones, 2 * beta) + xlog1py(n - ones, -2 * beta)
    here = binom.logpmf(ones, n, 0.5)
    below = np.logaddexp.accumulate(here)
    # The largest of m counts is k with probability F(k)^m - F(k - 1)^m; logarithms, for the ratio may overflow.
    with np.errstate(divide="ignore"):
        share = np.log(-np.expm1(m * np.log1p(-np.exp(here - below))))
    return min(1.0, float(np.exp(m * below + share + np.maximum(ratio, 0.0)).sum() / N))


def samples_per_estimate(l: int, gamma: Number, alpha: Number) -> int:
    """Credit samples for one estimate of the prefix search, by Hoeffding's inequality with nothing lost: half of what
    arXiv 2605.01425, Lemma B.1 asks for (reconstructed). Raises ValueError unless 2 alpha < gamma."""
    if not 2 * alpha < gamma:
        raise ValueError(f"alpha = {alpha}: must be less than gamma / 2 = {gamma / 2}")
    return math.ceil(2 * math.log(12 * l) / float(gamma - 2 * alpha) ** 2)


def prefix_search_queries(l: int, gamma: Number, alpha: Number) -> int:
    """Credit samples of the whole prefix search: two prompts a bit (arXiv 2605.01425, Lemma 5.9, sharp samples)."""
    return 2 * l * samples_per_estimate(l, gamma, alpha)


def prefix_search_success(zeros: int, ones: int, n: int, gamma: float, alpha: float) -> float:
    """The prefix search's success on a secret of that many zeros and ones, n samples an estimate, against the worst
    approximation: gamma - alpha on prefixes, alpha elsewhere, ties read as 1 (reconstructed)."""
    from scipy.stats import binom

    count = np.arange(n + 1)
    on, off = binom.pmf(count, n, gamma - alpha), binom.pmf(count, n, alpha)
    below = np.concatenate([[0.0], np.cumsum(off)[:-1]])
    return min(1.0, float((on @ below) ** zeros * (on @ (below + off)) ** ones))


def find_chance() -> Derivation:
    """The best chance to name a uniform secret after q full-distribution queries."""
    missed = sp.Product((N - j - 1) / (N - j), (j, 0, q))
    steps = (
        Step("miss every time", missed, "q queries and a final guess, each at one of the candidates left"),
        Step(
            "telescope",
            (N - q - 1) / N,
            "the product telescopes",
            exactly(
                lambda line: all(sp.cancel((missed - line.inlined()).subs(q, m).doit()) == 0 for m in range(1, 9)),
                "cancelled for q = 1..8",
            ),
        ),
        Step(
            "succeed",
            (q + 1) / N,
            "complement; no adaptive search does better",
            exactly(
                lambda line: all(
                    line.inlined().subs({N: 8, q: m}) == sp.Rational(*best_search(8, m).as_integer_ratio())
                    for m in range(8)
                ),
                "dynamic programming, N = 8",
            ),
        ),
    )
    return Derivation(
        "find-success",
        "q queries name the secret with probability at most (q + 1) / N.",
        "arXiv 2605.01425, Lemma 5.8; exact value reconstructed",
        steps,
        form((q + 1) / N),
        domain=DOMAIN,
    )


def exhaustive_mean() -> Derivation:
    """Mean queries of a search that goes on until it knows."""
    total = sp.Sum(j, (j, 1, N - 1)) / N + (N - 1) / N
    mean = (N - 1) * (N + 2) / (2 * N)
    steps = (
        Step("average", total, "candidate j takes j queries, the last one is inferred"),
        Step(
            "sum",
            mean,
            "arithmetic series",
            exactly(lambda line: sp.simplify(total.doit() - line.inlined()) == 0, "symbolic"),
        ),
    )
    return Derivation(
        "exhaustive-mean",
        "Exhaustive search takes (N - 1)(N + 2) / (2 N) queries on average.",
        "reconstructed",
        steps,
        form(mean),
        domain={"N": integers(2, 64)},
    )


def hoeffding_samples() -> Derivation:
    """Credit samples an estimate needs."""
    margin, samples = sp.symbols("tau n", positive=True)
    needed = sp.log(2 / beta) / (2 * margin**2)
    sharp = 2 * sp.log(12 * l) / (gamma - 2 * alpha) ** 2
    steps = (
        Step(
            "two-sided tail",
            sp.log(2) - 2 * samples * margin**2 - sp.log(beta),
            "Hoeffding: ln of 2 exp(-2 n tau^2), set to ln beta",
        ),
        Step("solve", needed, "the samples that suffice", solved(samples)),
        Step(
            "margin and share",
            sharp,
            "tau = (gamma - 2 alpha)/2, and failure 1/(6 l) for each of 2 l estimates",
            substituted({margin: (gamma - 2 * alpha) / 2, beta: 1 / (6 * l)}),
        ),
        Step("total", 2 * l * sharp, "two prompts a bit", derived(lambda each: 2 * l * each)),
    )
    return Derivation(
        "hoeffding-samples",
        "4 l ln(12 l) / (gamma - 2 alpha)^2 credit samples recover the secret.",
        "arXiv 2605.01425, Lemma 5.9, with half the samples of its Lemma B.1",
        steps,
        form(2 * l * sharp),
        domain=DOMAIN,
    )


def paper_samples() -> Derivation:
    """What the paper's sample size gives."""
    margin = sp.Symbol("tau", positive=True)
    steps = (
        Step("two-sided tail", 2 * sp.exp(-2 * n * margin**2), "Hoeffding"),
        Step(
            "the paper's n",
            beta**2 / 2,
            "n = tau^-2 ln(2/beta), twice what is needed",
            substituted({n: sp.log(2 / beta) / margin**2}),
        ),
    )
    return Derivation(
        "paper-samples",
        "With tau^-2 ln(2/beta) samples an estimate fails with chance beta^2/2.",
        "arXiv 2605.01425, Lemma B.1 (loose)",
        steps,
        form(beta**2 / 2),
        domain=DOMAIN,
    )
