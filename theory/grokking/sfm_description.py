"""How many bits a sparse set of weights takes: eq 8 of arXiv 2603.29262, and an exact two-part code (reconstructed)."""

from __future__ import annotations

import math

import sympy as sp

from corollary import ClosedForm, Derivation, Step
from corollary.formulas.derivation import derived, integers, stated
from corollary.theory.grokking.sfm_symbols import MEANINGS, k, p

FLOAT_BITS = 32.0
C = sp.Symbol("C", positive=True)

PAPER_LENGTH = ClosedForm(k * (sp.log(p**2, 2) + C), meanings={**MEANINGS, "C": "bits a value"})
"""Eq 8: an address and a value for each of k modes, as an ordered list with repetition."""

LENGTH = ClosedForm(
    (sp.loggamma(p**2 + 1) - sp.loggamma(k + 1) - sp.loggamma(p**2 - k + 1)) / sp.log(2) + k * C,
    meanings=PAPER_LENGTH.meanings,
)
"""Bits of the set of k <= p^2 modes and their values: log2 binom(p^2, k) + k C."""


def supports(p: int, k: int) -> int:
    """How many sets of k modes there are."""
    return math.comb(p * p, k)


def paper_supports(p: int, k: int) -> int:
    """What eq 8's address term is the logarithm of."""
    return (p * p) ** k


def description_length(p: int, k: int, C: float = FLOAT_BITS) -> float:
    """Bits of a set of k modes, of p^2 there are, and their values. Raises ValueError for more modes than there are."""
    if k > p * p:
        raise ValueError(f"k = {k}: must be at most p^2 = {p * p}, the number of modes")
    return LENGTH(p=p, k=k, C=C)


def memorising_ratio(p: int, C: float = FLOAT_BITS) -> float:
    """Bits of all p^2 modes over bits of p of them; eq 8 makes it p."""
    return description_length(p, p * p, C) / description_length(p, p, C)


def address_bits() -> Derivation:
    """The addresses of p modes cost about p log2(e p) bits, not p log2(p^2)."""
    q = sp.Symbol("q", positive=True)

    def log_factorial(size: sp.Expr) -> sp.Expr:
        return size * sp.log(size) - size

    def negligible(before: ClosedForm, after: ClosedForm, points: object) -> str:
        """The two differ by no more than a multiple of ln q."""
        gaps = [before.exact(80, q=10**d) - after.exact(80, q=10**d) for d in (10, 20, 30)]
        return (
            "a multiple of ln q at q = 1e10, 1e20, 1e30"
            if all(abs(gap) < 10 * d for gap, d in zip(gaps, (10, 20, 30), strict=True))
            else ""
        )

    stirling = log_factorial(q**2) - log_factorial(q) - log_factorial(q**2 - q)
    leading = q * (1 + sp.log(q))
    return Derivation(
        "address-bits",
        "Addresses of a small set cost half of what eq 8 charges",
        "reconstructed",
        (
            Step(
                "nats",
                sp.loggamma(q**2 + 1) - sp.loggamma(q + 1) - sp.loggamma(q**2 - q + 1),
                "ln binom(q^2, q), q for p",
                check=stated,
            ),
            Step("Stirling", stirling, "ln m! = m ln m - m + O(ln m)", check=negligible),
            Step(
                "leading",
                leading,
                "ln(q^2 - q) = 2 ln q + ln(1 - 1/q); the remainder stays bounded",
                check=lambda before, after, points: (
                    "limit"
                    if sp.limit(
                        sp.expand_log(
                            sp.expand(
                                before.expression.subs(sp.log(q**2 - q), 2 * sp.log(q) + sp.log(1 - 1 / q))
                                - after.expression
                            ),
                            force=True,
                        ),
                        q,
                        sp.oo,
                    ).is_finite
                    else ""
                ),
            ),
            Step(
                "over eq 8's",
                sp.Rational(1, 2),
                "divided by q ln q^2, as q grows",
                check=derived(lambda e: sp.limit(e / (2 * q * sp.log(q)), q, sp.oo)),
            ),
        ),
        None,
        domain={"q": integers(3, 40)},
    )
