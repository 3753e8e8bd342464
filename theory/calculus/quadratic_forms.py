"""Moments of quadratic forms of a Gaussian vector, as SymPy matrix expressions.

For g ~ N(m, V) and symmetric P, Q, T, the joint cumulants of g.Pg, g.Qg, g.Tg are traces; moments follow
from them. Reconstructed (classical; see Mathai and Provost, Quadratic Forms in Random Variables, ch. 3).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp

Cumulant = Callable[..., Any]
"""One, two or three symmetric matrices -> the joint cumulant of their quadratic forms."""


def form(vector: Any, matrix: Any, other: Any) -> Any:
    """The scalar vector^T matrix other, as a trace (SymPy has no scalar type for 1 x 1 products)."""
    return sp.Trace(vector.T * matrix * other)


def cumulant(mean: Any, covariance: Any, *matrices: Any) -> Any:
    """Joint cumulant of one, two or three quadratic forms g.Pg of g ~ N(mean, covariance), P symmetric."""
    m, V = mean, covariance
    if len(matrices) == 1:
        (P,) = matrices
        return sp.Trace(P * V) + form(m, P, m)
    if len(matrices) == 2:
        P, Q = matrices
        return 2 * sp.Trace(P * V * Q * V) + 4 * form(m, P * V * Q, m)
    P, Q, T = matrices
    bridges = form(m, P * V * Q * V * T, m) + form(m, P * V * T * V * Q, m) + form(m, Q * V * P * V * T, m)
    return 8 * sp.Trace(P * V * Q * V * T * V) + 8 * bridges


def moment_of_two(k: Cumulant, P: Any, Q: Any) -> Any:
    """E (g.Pg)(g.Qg) from the joint cumulants k(P), k(P, Q)."""
    return k(P) * k(Q) + k(P, Q)


def moment_of_three(k: Cumulant, P: Any, Q: Any, T: Any) -> Any:
    """E (g.Pg)(g.Qg)(g.Tg) from the joint cumulants."""
    return k(P) * k(Q) * k(T) + k(P) * k(Q, T) + k(Q) * k(P, T) + k(T) * k(P, Q) + k(P, Q, T)
