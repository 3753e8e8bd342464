"""Latent agents on trial (arXiv 2509.06701): what pooling can and cannot do for those who are pooled."""

from corollary.claims.agentic_pooling import (
    existence,
    impossibility,
    personas,
    pooling,
    rarity,
    shattering,
    stability,
    tilts,
    weights,
)
from corollary.claims.agentic_pooling.paper import PAPER

__all__ = [
    "PAPER",
    "existence",
    "impossibility",
    "personas",
    "pooling",
    "rarity",
    "shattering",
    "stability",
    "tilts",
    "weights",
]
