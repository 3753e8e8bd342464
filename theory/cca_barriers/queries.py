"""How many oracle queries it takes to find the secret of M_z, and to retrofit credit on it (arXiv 2605.01425, Sec. 5).

l: secret bits, N = 2^l secrets. gamma: optimal credit on prefixes of the secret. alpha: error allowed in the credit.
Probabilities may be Fractions, for exact results, or floats.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache
from typing import Any


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


def sampled_search_success(N: int, m: int, n: int, beta: Any) -> Any:
    """The best probability of naming the secret from n sampled tokens at each of m < N candidates, the secret's being
    biased by beta (reconstructed): E max(1, largest likelihood ratio) / N."""
    if not 0 < m < N:
        raise ValueError(f"m = {m}: must be an integer in 1..N - 1 = {N - 1}")
    below = [Fraction(sum(math.comb(n, j) for j in range(k + 1)), 2**n) ** m for k in range(n + 1)]
    mean = below[0] * max(1, likelihood_ratio(0, n, beta))
    for k in range(1, n + 1):
        mean += (below[k] - below[k - 1]) * max(1, likelihood_ratio(k, n, beta))
    return mean / N


def likelihood_ratio(k: int, n: int, beta: Any) -> Any:
    """Of k ones in n tokens, biased against fair."""
    return (1 + 2 * beta) ** k * (1 - 2 * beta) ** (n - k)


def samples_per_estimate(l: int, gamma: Any, alpha: Any) -> int:
    """Credit samples for one estimate of the prefix search, by Hoeffding's inequality with nothing lost: half of what
    arXiv 2605.01425, Lemma B.1 asks for (reconstructed). Raises ValueError unless 2 alpha < gamma."""
    if not 2 * alpha < gamma:
        raise ValueError(f"alpha = {alpha}: must be less than gamma / 2 = {gamma / 2}")
    return math.ceil(2 * math.log(12 * l) / float(gamma - 2 * alpha) ** 2)


def prefix_search_queries(l: int, gamma: Any, alpha: Any) -> int:
    """Credit samples of the whole prefix search: two prompts a bit (arXiv 2605.01425, Lemma 5.9, sharp samples)."""
    return 2 * l * samples_per_estimate(l, gamma, alpha)


def prefix_search_success(zeros: int, ones: int, n: int, gamma: Any, alpha: Any) -> Any:
    """The prefix search's success on a secret of that many zeros and ones, n samples an estimate, against the worst
    approximation: gamma - alpha on prefixes, alpha elsewhere, ties read as 1 (reconstructed)."""
    on, off = binomial(n, gamma - alpha), binomial(n, alpha)
    more = sum(on[x] * off[y] for x in range(n + 1) for y in range(x))
    tie = sum(on[x] * off[x] for x in range(n + 1))
    return more**zeros * (more + tie) ** ones


def binomial(n: int, chance: Any) -> list[Any]:
    """Probabilities of 0..n successes."""
    return [math.comb(n, k) * chance**k * (1 - chance) ** (n - k) for k in range(n + 1)]


def paper_retrofit_bound(l: int, gamma: Any, alpha: Any) -> float:
    """Base queries per call that a retrofitter needs by reduction to the prefix search: (2^l / 3) / N_B
    (arXiv 2605.01425, Thm 5.5)."""
    return 2.0**l / 3 * float(gamma - 2 * alpha) ** 2 / (4 * l * math.log(12 * l))


def credit_inside(l: int, k: int, q: int, alpha: Any) -> Any:
    """The largest credit on prefixes of length k that q queries a call allow when credit elsewhere is at most alpha
    (reconstructed). Raises ValueError unless 1 <= k <= l."""
    if not 1 <= k <= l:
        raise ValueError(f"k = {k}: must be an integer in 1..l = {l}")
    inside = 2 ** (l - k)
    if q >= inside:
        return Fraction(1)
    found_in, found_out = Fraction(q, inside), Fraction(q, (2**k - 1) * inside)
    tentative = min(1, alpha / (1 - found_out))
    return tentative + (1 - tentative) * found_in


def retrofit_queries(l: int, k: int, gamma: Any, alpha: Any) -> int:
    """The fewest base queries per call, in the worst case over secrets, of an alpha-approximate retrofitter at prompts
    of length k (reconstructed): ceil((gamma - 2 alpha) 2^(l-1)) at k = 1, its worst; 0 at k = 0 and from alpha =
    gamma/2 on. Exact when gamma and alpha are Fractions."""
    if k == 0 or 2 * alpha >= gamma:
        return 0
    too_few, enough = -1, 2 ** (l - k)
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        if credit_inside(l, k, middle, alpha) >= gamma - alpha:
            enough = middle
        else:
            too_few = middle
    return enough


def best_approximation(l: int, q: int, gamma: Any) -> Any:
    """The smallest alpha that q queries a call reach at prompts of length 1 (reconstructed)."""
    return max(0 * gamma, (gamma - Fraction(q, 2 ** (l - 1))) / 2)


def exact_retrofit_queries(l: int, k: int) -> int:
    """Base queries of the exact credit-optimal retrofit after a prompt of length k: every prompt below it, with and
    without the document (reconstructed)."""
    return 2 * (2 ** (l - k + 1) - 1)
