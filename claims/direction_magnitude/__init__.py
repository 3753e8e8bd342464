"""Direction against magnitude on trial (arXiv 2602.11169): what equal displacements cost, and what the published
protocol adds to it."""

from corollary.claims.direction_magnitude import (
    conversion,
    damage,
    divergence,
    effect_size,
    geometry,
    injections,
    language_model,
    minimal_pairs,
    norms,
    notebook_noise,
    repair,
)
from corollary.claims.direction_magnitude.paper import PAPER

__all__ = [
    "PAPER",
    "conversion",
    "damage",
    "divergence",
    "effect_size",
    "geometry",
    "injections",
    "language_model",
    "minimal_pairs",
    "norms",
    "notebook_noise",
    "repair",
]
