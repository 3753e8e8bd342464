"""The cylindrical geometry of steering on trial (arXiv 2605.01844): what overlap, phase and penalty do, and what the
published analyses can show of them."""

from corollary.claims.cylindrical_steering import (
    angle_law,
    axis_gated,
    batches,
    beta_criterion,
    exponent_search,
    geometry,
    helix,
    identifiability,
    interference,
    normalisation,
    pairs,
    penalty,
    principal_plane,
    sectors,
    superposition,
    toy,
)
from corollary.claims.cylindrical_steering.paper import PAPER

__all__ = [
    "PAPER",
    "angle_law",
    "axis_gated",
    "batches",
    "beta_criterion",
    "exponent_search",
    "geometry",
    "helix",
    "identifiability",
    "interference",
    "normalisation",
    "pairs",
    "penalty",
    "principal_plane",
    "sectors",
    "superposition",
    "toy",
]
