"""Learning coefficients of singular losses (real log canonical thresholds), in exact rational numbers.

Z(nbeta) = integral of exp(-nbeta L) ~ const (log nbeta)^(m-1) nbeta^(-lambda), so that the mean of nbeta L tends to
lambda - (m - 1) / log nbeta + ...: lambda is the coefficient, m its multiplicity.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from corollary import ClosedForm, Derivation, Step
from corollary.formulas.derivation import differentiated, exactly

Coefficient = tuple[Fraction, int]
"""(lambda, multiplicity)."""

nbeta, x = sp.symbols("nbeta x", positive=True)
k = sp.symbols("k", integer=True, positive=True)

MONOMIAL = ClosedForm(1 / (2 * k), meanings={"k": "half the order of the minimum"})
"""lambda of L = x^(2k)."""


def regular(parameters: int) -> Coefficient:
    """A nondegenerate minimum: half the number of parameters."""
    return Fraction(parameters, 2), 1


def normal_crossing(powers: Sequence[int]) -> Coefficient:
    """L = prod_i w_i^(2 k_i): the least 1 / (2 k_i), and how many attain it (Watanabe).

    powers: the k_i, integers >= 0, not all 0. Raises ValueError otherwise.
    """
    if not powers or any(power != int(power) or power < 0 for power in powers) or not any(powers):
        raise ValueError(f"powers={list(powers)}; allowed: integers >= 0, not all of them 0")
    largest = max(int(power) for power in powers)
    return Fraction(1, 2 * largest), sum(power == largest for power in powers)


def product_of_norms(*dimensions: int) -> Coefficient:
    """L = |w_1|^2 ... |w_j|^2 with w_i of the given dimensions: in polar coordinates the pole of each factor lies at
    half its dimension, and the least wins."""
    least = min(dimensions)
    return Fraction(least, 2), sum(dimension == least for dimension in dimensions)


def reduced_rank(inputs: int, hidden: int, outputs: int, rank: int) -> Coefficient:
    """L = |B A - B0 A0|^2 with B [outputs, hidden], A [hidden, inputs] and a product B0 A0 of the given rank.

    Aoyagi and Watanabe (2005), main theorem. Raises ValueError unless sizes >= 1 and 0 <= rank <= all of them.
    """
    M, H, N, r = inputs, hidden, outputs, rank
    if min(M, H, N) < 1 or not 0 <= r <= min(M, H, N):
        raise ValueError(f"inputs={M} hidden={H} outputs={N} rank={r}; allowed: sizes >= 1, 0 <= rank <= each of them")
    if N + r > M + H:
        return Fraction(H * M - H * r + N * r, 2), 1
    if M + r > N + H:
        return Fraction(H * N - H * r + M * r, 2), 1
    if H + r > M + N:
        return Fraction(M * N, 2), 1
    numerator = -((H + r) ** 2) - M**2 - N**2 + 2 * (H + r) * (M + N) + 2 * M * N
    odd = (M + H + N + r) % 2
    return Fraction(numerator + odd, 8), 1 + odd


def smooth_point(jacobian: Sequence[Sequence[float | Fraction]] | np.ndarray) -> Coefficient:
    """L = |f(w) - f(w*)|^2 with a Jacobian of f that has the same rank at all weights near w*: half of that rank.

    jacobian: numbers [outputs, weights], float or exact; its rank is computed exactly. Raises ValueError when empty or
    ragged.
    """
    rows = [[sp.Rational(*_ratio(entry)) for entry in row] for row in jacobian]
    if not rows or not rows[0] or len({len(row) for row in rows}) > 1:
        raise ValueError("jacobian is empty or ragged; allowed: numbers [outputs, weights]")
    return Fraction(sp.Matrix(rows).rank(), 2), 1


def polynomial_map(outputs: Sequence[sp.Expr], weights: Sequence[sp.Symbol], at: Sequence[int]) -> Coefficient:
    """The same for polynomials of weights at a rational point. Raises ValueError where the rank is below that of
    generic weights, and so not constant nearby."""
    jacobian = sp.Matrix(list(outputs)).jacobian(list(weights))
    rng = random.Random(0)
    generic = [rng.randint(1, 10**6) for _ in weights]
    here, elsewhere = (jacobian.subs(dict(zip(weights, point, strict=True))).rank() for point in (at, generic))
    if here < elsewhere:
        raise ValueError(f"at={list(at)} has Jacobian rank {here}; allowed: points of the generic rank {elsewhere}")
    return Fraction(int(here), 2), 1


def newton(exponents: Sequence[Sequence[int]]) -> Fraction:
    """lambda of a nonnegative polynomial, from the exponents of its monomials: 1 / t where (t, ..., t) enters their
    Newton polyhedron. For polynomials that are nondegenerate on its compact faces (Varchenko).

    The linear program is solved in floating point, made rational, and certified by equal primal and dual values.
    Raises ValueError on an empty or ragged list, a constant, or exponents that are not integers >= 0.
    """
    from scipy.optimize import linprog

    rows = [tuple(row) for row in exponents]
    integers = all(e == int(e) and e >= 0 for row in rows for e in row)
    if not rows or len({len(row) for row in rows}) > 1 or not integers or not all(map(any, rows)):
        raise ValueError(
            f"exponents={exponents}; allowed: one list of integers >= 0 a monomial, all of one length and "
            "none of them constant"
        )
    size, count = len(rows[0]), len(rows)
    columns = [[float(row[i]) for row in rows] for i in range(size)]
    # Primal: least t with a convex combination of the exponents below (t, ..., t). Dual: the weights of the variables.
    primal = linprog(
        [0.0] * count + [1.0],
        A_ub=[[*column, -1.0] for column in columns],
        b_ub=[0.0] * size,
        A_eq=[[1.0] * count + [0.0]],
        b_eq=[1.0],
    )
    mix = _rational(primal.x[:count])
    weights = _rational(-primal.ineqlin.marginals)
    none = Fraction(0)
    above = max(sum((c * row[i] for c, row in zip(mix, rows, strict=True)), none) for i in range(size))
    below = min(sum((a * e for a, e in zip(weights, row, strict=True)), none) for row in rows)
    if above != below:
        raise ArithmeticError(f"no certificate for exponents={exponents}: {below} < {above}")
    return Fraction(1) / above


def monomial() -> Derivation:
    """lambda = 1 / (2k) for L = x^(2k): the partition function is a Gamma function times a power of nbeta."""
    y = sp.symbols("y", positive=True)
    power = MONOMIAL.expression
    partition = sp.gamma(power) * nbeta ** (-power) / k
    integrals = [
        sp.simplify(2 * sp.integrate(sp.exp(-nbeta * y ** (2 * order)), (y, 0, sp.oo)) - partition.subs(k, order)) == 0
        for order in (1, 2, 3)
    ]
    free_energy = power * sp.log(nbeta) - sp.log(sp.gamma(power) / k)
    return Derivation(
        "monomial-coefficient",
        "A minimum of order 2k has learning coefficient 1 / (2k)",
        "reconstructed",
        (
            Step(
                "partition function",
                partition,
                "integral of exp(-nbeta x^(2k)) over the line",
                check=exactly(lambda form: all(integrals), "SymPy's own integral at k = 1, 2, 3"),
            ),
            Step(
                "free energy",
                free_energy,
                "minus its logarithm",
                check=exactly(
                    lambda form: (
                        sp.simplify(
                            sp.expand_log(-sp.log(partition), force=True) - sp.expand_log(free_energy, force=True)
                        )
                        == 0
                    ),
                    "symbolic",
                ),
            ),
            Step("its slope", power / nbeta, "mean loss = d F / d nbeta", check=differentiated(nbeta)),
            Step(
                "coefficient",
                power,
                "lambda = nbeta times the mean loss",
                check=exactly(lambda form: sp.simplify(nbeta * (power / nbeta) - power) == 0, "symbolic"),
            ),
        ),
        MONOMIAL,
    )


def _ratio(entry: Any) -> tuple[int, int]:
    exact = Fraction(entry) if isinstance(entry, int | float | Fraction) else Fraction(float(entry))
    return exact.numerator, exact.denominator


def _rational(values: Sequence[float]) -> list[Fraction]:
    """Nonnegative rationals of sum 1 near the values."""
    fractions = [max(Fraction(float(value)).limit_denominator(10**4), Fraction(0)) for value in values]
    return [value / sum(fractions) for value in fractions]
