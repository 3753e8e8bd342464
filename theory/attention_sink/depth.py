"""Second moments of a wide random attention stack with depth (reconstructed).

K[t, s] = E x_t . x_s / d. A layer adds g A RMSNorm(x) W_V W_O, entries of the weights N(0, 1/d); head-wise RMSNorm
first divides each head's output by its root mean square. Width and heads' width to infinity.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived
from corollary.theory.attention_sink.symbols import MEANINGS, g, t

u = sp.Symbol("u", integer=True, positive=True)
_MEANINGS = {**MEANINGS, "u": "another position, at most t"}

DIAGONAL = ClosedForm(1 + g**2 / t, meanings=_MEANINGS)
"""K[t, t] after one layer of uniform attention on independent tokens."""

SHARED = ClosedForm(g**2 / t, meanings=_MEANINGS)
"""K[t, u] there, u < t."""

SHARED_NORMED = ClosedForm(g**2 * sp.sqrt(u / t), meanings=_MEANINGS)
"""The same with head-wise RMSNorm, whose diagonal is 1 + g^2."""


def uniform(length: int) -> np.ndarray:
    """Uniform causal attention, float64 [length, length]."""
    return np.tril(np.ones((length, length))) / np.arange(1, length + 1)[:, None]


def covariances(attention: np.ndarray, g: float, layers: int, head_norm: bool) -> list[np.ndarray]:
    """K before the first and after each layer, [layers + 1] of float64 [length, length].

    attention: rows of sum 1. Raises ValueError for another shape.
    """
    if attention.ndim != 2 or attention.shape[0] != attention.shape[1]:
        raise ValueError(f"attention has shape {attention.shape}; allowed: [length, length]")
    found = [np.eye(len(attention))]
    for _ in range(layers):
        mixed = attention @ correlation(found[-1]) @ attention.T
        found.append(found[-1] + g**2 * (correlation(mixed) if head_norm else mixed))
    return found


def correlation(K: np.ndarray) -> np.ndarray:
    size = np.sqrt(np.diag(K))
    return K / size[:, None] / size


def effective_rank(K: np.ndarray, singular: bool = False) -> float:
    """exp of the entropy of the correlation matrix's eigenvalues over their sum; `singular`: of their roots."""
    values = np.clip(np.linalg.eigvalsh(correlation(K)), 0, None)
    values = np.sqrt(values) if singular else values
    shares = values[values > 0] / values.sum()
    return float(np.exp(-np.sum(shares * np.log(shares))))


def depth_of(positions: Sequence[int], length: int, g: float, layers: int, head_norm: bool) -> list[float]:
    """K[t, t] of the given positions, from 1 on, after so many layers of uniform attention."""
    last = covariances(uniform(length), g, layers, head_norm)[-1]
    return [float(last[one - 1, one - 1]) for one in positions]


def one_layer() -> Derivation:
    """Uniform attention on independent tokens."""
    count, first, second = sp.symbols("count first second", integer=True, positive=True)
    return Derivation(
        "depth-one-layer",
        "One layer of uniform attention correlates positions; head-wise RMSNorm more so",
        "reconstructed",
        (
            Step(
                "common tokens",
                count / (first * second),
                "sum over the tokens that both positions see, each with weights 1/first and 1/second",
            ),
            Step(
                "shared",
                1 / t,
                "the earlier position sees them all: count = first = u, second = t",
                check=derived(lambda form: form.subs({count: u, first: u, second: t})),
            ),
            Step(
                "normed",
                sp.sqrt(u / t),
                "over the deviations sqrt(1/u) and sqrt(1/t)",
                check=derived(lambda form: form / sp.sqrt(1 / u) / sp.sqrt(1 / t)),
            ),
            Step("written", SHARED_NORMED.expression, "times g^2", check=derived(lambda form: g**2 * form)),
        ),
        SHARED_NORMED,
    )


def symbolic(layers: int, head_norm: bool, length: int = 3) -> Any:
    """The same recursion in exact arithmetic: SymPy matrix [length, length] at g."""
    attention = sp.Matrix(length, length, lambda i, j: sp.Rational(1, i + 1) if j <= i else 0)

    def normed(K: sp.Matrix) -> sp.Matrix:
        return sp.Matrix(length, length, lambda i, j: K[i, j] / sp.sqrt(K[i, i] * K[j, j]))

    K = sp.eye(length)
    for _ in range(layers):
        mixed = attention * normed(K) * attention.T
        K = K + g**2 * (normed(mixed) if head_norm else mixed)
    return K
