"""What the difference vector v_d = A alpha tells of one concept's strength (arXiv 2605.01844, Thm 4.3, sharpened)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations

import numpy as np
import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, equal, reals, substituted
from corollary.theory.cylindrical_steering.symbols import N, d

h = sp.Symbol("h", positive=True)

SIGN_ACCURACY = ClosedForm(
    sp.Rational(1, 2) + sp.asin(sp.sqrt(h)) / sp.pi, meanings={"h": "leverage of the concept's direction, in [0, 1]"}
)
"""How often the best predictor has the sign of a dense Gaussian strength right."""

MEAN_SIGN_ACCURACY = ClosedForm(
    sp.Rational(1, 2) + sp.asin(sp.sqrt(sp.Min(1, d / N))) / sp.pi,
    meanings={"d": "dimension", "N": "number of concepts"},
)
"""The same at the mean leverage; right to O(1/d) on average over random concepts."""

MEAN_LEVERAGE = ClosedForm(sp.Min(1, d / N), meanings={"d": "dimension", "N": "number of concepts"})


def leverages(directions: np.ndarray) -> np.ndarray:
    """h_i [N] = a_i^T (A A^T)^+ a_i of the columns of A [d, N]: the squared correlation between alpha_i and its best
    predictor from A alpha, alpha standard normal. They add up to the rank of A."""
    _, sizes, right = np.linalg.svd(directions, full_matrices=False)
    kept = right[sizes > 1e-12 * sizes.max()]
    return (kept**2).sum(axis=0)


def sign_accuracies(directions: np.ndarray) -> np.ndarray:
    """[N]: how often the sign of each dense Gaussian strength is read off A alpha correctly."""
    return np.asarray(0.5 + np.arcsin(np.sqrt(np.clip(leverages(directions), 0.0, 1.0))) / np.pi)


def sign_accuracy() -> Derivation:
    """Orthant probability of a jointly Gaussian pair, by its derivative in the correlation."""
    r = sp.Symbol("r", real=True)
    density = 1 / (2 * sp.pi * sp.sqrt(1 - r**2))

    def antiderivative(before: ClosedForm, after: ClosedForm, points: object) -> str:
        slope = sp.diff(after.inlined(), r)
        starts = after.inlined().subs(r, 0) == sp.Rational(1, 2)
        return equal(before, ClosedForm(slope), points) if starts else ""  # type: ignore[arg-type]

    return Derivation(
        "sign-accuracy",
        "How often v_d tells the sign of a concept's change",
        "reconstructed",
        (
            Step("density at the origin", density, "of two standard normals of correlation r"),
            Step(
                "slope of agreement",
                2 * density,
                "d P(same sign) / dr, by Price's theorem, for both signs",
                check=lambda before, after, points: equal(ClosedForm(2 * before.inlined()), after, points),
            ),
            Step(
                "agreement",
                sp.Rational(1, 2) + sp.asin(r) / sp.pi,
                "1/2 where they are independent",
                check=antiderivative,
            ),
            Step(
                "in the leverage",
                SIGN_ACCURACY.expression,
                "covariance and predictor's variance are both h, so that r = sqrt(h)",
                check=substituted({r: sp.sqrt(h)}),
            ),
        ),
        SIGN_ACCURACY,
        domain={"r": reals(-0.99, 0.99), "h": reals(0, 1)},
    )


def mean_leverage() -> Derivation:
    """Leverages share the rank."""
    rank = sp.Symbol("rank", integer=True, positive=True)
    return Derivation(
        "mean-leverage",
        "On average v_d explains d / N of a concept's strength",
        "reconstructed",
        (
            Step("sum", rank, "trace A^T (A A^T)^+ A: a projection's trace is its rank"),
            Step(
                "mean",
                rank / N,
                "over N concepts",
                check=lambda before, after, points: equal(ClosedForm(before.inlined() / N), after, points),
            ),
            Step(
                "generic rank",
                MEAN_LEVERAGE.expression,
                "rank = min(d, N)",
                check=lambda before, after, points: equal(
                    ClosedForm(before.inlined().subs(rank, sp.Min(d, N))), after, points
                ),
            ),
        ),
        MEAN_LEVERAGE,
    )


Rationals = Sequence[Sequence[Fraction]]


def strengths_with(directions: Rationals, strengths: Sequence[Fraction], concept: int, wanted: Fraction) -> list | None:
    """Strengths with the same sum A alpha in which the concept has the wanted one; None where v_d fixes it.

    directions: rows of A, exact.
    """
    matrix = sp.Matrix([[sp.Rational(x) for x in row] for row in directions])
    for kernel in matrix.nullspace():
        if kernel[concept] != 0:
            step = (sp.Rational(wanted) - sp.Rational(strengths[concept])) / kernel[concept]
            moved = [sp.Rational(a) + step * kernel[i] for i, a in enumerate(strengths)]
            return [Fraction(int(value.p), int(value.q)) for value in moved]
    return None


def sparse_solutions(directions: Rationals, total: Sequence[Fraction], size: int) -> list[dict[int, Fraction]]:
    """Every vector of at most `size` non-zero strengths whose sum is `total`, by trying all supports."""
    matrix = sp.Matrix([[sp.Rational(x) for x in row] for row in directions])
    target = sp.Matrix([sp.Rational(x) for x in total])
    found: list[dict[int, Fraction]] = []
    for support in combinations(range(matrix.cols), size):
        part = matrix[:, list(support)]
        if part.row_join(target).rank() > part.rank():
            continue
        symbols = sp.symbols(f"x:{size}")
        solved = next(iter(sp.linsolve((part, target), *symbols)))
        values = {i: Fraction(int(v.p), int(v.q)) for i, v in zip(support, solved, strict=True) if v != 0}
        if values not in found:
            found.append(values)
    return found
