"""Steering by correlated features on trial (arXiv 2508.12535)."""

from corollary.claims.corrsteer import (
    changes,
    coefficient,
    contrast,
    cue,
    null,
    pooling,
    power,
    pruning,
    rare,
    streaming,
    trained,
)
from corollary.claims.corrsteer.paper import PAPER

__all__ = [
    "PAPER",
    "changes",
    "coefficient",
    "contrast",
    "cue",
    "null",
    "pooling",
    "power",
    "pruning",
    "rare",
    "streaming",
    "trained",
]
