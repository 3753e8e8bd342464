"""Grokking and the singular feature machine on trial (arXiv 2603.29262): exact theory and runs."""

from corollary.claims.grokking import (
    networks,
    sfm_bayes,
    sfm_crossover,
    sfm_description,
    sfm_drift,
    sfm_gate,
    sfm_phases,
    sfm_spectra,
    sfm_splits,
)
from corollary.claims.grokking.paper import PAPER

__all__ = [
    "PAPER",
    "networks",
    "sfm_bayes",
    "sfm_crossover",
    "sfm_description",
    "sfm_drift",
    "sfm_gate",
    "sfm_phases",
    "sfm_spectra",
    "sfm_splits",
]
