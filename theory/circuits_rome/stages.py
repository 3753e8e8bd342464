"""A task in stages, each served by interchangeable units: how many circuits there are (reconstructed).

Stage s has R_s units and needs at least k_s of them, 1 <= k_s <= R_s; F further edges do nothing. A set of edges is
faithful if every stage is served.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, prod

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

R, k, z = sp.symbols("R k z", positive=True)
OVERLAP = ClosedForm(k**2 / R, meanings={"R": "units of a stage", "k": "units that it needs"})
"""Mean overlap, in one stage, of two independent uniform minimal circuits."""


def _checked(units: Sequence[int], needs: Sequence[int]) -> list[tuple[int, int]]:
    if len(units) != len(needs) or not all(1 <= need <= of for of, need in zip(units, needs, strict=False)):
        raise ValueError(f"R={list(units)}, k={list(needs)} is not allowed; allowed: as many k as R, 1 <= k <= R each")
    return list(zip(units, needs, strict=True))


def by_size(units: Sequence[int], needs: Sequence[int], idle: int) -> list[int]:
    """Number of faithful sets of each size 0..all edges: coefficients of the generating function."""
    form = sp.Poly((1 + z) ** idle, z)
    for of, need in _checked(units, needs):
        form *= sp.Poly(sum(comb(of, j) * z**j for j in range(need, of + 1)), z)
    return [int(one) for one in reversed(form.all_coeffs())]


def probability(units: Sequence[int], needs: Sequence[int], p: float) -> float:
    """P(faithful) where every edge is kept with probability p."""
    served = [
        sum(comb(of, j) * p**j * (1 - p) ** (of - j) for j in range(need, of + 1))
        for of, need in _checked(units, needs)
    ]
    return float(prod(served))


def minimal(units: Sequence[int], needs: Sequence[int]) -> int:
    """Number of circuits from which nothing can be taken."""
    return prod(comb(of, need) for of, need in _checked(units, needs))


def overlap(units: Sequence[int], needs: Sequence[int]) -> float:
    """Mean overlap of two independent uniform minimal circuits."""
    return float(sum(OVERLAP(R=of, k=need) for of, need in _checked(units, needs)))


def packing(units: Sequence[int], needs: Sequence[int]) -> int:
    """The largest number of faithful sets no two of which share an edge."""
    return min(of // need for of, need in _checked(units, needs))


def stage_overlap() -> Derivation:
    """By linearity over units."""
    share = sp.Symbol("share", positive=True)
    return Derivation(
        "stage-overlap",
        "Two minimal circuits share k^2/R units of a stage on average",
        "reconstructed",
        (
            Step("both", R * share**2, "R units, each in one circuit with probability share"),
            Step("share", OVERLAP.expression, "share = k/R", check=derived(lambda form: form.subs(share, k / R))),
        ),
        OVERLAP,
    )


def counts() -> Derivation:
    """The generating function of two stages, expanded."""
    first = 3 * z + 3 * z**2 + z**3
    second = 6 * z**2 + 4 * z**3 + z**4
    product = sp.expand(first * second)
    return Derivation(
        "stage-counts",
        "Faithful sets by size: stages multiply their generating functions",
        "reconstructed",
        (
            Step("one stage", first, "three units of which one is needed"),
            Step("two stages", product, "four units of which two are needed", check=derived(lambda f: f * second)),
            Step(
                "idle", sp.expand(product * (1 + z)), "one edge that does nothing", check=derived(lambda f: f * (1 + z))
            ),
        ),
    )
