"""What `corollary evaluate cca-barriers/...` computes, with every argument's domain."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import numpy as np

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.exact_numbers import multiprecise
from corollary.formulas.quantity import Argument, Quantity, integer, interval, nonnegative, probability, simplex
from corollary.formulas.quantity import rational as exactly
from corollary.theory.cca_barriers import credit, growth, hard_family, retrofit, search
from corollary.theory.cca_barriers.laws import Law
from corollary.theory.cca_barriers.symbols import L, form, n

ARXIV = "arXiv 2605.01425"
MOST_BITS = 100_000
MOST_STEPS = 1_000_000
LARGEST_EPS = 1500
"""There e^eps exceeds the ratio of any two probabilities that a float can hold: beyond it nothing changes."""

Real = float | Fraction
"""A number as it was typed: a float is read as it is printed, 0.15 as 3/20, so that thresholds fall where they should.
Where digits are asked for it is a Fraction already."""


def least_credit(p: np.ndarray, q: np.ndarray, eps: float, delta: float) -> float:
    """The least credit of an (eps, delta)-CCA augmentation; the two laws are made exact first."""
    return float(1 - credit.largest_survival(_exact_law(p), _exact_law(q), _exact_power(eps), exactly.check(delta)))


def _exact_law(law: np.ndarray) -> Law:
    """The law with entries as they were typed, scaled to sum to 1."""
    exact = [exactly.check(float(mass)) for mass in law]
    total = sum(exact)
    return {y: mass / total for y, mass in enumerate(exact)}


def _exact_power(eps: float) -> Fraction:
    """e^eps to float64's precision, however large."""
    mantissa, exponent = mpmath.frexp(mpmath.exp(min(eps, LARGEST_EPS)))
    return Fraction(float(mantissa)) * Fraction(2) ** exponent


def optimal_credit(l: int, k: int, gamma: Real, delta: Real, digits: int | None = None) -> Any:
    return _number(hard_family.optimal_credit(l, k, exactly.check(gamma), exactly.check(delta)), digits)


def data_influence(l: int, k: int, gamma: Real, eps: Real, digits: int | None = None) -> Any:
    _check_prompt(l, k)
    return _value(form(hard_family.INFLUENCE), digits, l=l, k=k, gamma=gamma, eps=eps)


def find_success(l: int, q: int, digits: int | None = None) -> Any:
    return _number(search.find_success(l, q), digits)


def prefix_search_success(zeros: int, ones: int, n: int, gamma: float, alpha: float) -> float:
    _check_margin(gamma, alpha)
    return search.prefix_search_success(zeros, ones, n, gamma, alpha)


def prefix_search_queries(l: int, gamma: Real, alpha: Real) -> int:
    return search.prefix_search_queries(l, exactly.check(gamma), exactly.check(alpha))


def retrofit_queries(l: int, k: int, gamma: Real, alpha: Real) -> int:
    _check_prompt(l, k)
    return retrofit.retrofit_queries(l, k, exactly.check(gamma), exactly.check(alpha))


def paper_retrofit_bound(l: int, gamma: Real, alpha: Real, digits: int | None = None) -> Any:
    _check_margin(gamma, alpha)
    return _value(form(retrofit.PAPER_BOUND), digits, l=l, gamma=gamma, alpha=alpha)


def _value(formula: ClosedForm, digits: int | None, **inputs: Any) -> Any:
    return formula.rounded(**inputs) if digits is None else formula.exact(digits, **inputs)


def _number(exact: Fraction, digits: int | None) -> Any:
    return float(exact) if digits is None else multiprecise(exact)


def _check_prompt(l: int, k: int) -> None:
    if k > l:
        raise ValueError(f"k = {k}: must be at most l = {l}")


def _check_margin(gamma: Real, alpha: Real) -> None:
    if not 2 * exactly.check(alpha) < exactly.check(gamma):
        raise ValueError(f"alpha = {alpha}: must be less than gamma / 2 = {gamma / 2}")


_p = Argument("p", "output law with the document", simplex("outputs"))
_q = Argument("q", "output law without the document", simplex("outputs"))
_eps = Argument("eps", "exponent of the closeness", nonnegative, 0.0)
_delta = Argument("delta", "additive slack of the closeness", probability, 0.0)
_l = Argument("l", "bits of the secret", integer(1, MOST_BITS))
_k = Argument("k", "length of the prompt", integer(0), 1)
_gamma = Argument("gamma", "optimal credit on prefixes of the secret", interval(0, 1))
_alpha = Argument("alpha", "error allowed in the credit", probability)
_queries = Argument("q", "queries", integer(0))
_c = Argument("c", "probability of credit after a 1", interval(0, 1))
_L = Argument("L", "output length", integer(1, MOST_STEPS))
_samples = Argument("n", "samples an estimate", integer(1, MOST_STEPS))
_searched = (
    Argument("N", "secrets", integer(2)),
    Argument("m", "secrets tried", integer(1)),
    _samples,
    Argument("beta", "bias of the secret's bit", interval(0, 0.5, "both")),
)
_secret = (
    Argument("zeros", "zeros of the secret", integer(0)),
    Argument("ones", "ones of the secret", integer(0)),
    _samples,
    _gamma,
    _alpha,
)


def _quantity(function: Any, source: str, *arguments: Argument, multiprecise: bool = False) -> Quantity:
    return Quantity(function=function, arguments=arguments, source=source, multiprecise=multiprecise)


QUANTITIES = {
    "least_credit": _quantity(least_credit, f"{ARXIV}, program B.4", _p, _q, _eps, _delta),
    "growth_exponent": _quantity(form(growth.EXPONENT.subs(n, L - 1)), "reconstructed", _c, _L),
    "growth_delta": _quantity(growth.growth_delta, "reconstructed", _c, _L, _eps),
    "optimal_credit": _quantity(optimal_credit, f"{ARXIV}, Lemma 5.6", _l, _k, _gamma, _delta, multiprecise=True),
    "data_influence": _quantity(
        data_influence, f"{ARXIV}, Remark 5.6.1 (corrected)", _l, _k, _gamma, _eps, multiprecise=True
    ),
    "find_success": _quantity(find_success, f"{ARXIV}, Lemma 5.8", _l, _queries, multiprecise=True),
    "find_queries": _quantity(search.find_queries, f"{ARXIV}, Lemma 5.8", _l),
    "sampled_search_success": _quantity(search.sampled_search_success, "reconstructed", *_searched),
    "prefix_search_success": _quantity(prefix_search_success, f"{ARXIV}, Algorithm 3", *_secret),
    "prefix_search_queries": _quantity(prefix_search_queries, f"{ARXIV}, Lemma 5.9", _l, _gamma, _alpha),
    "retrofit_queries": _quantity(retrofit_queries, f"{ARXIV}, Thm 5.5; sharpened", _l, _k, _gamma, _alpha),
    "paper_retrofit_bound": _quantity(paper_retrofit_bound, f"{ARXIV}, Thm 5.5", _l, _gamma, _alpha, multiprecise=True),
}
