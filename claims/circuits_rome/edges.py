"""Edges of residual graphs on trial: the formula against the graph itself."""

from __future__ import annotations

import corollary as co
from corollary.claims.circuits_rome.paper import PAPER

with co.lazily():
    from corollary.sims.circuits_rome import edges as sims
    from corollary.theory.circuits_rome import edges as theory

GRAPHS = [{"L": 12, "H": 12}, {"L": 3, "H": 5}, {"L": 1, "H": 2}]


@PAPER.claim(
    "edges",
    says="The residual graph of a decoder with an MLP after the heads has 32491 edges at GPT-2 small's size, and a "
    "closed form's number elsewhere; with MLPs beside the heads 32347.",
    where="residual graph, released code",
    status="reconstructed",
)
def count() -> co.Value:
    def stated(form: str) -> object:
        return lambda L, H, parallel: getattr(theory, "PARALLEL" if parallel else form)(L=L, H=H)

    def in_one(L: int, H: int, parallel: bool) -> float:
        return theory.SERIAL(L=L, H=H)

    return co.Value(
        predicts=stated("SERIAL"),
        computes=sims.listed,
        at=[{**one, "parallel": parallel} for one in GRAPHS for parallel in (False, True)],
        wrong={
            "MLPs after the heads always": in_one,
            "heads alone": lambda L, H: theory.ATTENTION(L=L, H=H),
            "queries, keys and values as one": lambda L, H: theory.SERIAL(L=L, H=H) / 3,
        },
    )


@PAPER.claim(
    "edges-attention",
    says="Heads alone make a graph of 1 + 4 H L + (3/2) H^2 L (L - 1) edges.",
    where="residual graph, released code",
    status="reconstructed",
)
def attention() -> co.Value:
    return co.Value(
        predicts=theory.ATTENTION,
        computes=lambda L, H: sims.listed(L, H, mlp=False),
        at=[{"L": 2, "H": 4}, {"L": 2, "H": 8}, {"L": 5, "H": 3}],
        wrong={
            "with MLPs": theory.SERIAL,
            "every pair of heads once": lambda L, H: 1 + 4 * H * L + H**2 * L * (L - 1) / 2,
        },
    )
