"""Grokking and the singular feature machine on trial (arXiv 2603.29262): exact theory, runs, and instruments."""

from corollary.claims.grokking import (
    instruments_bdm,
    instruments_llc,
    instruments_spectra,
    instruments_unions,
    networks,
    sfm_dynamics,
    sfm_free_energy,
    sfm_phases,
    sfm_spectra,
    sfm_splits,
)
from corollary.claims.grokking.paper import PAPER

__all__ = [
    "PAPER",
    "instruments_bdm",
    "instruments_llc",
    "instruments_spectra",
    "instruments_unions",
    "networks",
    "sfm_dynamics",
    "sfm_free_energy",
    "sfm_phases",
    "sfm_spectra",
    "sfm_splits",
]
