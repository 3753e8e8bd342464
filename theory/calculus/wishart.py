"""Second moment of a Wishart matrix, derived exactly at a small size and stated for all.

For W ~ Wishart(nu, S): E W = nu S and E W Q W = nu^2 S Q S + nu (S Q^T S + Tr(Q S) S).
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import sympy as sp
from sympy.polys.rings import ring

from corollary.formulas.derivation import Derivation, Step, derived, exactly, integers, positive_definite
from corollary.theory.calculus.isserlis import gaussian_mean

d = sp.Symbol("d", integer=True, positive=True)
nu, n = sp.symbols("nu n", integer=True, positive=True)
S, Q = sp.MatrixSymbol("S", d, d), sp.MatrixSymbol("Q", d, d)

SECOND_MOMENT = nu**2 * S * Q * S + nu * (S * Q.T * S + sp.Trace(Q * S) * S)


def second_moment() -> Derivation:
    """E W Q W; then E C Q C for the biased covariance C of n Gaussian points, Q = q q^T."""
    of_covariance = SECOND_MOMENT.subs(nu, n - 1) / n**2
    q = sp.MatrixSymbol("q", d, 1)
    gathered = (n - 1) / n * S * q * q.T * S + (n - 1) / n**2 * sp.Trace(q.T * S * q) * S
    exact = "exact expectation at d = 2, {}, with every entry of Q and of S^(1/2) symbolic"
    steps = (
        Step(
            "Isserlis",
            SECOND_MOMENT,
            "E W Q W for W a sum of nu outer products: E z^k = (k-1)!!, term by term",
            exactly(lambda form: agrees_exactly(form.expression, 2, 2), exact.format("nu = 2")),
        ),
        Step(
            "centred points",
            of_covariance,
            "n C ~ Wishart(n - 1, S): the mean takes one degree of freedom",
            exactly(lambda form: centred_agrees_exactly(form.expression, 2, 3), exact.format("n = 3")),
        ),
        Step(
            "one direction",
            gathered,
            "Q = q q^T: S q q^T S occurs (n-1)^2 + (n-1) = n (n-1) times",
            derived(lambda form: form.subs(Q, q * q.T)),
        ),
    )
    return Derivation(
        "wishart_second_moment",
        "The second moment of a sample covariance is known for every sample size.",
        "reconstructed (classical)",
        steps,
        domain={"S": positive_definite, "n": integers(2, 9)},
    )


def agrees_exactly(formula: Any, dimension: int, degrees: int) -> bool:
    """Whether `formula` in S, Q, nu is E W Q W at a size, with every entry of Q and of S^(1/2) a free
    symbol."""
    points, root, general, normals = _gaussian_points(dimension, degrees)
    wishart = points.T @ points
    return _equals(wishart @ general @ wishart, formula, root, general, degrees, normals)


def centred_agrees_exactly(formula: Any, dimension: int, count: int) -> bool:
    """Whether `formula` in S, Q, n is E C Q C for the biased covariance C of n points, at a size."""
    points, root, general, normals = _gaussian_points(dimension, count)
    centred = points - points.sum(axis=0) * sp.QQ(1, count)
    covariance = centred.T @ centred * sp.QQ(1, count)
    return _equals(covariance @ general @ covariance, formula, root, general, count, normals)


def _gaussian_points(dimension: int, count: int) -> tuple[Any, Any, Any, range]:
    """Points [count, dimension] with covariance root root^T, root lower triangular and Q general, all
    symbolic."""
    normals = [f"z{i}{j}" for i in range(count) for j in range(dimension)]
    roots = [f"r{i}{j}" for i, j in itertools.product(range(dimension), repeat=2) if j <= i]
    entries = [f"q{i}{j}" for i, j in itertools.product(range(dimension), repeat=2)]
    polynomials, *generators = ring(normals + roots + entries, sp.QQ)
    z = np.array(generators[: len(normals)], dtype=object).reshape(count, dimension)
    root = np.full((dimension, dimension), polynomials.zero, dtype=object)
    root[np.tril_indices(dimension)] = generators[len(normals) : len(normals) + len(roots)]
    general = np.array(generators[len(normals) + len(roots) :], dtype=object).reshape(dimension, dimension)
    return z @ root.T, root, general, range(len(normals))


def _equals(product: Any, formula: Any, root: Any, general: Any, count: int, normals: range) -> bool:
    dimension = len(root)
    covariance = root @ root.T
    explicit = formula.subs({d: dimension, nu: count, n: count})
    stated = explicit.subs(
        {
            sp.MatrixSymbol("S", dimension, dimension): sp.Matrix(_expressions(covariance)),
            sp.MatrixSymbol("Q", dimension, dimension): sp.Matrix(_expressions(general)),
        }
    ).doit()
    found = sp.Matrix(_expressions(np.vectorize(lambda entry: gaussian_mean(entry, normals), "O")(product)))
    return (found - stated).expand().is_zero_matrix is True


def _expressions(array: Any) -> list[list[Any]]:
    return [[entry.as_expr() for entry in row] for row in array]
