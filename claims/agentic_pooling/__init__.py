"""Latent agents on trial (arXiv 2509.06701): what pooling can and cannot do for those who are pooled."""

from corollary.claims.agentic_pooling import (
    impossibility,
    near_disjoint,
    personas,
    pooling,
    regions,
    search,
    splits,
    suppression,
    symmetric,
    tilts,
    weights,
)
from corollary.claims.agentic_pooling.paper import PAPER

__all__ = [
    "PAPER",
    "impossibility",
    "near_disjoint",
    "personas",
    "pooling",
    "regions",
    "search",
    "splits",
    "suppression",
    "symmetric",
    "tilts",
    "weights",
]
