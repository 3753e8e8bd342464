"""What a component writes along a direction, in the stream and in the component's own space (arXiv 2602.09784, node
scores)."""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step

z1, z2, t1, t2, t3 = sp.symbols("z1 z2 t1 t2 t3", real=True)
W = sp.Matrix(2, 3, sp.symbols("w11 w12 w13 w21 w22 w23", real=True))
_Z, _T = sp.Matrix([[z1, z2]]), sp.Matrix([[t1, t2, t3]])

NATIVE = ClosedForm(
    (_Z * (W * _T.T))[0], meanings={"z1": "what a head mixes", "t1": "direction", "w11": "output matrix"}
)
"""<dz, t W'>: the direction carried into a head of width 2 in a stream of width 3."""

RESIDUAL = ClosedForm(((_Z * W) * _T.T)[0], meanings=NATIVE.meanings)
"""<dz W, t>: what the head writes, along the direction."""


def adjoint() -> Derivation:
    """Associativity, written out."""
    return Derivation(
        "adjoint",
        "A projection in a head's own space is the residual stream's inner product",
        "arXiv 2602.09784, node scores",
        (
            Step("in the head", NATIVE.expression, "the direction carried through W, times what the head mixes"),
            Step("term by term", sp.expand(NATIVE.expression), "a sum over the head's and the stream's coordinates"),
            Step("in the stream", RESIDUAL.expression, "the same terms, summed over the head's coordinates first"),
        ),
        RESIDUAL,
    )
