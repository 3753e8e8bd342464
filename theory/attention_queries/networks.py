"""One-layer Transformers and ReLU networks: the odd part shows a single head (arXiv 2601.16873), and the even part is a
sum of absolute values (reconstructed)."""

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step

z = sp.Symbol("z", real=True)
O = sp.symbols("o_1:4", real=True)
Z = sp.symbols("z_1:4", real=True)


def _relu(x: sp.Expr) -> sp.Expr:
    return (x + sp.Abs(x)) / 2


ODD_PART = ClosedForm(sum((o * x for o, x in zip(O, Z, strict=True)), sp.Integer(0)))
"""T(X) - T(-X) = (A^T o) . attended, for three neurons with z_k = A_k . attended."""


def relu_antisymmetry() -> Derivation:
    """T(X) - T(-X): attended(-X) = -attended(X), since scores are even in X, and relu(z) - relu(-z) = z."""
    network = sum((o * _relu(x) for o, x in zip(O, Z, strict=True)), sp.Integer(0))
    mirrored = network.subs({x: -x for x in Z}, simultaneous=True)
    return Derivation(
        name="relu-antisymmetry",
        says="The odd part of a one-layer Transformer is a single attention head with v = A^T o.",
        source="arXiv 2601.16873, one-layer Transformer",
        steps=(
            Step("odd part", network - mirrored, "relu(z) = (z + |z|) / 2; three neurons stand for m"),
            Step("linear", ODD_PART.expression, "the absolute values cancel"),
        ),
        closed_form=ODD_PART,
    )


EVEN_PART = ClosedForm(sum((o * sp.Abs(x) for o, x in zip(O, Z, strict=True)), sp.Integer(0)))


def relu_even_part() -> Derivation:
    """F(x) + F(-x) = sum_k o_k |A_k . x|: each neuron shows as one kink, and 2 F(x) - l . x needs one query a value."""
    network = sum((o * _relu(x) for o, x in zip(O, Z, strict=True)), sp.Integer(0))
    linear = sum((o * x for o, x in zip(O, Z, strict=True)), sp.Integer(0))
    return Derivation(
        name="relu-even-part",
        says="Twice a ReLU network less its linear part is a sum of absolute values, one kink a neuron.",
        source="reconstructed",
        steps=(
            Step("one query a value", 2 * network - linear, "l . x = F(x) - F(-x) is known from 2 d queries"),
            Step("kinks", EVEN_PART.expression, "relu(z) = (z + |z|) / 2"),
        ),
        closed_form=EVEN_PART,
    )
