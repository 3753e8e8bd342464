"""Circuit fingerprints on trial (arXiv 2602.09784): what they read and write, and what else would do."""

from corollary.claims.circuit_fingerprints import (
    channels,
    copies,
    cost,
    direction,
    edges,
    faithfulness,
    induction,
    projection,
    steering,
    trained,
)
from corollary.claims.circuit_fingerprints.paper import PAPER

__all__ = [
    "PAPER",
    "channels",
    "copies",
    "cost",
    "direction",
    "edges",
    "faithfulness",
    "induction",
    "projection",
    "steering",
    "trained",
]
