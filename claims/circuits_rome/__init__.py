"""Circuits on trial (arXiv 2605.12671): how many there are, how they overlap, what searches find."""

from corollary.claims.circuits_rome import (
    attribution,
    collisions,
    edges,
    gates,
    induction,
    monotone,
    mutual,
    oasr,
    overlap,
    parts,
    stages,
    trained,
)
from corollary.claims.circuits_rome.paper import PAPER

__all__ = [
    "PAPER",
    "attribution",
    "collisions",
    "edges",
    "gates",
    "induction",
    "monotone",
    "mutual",
    "oasr",
    "overlap",
    "parts",
    "stages",
    "trained",
]
