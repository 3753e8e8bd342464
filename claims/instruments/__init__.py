"""Instruments on trial: each against models and losses whose answer is known."""

from corollary.claims.instruments import (
    bdm,
    chains,
    geometry,
    jacobian_rank,
    known,
    llc,
    mediation,
    persistence,
    progress,
    spectra,
    supports,
    turing,
)
from corollary.claims.instruments.paper import PAPER

__all__ = [
    "PAPER",
    "bdm",
    "chains",
    "geometry",
    "jacobian_rank",
    "known",
    "llc",
    "mediation",
    "persistence",
    "progress",
    "spectra",
    "supports",
    "turing",
]
