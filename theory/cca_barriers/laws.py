"""Finite laws in exact arithmetic, and how close two of them are.

A law is {outcome: probability}; probabilities are Fractions or SymPy expressions. E stands for e^eps, so that exact
arithmetic never meets an exponential.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, TypeAlias

import sympy as sp

Number: TypeAlias = Any
"""A Fraction or a SymPy expression; a float where nothing exact is asked for. What goes in decides what comes out."""
Law = Mapping[Any, Number]
"""outcome -> probability."""


def checked(law: Law, name: str) -> Law:
    """The law itself. Raises ValueError unless its rational entries are >= 0 and all of them sum to 1."""
    for outcome, mass in law.items():
        if _is_number(mass) and mass < 0:
            raise ValueError(f"{name}[{outcome!r}] = {mass}: must be a probability >= 0")
    total = sum(law.values())
    if (total != 1) if _is_number(total) else (sp.simplify(total - 1) != 0):
        raise ValueError(f"{name} sums to {total}: must be a distribution, which sums to 1")
    return law


def checked_ratio(E: Number) -> Number:
    """E = e^eps itself. Raises ValueError when eps < 0."""
    if _is_number(E) and E < 1:
        raise ValueError(f"E = e^eps = {E}: must be a number >= 1, for eps >= 0")
    return E


def forward_delta(P: Law, Q: Law, E: Number) -> Number:
    """The least delta with P(event) <= E Q(event) + delta for all events (arXiv 2605.01425, Def. of closeness)."""
    checked_ratio(E)
    return sum((positive_part(P.get(y, 0) - E * Q.get(y, 0)) for y in _support(P, Q)), Fraction(0))


def backward_delta(P: Law, Q: Law, E: Number) -> Number:
    """The least delta with Q(event) <= E P(event) + delta for all events, the other direction."""
    return forward_delta(Q, P, E)


def minimal_delta(P: Law, Q: Law, E: Number) -> Number:
    """The least delta at which P and Q are (eps, delta)-close, both directions."""
    forward, backward = forward_delta(P, Q, E), backward_delta(P, Q, E)
    return max(forward, backward) if _is_number(forward) and _is_number(backward) else sp.Max(forward, backward)


def minimal_ratio(P: Law, Q: Law) -> Fraction | None:
    """The least E = e^eps at which P and Q are (eps, 0)-close; None when the supports differ, and no eps suffices."""
    ratio = Fraction(1)
    for y in _support(P, Q):
        p, q = P.get(y, 0), Q.get(y, 0)
        if (p == 0) != (q == 0):
            return None
        if p != 0:
            ratio = max(ratio, Fraction(p) / q, Fraction(q) / p)
    return ratio


def total_variation(P: Law, Q: Law) -> Number:
    """sup over events of |P - Q|."""
    return sum((positive_part(P.get(y, 0) - Q.get(y, 0)) for y in _support(P, Q)), Fraction(0))


def positive_part(value: Number) -> Number:
    """max(value, 0)."""
    return max(value, Fraction(0)) if _is_number(value) else sp.Max(0, value)


def _support(P: Law, Q: Law) -> list[Any]:
    return list(dict.fromkeys([*P, *Q]))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Fraction)
