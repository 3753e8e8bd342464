"""Steering that mimics prompting in pictures (arXiv 2605.03907)."""

from corollary.figures.psr_steering.frontier import trade_off
from corollary.figures.psr_steering.gate import errors
from corollary.figures.psr_steering.trained import persona

FIGURES = {"errors": errors, "frontier": trade_off, "persona": persona}
