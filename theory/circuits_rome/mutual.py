"""What a mutual IoU of K circuits measures (reconstructed): intersection over union of all, by expectations.

Edge e enters each circuit independently with its own probability p_e: a share `core` of the edges has p_e = 1, the
others p_e ~ Beta(a, b).
"""

from __future__ import annotations

import math

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

K = sp.Symbol("K", integer=True, positive=True)
a, b = sp.symbols("a b", positive=True)
core = sp.Symbol("core", nonnegative=True)
n, U = sp.symbols("n U", positive=True)
_MEANINGS = {
    "K": "circuits",
    "a": "first parameter of the Beta law of p_e",
    "b": "the second",
    "core": "share of edges that are in every circuit",
    "n": "edges of each circuit",
    "U": "edges of their union",
}


def _moment(first: sp.Expr, second: sp.Expr) -> sp.Expr:
    """E p^K under Beta(first, second)."""
    return sp.gamma(first + K) * sp.gamma(first + second) / (sp.gamma(first + second + K) * sp.gamma(first))


INTERSECTION = ClosedForm(core + (1 - core) * _moment(a, b), meanings=_MEANINGS)
"""Expected share of edges in all K circuits."""

UNION = ClosedForm(core + (1 - core) * (1 - _moment(b, a)), meanings=_MEANINGS)
"""Expected share of edges in at least one."""

BOUND = ClosedForm(n * (K * n / U - 1) / (K - 1), meanings=_MEANINGS)
"""Least mean overlap of two of K circuits of n edges whose union has U."""


def mutual_iou(a: float, b: float, K: int, core: float = 0.0) -> float:
    """Ratio of the two expectations."""
    at = {"a": a, "b": b, "K": K, "core": core}
    return float(INTERSECTION(**at) / UNION(**at))


def uniform_intersection(edges: int, density: float, K: int) -> float:
    """Edges expected in all of K circuits that keep each edge with the same probability."""
    return edges * density**K


def fitted(edges: int, intersection: float, union: float, K: int) -> tuple[float, float]:
    """(a, b) of the Beta law, without a core, under which K circuits have this intersection and union on average.

    Raises ValueError unless 0 < intersection < union < edges.
    """
    if not 0 < intersection < union < edges:
        raise ValueError(
            f"intersection={intersection}, union={union} is not allowed; allowed: 0 < intersection < union < {edges}"
        )
    from scipy.optimize import root
    from scipy.special import betaln

    def missed(logs: list[float]) -> list[float]:
        one, two = math.exp(logs[0]), math.exp(logs[1])
        both = betaln(one + K, two) - betaln(one, two)
        none = betaln(one, two + K) - betaln(one, two)
        return [both - math.log(intersection / edges), none - math.log(1 - union / edges)]

    found = root(missed, [math.log(0.1), math.log(2.0)], tol=1e-13)
    return math.exp(found.x[0]), math.exp(found.x[1])


def intersection() -> Derivation:
    """A moment of the Beta law."""
    p = sp.Symbol("p", positive=True)
    two, three = sp.Integer(2), sp.Integer(3)
    density = p ** (two - 1) * (1 - p) ** (three - 1) / sp.beta(two, three).rewrite(sp.gamma)
    return Derivation(
        "mutual-intersection",
        "An edge is in all K circuits with probability B(a + K, b) / B(a, b)",
        "reconstructed",
        (
            Step("in all", p**K * density, "given p, times its density; a = 2, b = 3 stand for any"),
            Step(
                "moment",
                sp.simplify(_moment(a, b).subs({a: two, b: three})),
                "integrated over p",
                check=derived(lambda form: sp.integrate(sp.expand(form), (p, 0, 1))),
            ),
        ),
    )


def bound() -> Derivation:
    """Cauchy-Schwarz over the edges of the union."""
    squares = sp.Symbol("squares", positive=True)
    return Derivation(
        "overlap-bound",
        "Circuits that fill a small union overlap",
        "Cauchy-Schwarz",
        (
            Step(
                "pairs",
                (squares - K * n) / (K * (K - 1)),
                "mean over ordered pairs: sum c_e^2 - sum c_e of them, c_e circuits having edge e; sum c_e = K n",
            ),
            Step(
                "least",
                BOUND.expression,
                "sum c_e^2 is at least (K n)^2 / U",
                check=derived(lambda form: form.subs(squares, (K * n) ** 2 / U)),
            ),
        ),
        BOUND,
    )
