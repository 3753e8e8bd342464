"""Steering that mimics prompting on trial (arXiv 2605.03907)."""

from corollary.claims.psr_steering import (
    clamping,
    direction,
    frontier,
    gate,
    layers,
    prediction,
    regulariser,
    sample_size,
    scale,
    sequence,
    trained,
)
from corollary.claims.psr_steering.paper import PAPER

__all__ = [
    "PAPER",
    "clamping",
    "direction",
    "frontier",
    "gate",
    "layers",
    "prediction",
    "regulariser",
    "sample_size",
    "scale",
    "sequence",
    "trained",
]
