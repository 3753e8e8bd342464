"""Grokking in pictures (arXiv 2603.29262)."""

from collections.abc import Callable
from typing import Any

from corollary.figures.grokking import networks, sfm

FIGURES: dict[str, Callable[..., Any]] = {
    **networks.FIGURES,
    **sfm.FIGURES,
}
