"""Float64 and extended precision behind one small interface, for what float64 cannot separate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

from corollary.sims.attention_queries.oracle import Hidden

REAL = 1e-6
"""A root with a relative imaginary part below this counts as real."""


@dataclass(frozen=True)
class Arithmetic:
    """array: numbers -> array of this arithmetic. solve: (A [n, n], b [n] or [n, k]) -> A^-1 b. roots: coefficients,
    lowest first -> the real roots, None where one is not real. log, exp: elementwise."""

    array: Callable[[Any], np.ndarray]
    solve: Callable[[np.ndarray, np.ndarray], np.ndarray]
    roots: Callable[[np.ndarray], np.ndarray | None]
    log: Callable[[np.ndarray], np.ndarray]
    exp: Callable[[np.ndarray], np.ndarray]


def _float_roots(coefficients: np.ndarray) -> np.ndarray | None:
    solved = np.roots(coefficients[::-1])
    all_real = len(solved) == len(coefficients) - 1 and np.all(np.abs(solved.imag) <= REAL * np.abs(solved))
    return solved.real if all_real else None


FLOAT64 = Arithmetic(lambda x: np.asarray(x, np.float64), np.linalg.solve, _float_roots, np.log, np.exp)


def multiprecision(digits: int) -> Arithmetic:
    """Object arrays of mpmath numbers at the given number of decimal digits.

    Raises ValueError when digits < 15.
    """
    context = _context(digits)

    def array(x: Any) -> np.ndarray:
        return _each(lambda e: context.mpf(e.item() if isinstance(e, np.generic) else e), np.asarray(x))

    def solve(A: np.ndarray, b: np.ndarray) -> np.ndarray:
        if b.ndim > 1:
            return np.stack([solve(A, column) for column in b.T], axis=1)
        solved = context.lu_solve(context.matrix(A.tolist()), context.matrix(b[:, None].tolist()))
        return np.array(list(solved), dtype=object)

    def roots(coefficients: np.ndarray) -> np.ndarray | None:
        try:
            solved = context.polyroots(list(coefficients[::-1]), maxsteps=500, extraprec=4 * context.prec)
        except (context.NoConvergence, ZeroDivisionError):
            return None
        if any(abs(context.im(root)) > REAL * abs(root) for root in solved):
            return None
        return np.array([context.re(root) for root in solved], dtype=object)

    return Arithmetic(array, solve, roots, lambda x: _each(context.log, x), lambda x: _each(context.exp, x))


def precise_multi_head(W: np.ndarray, v: np.ndarray, digits: int) -> Hidden:
    """A multi-head model computed in extended precision: W [heads, d, d], v [heads, d]; answers object arrays."""
    context = _context(digits)
    exact = multiprecision(digits)
    W, v = exact.array(W), exact.array(v)

    def answer(sequences: np.ndarray) -> np.ndarray:
        answers = []
        for X in exact.array(sequences):
            total = context.mpf(0)
            for W_h, v_h in zip(W, v, strict=True):
                weights = _each(context.exp, X @ (W_h @ X[-1]))
                total += (weights @ (X @ v_h)) / weights.sum()
            answers.append(total)
        return np.array(answers, dtype=object)

    return Hidden(W.shape[-1], answer)


def _context(digits: int) -> Any:
    if digits < 15:
        raise ValueError(f"digits={digits}; allowed: an integer >= 15")
    context = mpmath.mp.clone()
    context.dps = digits
    return context


def _each(function: Callable[[Any], Any], x: np.ndarray) -> np.ndarray:
    out = np.empty(x.shape, dtype=object)
    for index in np.ndindex(x.shape):
        out[index] = function(x[index])
    return out
