"""Steering vectors' scaling laws on trial (arXiv 2605.05983): how a factor and a direction learn at every width."""

from corollary.claims.steering_scaling import (
    laws,
    solvable,
    toy,
    toy_baselines,
    units,
    widths,
)
from corollary.claims.steering_scaling.paper import PAPER

__all__ = ["PAPER", "laws", "solvable", "toy", "toy_baselines", "units", "widths"]
