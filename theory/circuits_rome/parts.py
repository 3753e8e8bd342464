"""How many disjoint circuits a model has room for (reconstructed).

Margins add up: M(S) = sum of v_e over the edges e of S. In values, disjoint faithful circuits leave a remainder that
cancels them; in accuracy, v_e(prompt) iid N(mu, sigma^2), N disjoint parts share what there is.
"""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, solved

m, N = sp.symbols("m N", positive=True)
mu, sigma, z_alpha = sp.symbols("mu sigma z_alpha", positive=True)
V, error = sp.symbols("V error", real=True)
_MEANINGS = {
    "m": "edges",
    "N": "disjoint parts of equal size",
    "mu": "mean of an edge's contribution to the margin",
    "sigma": "its deviation over prompts",
    "z_alpha": "normal quantile of the accuracy that is asked for",
    "V": "margin of the whole model",
    "error": "mean by which the parts' margins exceed V",
    "k": "edges of a circuit",
    "E": "edges of the graph",
}

STRENGTH = ClosedForm(sp.sqrt(m) * mu / sigma, meanings=_MEANINGS)
"""Z: mean of the whole margin over its deviation."""

ACCURACY = ClosedForm((1 + sp.erf(sp.sqrt(m) * mu / sigma / sp.sqrt(2 * N))) / 2, meanings=_MEANINGS)
"""Of each of N disjoint parts: Phi(Z / sqrt N)."""

ROOM = ClosedForm(m * mu**2 / (sigma**2 * z_alpha**2), meanings=_MEANINGS)
"""Parts at which the accuracy is Phi(z_alpha): (Z / z_alpha)^2."""

REMAINDER = ClosedForm(-(N - 1) * V - N * error, meanings=_MEANINGS)
"""Margin of what N disjoint parts leave, each of margin V + error."""

_E, _k = sp.symbols("E k", positive=True)
CEILING = ClosedForm(sp.floor(_E / _k), meanings=_MEANINGS)
"""Most disjoint circuits of at least k edges."""


def room(m: float, mu: float, sigma: float, alpha: float) -> float:
    """How many disjoint circuits of accuracy alpha there are room for, a real number. 1/2 < alpha < 1."""
    if not 0.5 < alpha < 1:
        raise ValueError(f"alpha={alpha} is not allowed; allowed: above 1/2 and below 1")
    from scipy.special import ndtri

    return float(ROOM(m=m, mu=mu, sigma=sigma, z_alpha=float(ndtri(alpha))))


def accuracy() -> Derivation:
    """A part of m/N edges."""
    k = sp.Symbol("k", positive=True)
    return Derivation(
        "parts",
        "Room for (Z / z)^2 disjoint circuits",
        "reconstructed",
        (
            Step("part", sp.sqrt(k) * mu / sigma, "mean over deviation of a sum of k independent contributions"),
            Step(
                "of N parts",
                sp.sqrt(m) * mu / (sigma * sp.sqrt(N)),
                "k = m/N",
                check=derived(lambda form: form.subs(k, m / N)),
            ),
            Step("wanted", sp.sqrt(m) * mu / (sigma * sp.sqrt(N)) - z_alpha, "accuracy Phi(z_alpha)",
                 check=derived(lambda form: form - z_alpha)),
            Step("room", ROOM.expression, "as many parts as reach it", check=solved(N)),
        ),
        ROOM,
    )  # fmt: skip


def conservation() -> Derivation:
    """The margins of all edges add up to V."""
    rest = sp.Symbol("rest", real=True)
    return Derivation(
        "conservation",
        "What disjoint circuits of the full margin leave must cancel all but one of them",
        "reconstructed",
        (
            Step("sum", N * (V + error) + rest - V, "parts and remainder add up to V"),
            Step(
                "remainder", REMAINDER.expression, "solved for it", check=derived(lambda form: sp.solve(form, rest)[0])
            ),
        ),
        REMAINDER,
    )
