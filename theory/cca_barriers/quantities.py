"""What `corollary evaluate cca-barriers/...` computes, with every argument's domain."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from corollary.formulas.quantity import Argument, Domain, Quantity, finite, integer, nonnegative, vector
from corollary.theory.cca_barriers import augmentation, hard_family, laws, queries

ARXIV = "arXiv 2605.01425"
SUM_TOLERANCE = 1e-9


def _inside(says: str, condition: Callable[[float], bool]) -> Domain:
    def check(value: Any) -> float:
        found = finite.check(value)
        if not condition(found):
            raise ValueError
        return found

    return Domain(says, check)


probability = _inside("a probability in [0, 1]", lambda value: 0 <= value <= 1)
fraction = _inside("a number in (0, 1)", lambda value: 0 < value < 1)


def distribution(size: str) -> Domain:
    """Vectors [size] of probabilities that sum to 1."""
    inner = vector(size)

    def check(value: Any) -> np.ndarray:
        found = np.atleast_1d(inner.check(value))
        if np.any(found < 0):
            raise ValueError(f"{found.min():.6g} is negative")
        if abs(found.sum() - 1) > SUM_TOLERANCE:
            raise ValueError(f"it sums to {found.sum():.6g}")
        return found

    return Domain("a vector of probabilities that sum to 1, such as [0.9,0.1]", check, (size,))


def _exact(value: float) -> Fraction:
    """A decimal as it was typed: 0.15 is 3/20, so that thresholds fall where they should."""
    return Fraction(repr(float(value)))


def least_credit(p: np.ndarray, q: np.ndarray, eps: float, delta: float) -> float:
    """The least credit of an (eps, delta)-CCA augmentation; the two laws are made exact first."""
    present, absent = ({y: _exact(mass) for y, mass in enumerate(law)} for law in (p, q))
    present, absent = ({y: mass / sum(law.values()) for y, mass in law.items()} for law in (present, absent))
    return float(1 - augmentation.largest_survival(present, absent, Fraction(math.exp(eps)), _exact(delta)))


def growth_exponent(c: float, L: int) -> float:
    return (L - 1) * math.log((2 - c) / (2 * (1 - c)))


def growth_delta(c: float, L: int, eps: float) -> float:
    """The least delta of the text-independent rollout, both directions."""
    n, E, tilted = L - 1, math.exp(eps), (1 - c) / (2 - c)
    conditional = {k: math.comb(n, k) * tilted**k * (1 - tilted) ** (n - k) for k in range(n + 1)}
    absent = {k: math.comb(n, k) * 0.5**n for k in range(n + 1)}
    return float(laws.minimal_delta(conditional, absent, E))


def prefix_search_success(zeros: int, ones: int, n: int, gamma: float, alpha: float) -> float:
    _check_margin(gamma, alpha)
    return float(queries.prefix_search_success(zeros, ones, n, _exact(gamma), _exact(alpha)))


def prefix_search_queries(l: int, gamma: float, alpha: float) -> int:
    return queries.prefix_search_queries(l, _exact(gamma), _exact(alpha))


def retrofit_queries(l: int, k: int, gamma: float, alpha: float) -> int:
    if k > l:
        raise ValueError(f"k = {k}: must be at most l = {l}")
    return queries.retrofit_queries(l, k, _exact(gamma), _exact(alpha))


def paper_retrofit_bound(l: int, gamma: float, alpha: float) -> float:
    _check_margin(gamma, alpha)
    return queries.paper_retrofit_bound(l, gamma, alpha)


def optimal_credit(l: int, k: int, gamma: float, delta: float) -> float:
    return float(hard_family.optimal_credit(l, k, gamma, delta))


def data_influence(l: int, k: int, gamma: float, eps: float) -> float:
    if k > l:
        raise ValueError(f"k = {k}: must be at most l = {l}")
    return float(hard_family.bias(math.exp(eps), gamma)) / 2 ** (l - k)


def find_success(l: int, q: int) -> float:
    return float(queries.find_success(l, q))


def _check_margin(gamma: float, alpha: float) -> None:
    if not 2 * alpha < gamma:
        raise ValueError(f"alpha = {alpha}: must be less than gamma / 2 = {gamma / 2}")


_p, _q = (
    Argument(name, f"output law {how} the document", distribution("outputs"))
    for name, how in (("p", "with"), ("q", "without"))
)
_eps = Argument("eps", "exponent of the closeness", nonnegative, 0.0)
_delta = Argument("delta", "additive slack of the closeness", probability, 0.0)
_l = Argument("l", "bits of the secret", integer(1))
_k = Argument("k", "length of the prompt", integer(0), 1)
_gamma = Argument("gamma", "optimal credit on prefixes of the secret", fraction)
_alpha = Argument("alpha", "error allowed in the credit", probability)
_queries = Argument("q", "queries", integer(0))
_c = Argument("c", "probability of credit after a 1", fraction)
_L = Argument("L", "output length", integer(1))
_beta = Argument("beta", "bias of the secret's bit", _inside("a number in [0, 1/2]", lambda b: 0 <= b <= 0.5))
_samples = Argument("n", "samples an estimate", integer(1))

QUANTITIES = {
    one.name: one
    for one in (
        Quantity(
            "least_credit",
            least_credit,
            (_p, _q, _eps, _delta),
            "least credit with which one output law can be made (eps, delta)-CCA",
            f"{ARXIV}, program B.4",
        ),
        Quantity(
            "growth_exponent",
            growth_exponent,
            (_c, _L),
            "eps' of a rollout whose texts do not depend on the document",
            "reconstructed",
        ),
        Quantity(
            "growth_delta", growth_delta, (_c, _L, _eps), "least delta of the same rollout at eps", "reconstructed"
        ),
        Quantity(
            "optimal_credit",
            optimal_credit,
            (_l, _k, _gamma, _delta),
            "least credit on a prefix of the secret, whatever eps",
            f"{ARXIV}, Lemma 5.6",
        ),
        Quantity(
            "data_influence",
            data_influence,
            (_l, _k, _gamma, _eps),
            "total variation that the document makes to the output",
            f"{ARXIV}, Remark 5.6.1 (corrected)",
        ),
        Quantity(
            "find_success",
            find_success,
            (_l, _queries),
            "best chance to name the secret after q full-distribution queries",
            f"{ARXIV}, Lemma 5.8",
        ),
        Quantity(
            "find_queries",
            queries.find_queries,
            (_l,),
            "queries that name the secret with probability 2/3",
            f"{ARXIV}, Lemma 5.8",
        ),
        Quantity(
            "sampled_search_success",
            queries.sampled_search_success,
            (Argument("N", "secrets", integer(2)), Argument("m", "secrets tried", integer(1)), _samples, _beta),
            "best chance to name the secret from token samples",
            "reconstructed",
        ),
        Quantity(
            "prefix_search_success",
            prefix_search_success,
            (
                Argument("zeros", "zeros of the secret", integer(0)),
                Argument("ones", "ones of the secret", integer(0)),
                _samples,
                _gamma,
                _alpha,
            ),
            "prefix search's success against the worst approximate credit",
            f"{ARXIV}, Algorithm 3",
        ),
        Quantity(
            "prefix_search_queries",
            prefix_search_queries,
            (_l, _gamma, _alpha),
            "credit samples that recover the secret with probability 2/3",
            f"{ARXIV}, Lemma 5.9",
        ),
        Quantity(
            "retrofit_queries",
            retrofit_queries,
            (_l, _k, _gamma, _alpha),
            "fewest base queries a call of an alpha-approximate retrofitter",
            f"{ARXIV}, Thm 5.5; sharpened",
        ),
        Quantity(
            "paper_retrofit_bound",
            paper_retrofit_bound,
            (_l, _gamma, _alpha),
            "base queries a call that the reduction proves necessary",
            f"{ARXIV}, Thm 5.5",
        ),
    )
}
