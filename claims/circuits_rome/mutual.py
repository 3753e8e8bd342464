"""Mutual IoU on trial: what it measures, and what it cannot show."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.circuits_rome.paper import PAPER

with co.lazily():
    from jax import numpy as jnp

    from corollary.sims.circuits_rome import mutual as sims
    from corollary.theory.circuits_rome import mutual as theory

TWENTY = "twenty circuits: mutual IoU below 1%, no essential core"
PLANTED = {"edges": 32491, "core": 11, "n": 1200, "K": 20}


@PAPER.claim(
    "mutual-intersection-and-union",
    says="Where a share `core` of the edges is in every circuit and the others enter with Beta(a, b) probabilities of "
    "their own, K circuits have core + (1 - core) B(a + K, b)/B(a, b) of the edges in common, and B(a, b + K)/B(a, b) "
    "of the others in none.",
    where=TWENTY,
    status="reconstructed",
)
def expectations() -> co.Mean:
    def mean(a: float, b: float) -> float:
        return a / (a + b)

    return co.Mean(
        predicts={"intersection": theory.INTERSECTION, "union": theory.UNION},
        measures=sims.both,
        at=[
            {"K": 3, "a": 0.5, "b": 1.5, "twice_a": 1, "twice_b": 3, "core": 0.02},
            {"K": 2, "a": 1.5, "b": 1.0, "twice_a": 3, "twice_b": 2, "core": 0.1},
        ],
        within=co.Depths(quick=0.05, standard=0.03),
        support=(0, 1),
        wrong={
            "one probability for all edges": lambda K, a, b, core: [
                core + (1 - core) * mean(a, b) ** K,
                core + (1 - core) * (1 - (1 - mean(a, b)) ** K),
            ],
            "without the core": lambda K, a, b: [
                theory.INTERSECTION(K=K, a=a, b=b, core=0.0),
                theory.UNION(K=K, a=a, b=b, core=0.0),
            ],
            "one circuit more": lambda K, a, b, core: [
                theory.INTERSECTION(K=K + 1, a=a, b=b, core=core),
                theory.UNION(K=K + 1, a=a, b=b, core=core),
            ],
        },
    )


@PAPER.claim(
    "mutual-iou-says-no-core",
    says="A mutual IoU of twenty circuits below 1% says that no edge is essential: none is in all of them by rule.",
    where=TWENTY,
    corrected_by="mutual-iou-with-a-core",
    kinder="No core makes up a large part of the circuits; that needs the intersection, and what its removal does.",
)
def no_core() -> co.Witness:
    def found() -> bool:
        made = sims.with_core(**PLANTED, seed=0)
        return bool(made["mutual IoU"] >= 0.01 or made["core"] == 0)

    return co.Witness(computes=found, states=True)


@PAPER.claim(
    "mutual-iou-with-a-core",
    says="Twenty circuits of 1200 edges with 11 edges that all must have, the rest at random, have a mutual IoU below "
    ".1%, as 0 essential edges would: their union alone makes it small. The 11 are in all of them.",
    where=TWENTY,
    status="corrected",
)
def with_core() -> co.Value:
    def stated(edges: int, core: int, n: int, K: int) -> list[float]:
        union = core + (edges - core) * (1 - (1 - (n - core) / (edges - core)) ** K)
        return [core / union, core]

    def computed(edges: int, core: int, n: int, K: int) -> list[float]:
        made = [sims.with_core(edges, core, n, K, seed) for seed in range(20)]
        return [sum(one["mutual IoU"] for one in made) / 20, sum(one["core"] for one in made) / 20]

    def coreless(edges: int, core: int, n: int, K: int) -> list[float]:
        return [stated(edges, core, n, K)[0], theory.uniform_intersection(edges, n / edges, K)]

    return co.Value(
        predicts=stated,
        computes=computed,
        at=[PLANTED, {"edges": 4000, "core": 5, "n": 300, "K": 20}],
        within=0.02,
        wrong={
            "by chance alone": coreless,
            "over one circuit": lambda edges, core, n, K: [core / n, core],
            "over disjoint circuits": lambda edges, core, n, K: [core / (K * n), core],
        },
    )


@PAPER.claim(
    "mutual-iou-falls",
    says="With edges of probabilities of their own the mutual IoU of K circuits falls with K whatever the circuits: "
    "from .158 over .0084 to 4.7e-5 at K = 2, 5, 20 for Beta(1/2, 4).",
    where=TWENTY,
    status="reconstructed",
)
def falls() -> co.Value:
    def integrated(a: float, b: float, K: int) -> float:
        return sims.by_quadrature(a, b, K)

    return co.Value(
        predicts=theory.mutual_iou,
        computes=integrated,
        at=[{"a": 0.5, "b": 4.0, "K": K} for K in (2, 5, 20)],
        within=1e-6,
        wrong={
            "it stays": lambda a, b: theory.mutual_iou(a, b, 2),
            "pairwise, to the power K - 1": lambda a, b, K: theory.mutual_iou(a, b, 2) ** (K - 1),
            "with a core of 1%": lambda a, b, K: theory.mutual_iou(a, b, K, 0.01),
        },
    )


@PAPER.claim(
    "mutual-iou-exponent",
    says="It falls as K^-b in the end, b the Beta law's exponent at p = 1.",
    where=TWENTY,
    status="reconstructed",
)
def exponent() -> co.Exponent:
    return co.Exponent(
        along="K",
        predicts=-2,
        computes=sims.by_quadrature,
        at=[{"a": 1.5, "b": 2.0, "K": 8 * 2**step} for step in range(8)],
        within=0.05,
        wrong={"as the other exponent": -1.5, "1/K": -1, "it stays": 0},
    )


@PAPER.claim(
    "overlap-bound",
    says="K circuits of n edges whose union has U share n (K n/U - 1)/(K - 1) in pairs on average, or more, and so "
    "much where all edges are equally used: at the reported union of 7382, twenty circuits of 1200 share 142.",
    where=TWENTY,
    status="reconstructed",
)
def bound() -> co.Bound:
    stated = theory.BOUND.compile(jnp)

    def over(params: Any) -> Any:
        made = sims.filled(params)
        return (made["mean"] - stated(n=made["n"], K=made["K"], U=made["U"])) / made["n"]

    def without_one(params: Any) -> Any:
        made = sims.filled(params)
        return made["mean"] / made["n"] - made["K"] * made["n"] / made["U"] / (made["K"] - 1)

    def doubled(params: Any) -> Any:
        made = sims.filled(params)
        return (made["mean"] - 1.01 * stated(n=made["n"], K=made["K"], U=made["U"])) / made["n"]

    return co.Bound(
        slack=over, draw=sims.draw, tight=1e-3, wrong={"without the 1": without_one, "a hundredth more": doubled}
    )
