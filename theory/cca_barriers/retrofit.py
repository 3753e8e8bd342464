"""Retrofitting credit onto M_z as a black box: how many queries a call it takes (arXiv 2605.01425, Theorem 5.5).

l: secret bits. k: length of the prompt. gamma: optimal credit on prefixes of the secret. alpha: error allowed in the
credit. Where gamma and alpha are Fractions, numbers of queries are exact.
"""

from __future__ import annotations

import math
from fractions import Fraction

import sympy as sp

from corollary.formulas.derivation import Derivation, Step, derived, exactly, solved
from corollary.theory.cca_barriers.laws import Number
from corollary.theory.cca_barriers.symbols import DOMAIN, alpha, form, gamma, l, rho

PAPER_BOUND = 2**l / 3 * (gamma - 2 * alpha) ** 2 / (4 * l * sp.log(12 * l))
"""(2^l / 3) / N_B, the base queries a call that the reduction to the prefix search proves necessary."""


def credit_inside(l: int, k: int, q: int, alpha: Number) -> Number:
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


def retrofit_queries(l: int, k: int, gamma: Fraction, alpha: Fraction) -> int:
    """The fewest base queries per call, in the worst case over secrets, of an alpha-approximate retrofitter at prompts
    of length k (reconstructed): ceil((gamma - 2 alpha) 2^(l-1)) at k = 1, its worst; 0 at k = 0 and from alpha =
    gamma/2 on."""
    if k == 0 or 2 * alpha >= gamma:
        return 0
    inside, K = 2 ** (l - k), 2**k - 1
    # The smaller root of `retrofit_quadratic`, times `inside`, by an integer square root that is at most 1 too large.
    middle = K * (1 - alpha) + gamma - alpha
    root = math.isqrt(math.floor((middle**2 - 4 * K * (gamma - 2 * alpha)) * inside**2)) + 1
    queries = max(0, math.floor((middle * inside - root) / 2))
    while credit_inside(l, k, queries, alpha) < gamma - alpha:
        queries += 1
    return queries


def best_approximation(l: int, q: int, gamma: Number) -> Number:
    """The smallest alpha that q queries a call reach at prompts of length 1 (reconstructed)."""
    return max(0 * gamma, (gamma - Fraction(q, 2 ** (l - 1))) / 2)


def exact_retrofit_queries(l: int, k: int) -> int:
    """Base queries of the exact credit-optimal retrofit after a prompt of length k: every prompt below it, with and
    without the document (reconstructed)."""
    return 2 * (2 ** (l - k + 1) - 1)


def retrofit_bound() -> Derivation:
    """The sharp number of queries a call at prompts of length 1."""
    half, slack = 2 ** (l - 1), gamma - 2 * alpha
    c0 = sp.Symbol("c0", positive=True)
    off = c0 * (1 - rho) - alpha
    tentative = alpha / (1 - rho)
    steps = (
        Step("credit elsewhere", off, "credit tentatively with chance c0; a search outside withdraws it sometimes"),
        Step("at most alpha", tentative, "the largest c0", solved(c0)),
        Step(
            "credit on the path",
            tentative + (1 - tentative) * rho - (gamma - alpha),
            "tentative credit, or the secret found inside, against gamma - alpha",
            derived(lambda tried: tried + (1 - tried) * rho - (gamma - alpha)),
        ),
        Step("share of prompts", slack, "the share that must be searched", solved(rho)),
        Step(
            "queries",
            half * slack,
            "of the 2^(l-1) secrets below a prompt of length 1",
            derived(lambda share: half * share),
        ),
    )
    return Derivation(
        "retrofit-bound",
        "A retrofit to within alpha takes (gamma - 2 alpha) 2^(l-1) queries a call.",
        "arXiv 2605.01425, Thm 5.5; sharpened, reconstructed",
        steps,
        form(half * slack),
        domain=DOMAIN,
    )


def retrofit_quadratic() -> Derivation:
    """The share of secrets to search at longer prompts."""
    K = sp.Symbol("K", integer=True, positive=True)
    condition = rho + alpha * (1 - rho) / (1 - rho / K) - (gamma - alpha)
    linear = 1 - alpha + (gamma - alpha) / K
    quadratic = rho**2 / K - rho * linear + gamma - 2 * alpha
    steps = (
        Step(
            "condition",
            condition,
            "largest credit inside, when credit outside is alpha; K = 2^k - 1 times as many leaves are outside",
        ),
        Step(
            "clear denominators",
            -quadratic,
            "times 1 - rho/K",
            derived(lambda short: sp.simplify(short * (1 - rho / K))),
        ),
        Step(
            "smaller root",
            K * (linear - sp.sqrt(linear**2 - 4 * (gamma - 2 * alpha) / K)) / 2,
            "quadratic formula",
            exactly(lambda root: sp.simplify(sp.expand(quadratic.subs(rho, root.inlined()))) == 0, "symbolic"),
        ),
    )
    return Derivation(
        "retrofit-quadratic",
        "At longer prompts the share to search is the smaller root of a quadratic.",
        "reconstructed",
        steps,
        form(steps[-1].expression),
        domain=DOMAIN,
    )
