"""Grokking in pictures (arXiv 2603.29262)."""

from collections.abc import Callable

from matplotlib.figure import Figure

from corollary.figures.grokking import networks, sfm
from corollary.storage.results import Results

FIGURES: dict[str, Callable[[Results], Figure]] = {**networks.FIGURES, **sfm.FIGURES}
