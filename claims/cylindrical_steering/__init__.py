"""The cylindrical geometry of steering on trial (arXiv 2605.01844): what overlap, phase and penalty do, and what the
published analyses can show of them."""

from corollary.claims.cylindrical_steering import (
    angles,
    criterion,
    gated,
    geometry,
    helix,
    identifiability,
    interference,
    judging,
    normalisation,
    pairs,
    penalty,
    phase_plane,
    planted,
    search,
    sectors,
    toy,
)
from corollary.claims.cylindrical_steering.paper import PAPER

__all__ = [
    "PAPER",
    "angles",
    "criterion",
    "gated",
    "geometry",
    "helix",
    "identifiability",
    "interference",
    "judging",
    "normalisation",
    "pairs",
    "penalty",
    "phase_plane",
    "planted",
    "search",
    "sectors",
    "toy",
]
