"""Grokking in pictures (arXiv 2603.29262)."""

from collections.abc import Callable
from typing import Any

from corollary.figures.grokking import instruments, networks, sfm

FIGURES: dict[str, Callable[..., Any]] = {
    **instruments.FIGURES,
    **networks.FIGURES,
    **sfm.FIGURES,
}
