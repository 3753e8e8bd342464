"""How firmly the plane of the phase stands: how far PC1 of the other concepts' normals turns (reconstructed).

X [N, d] has a row a concept. Its first right singular vector u_1 is PC1, lam_j = s_j**2 are the eigenvalues of X^T X.
Noise of variance sigma**2 in every entry turns u_1 towards u_j by an angle of which the mean square, over sigma**2, is
(lam_1 + lam_j) / (lam_1 - lam_j)**2, to first order in sigma.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, reals, series

first, other = sp.symbols("lam_1 lam_j", positive=True)
d, r = sp.symbols("d r", integer=True, positive=True)
MEANINGS = {
    "lam_1": "largest eigenvalue of X^T X",
    "lam_j": "the others of rank r, all alike",
    "d": "dimension",
    "r": "rank of X",
}

TOWARDS = ClosedForm((first + other) / (first - other) ** 2, meanings=MEANINGS)
TURN = ClosedForm((r - 1) * TOWARDS.expression + (d - r) / first, meanings=MEANINGS)
"""Mean squared angle by which PC1 turns, over the noise's variance; a direction that X lacks counts 1 / lam_1."""


def mean_squared_turn(eigenvalues: Sequence[float]) -> float:
    """TURN for any d eigenvalues, the largest a single one; their order does not matter."""
    largest, *rest = sorted(eigenvalues, reverse=True)
    return sum(TOWARDS(lam_1=largest, lam_j=value) for value in rest)


def turn() -> Derivation:
    """The angle to first order, from the rotation that diagonalises X^T X, and its mean square."""
    s1, sj = sp.symbols("s_1 s_j", positive=True)
    b, c = sp.symbols("b c", real=True)
    size = sp.Symbol("epsilon", real=True)
    tangent = 2 * size * (s1 * b + sj * c) / (s1**2 - sj**2)
    angle = (s1 * b + sj * c) / (s1**2 - sj**2)
    variance = (s1**2 + sj**2) / (s1**2 - sj**2) ** 2

    moved = sp.Matrix([[s1, size * b], [size * c, sj]])
    gram = moved.T * moved

    def square_mean(value: sp.Expr) -> sp.Expr:
        """Over independent b, c of mean 0 and variance 1."""
        squared = sp.expand(value**2)
        return sp.together(squared.coeff(b, 2) + squared.coeff(c, 2))

    return Derivation(
        "pc1-turn",
        "A near tie leaves PC1, and with it the phase, to the noise",
        "reconstructed",
        (
            Step(
                "tan(2 angle)",
                2 * gram[0, 1] / (gram[0, 0] - gram[1, 1]),
                "of the rotation that diagonalises the Gram matrix of X + epsilon E, in the bases of X; E_1j = b, "
                "E_j1 = c, and the diagonal's noise, of second order, left out",
            ),
            Step("to first order", tangent, "in epsilon", check=series(size, 2)),
            Step("angle", angle, "half of it, over epsilon", check=derived(lambda value: value / (2 * size))),
            Step("mean square", variance, "b and c independent, of variance 1", check=derived(square_mean)),
            Step(
                "in eigenvalues",
                TOWARDS.expression,
                "lam = s**2",
                check=derived(lambda value: value.subs({s1: sp.sqrt(first), sj: sp.sqrt(other)})),
            ),
            Step(
                "towards every direction",
                TURN.expression,
                "r - 1 of them with lam_j, d - r with 0, all orthogonal",
                check=derived(lambda value: (r - 1) * value + (d - r) * value.subs(other, 0)),
            ),
        ),
        TURN,
        domain={"lam_1": reals(2.0, 4.0), "lam_j": reals(0.2, 1.5)},
    )
