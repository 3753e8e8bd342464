"""Claims of arXiv 2605.01425: barriers to counterfactual credit attribution for autoregressive models."""

from corollary.claims.cca_barriers import (
    composition,
    credit,
    growth,
    hard_family,
    oracles,
    repair,
    retrieval,
    retrofit,
    search,
    trees,
)
from corollary.claims.cca_barriers.paper import PAPER

__all__ = [
    "PAPER",
    "composition",
    "credit",
    "growth",
    "hard_family",
    "oracles",
    "repair",
    "retrieval",
    "retrofit",
    "search",
    "trees",
]
