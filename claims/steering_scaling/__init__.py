"""Steering vectors' scaling laws on trial (arXiv 2605.05983): how a factor and a direction learn at every width."""

from corollary.claims.steering_scaling import (
    coordinate_check,
    first_step,
    gauges,
    laws,
    linear_model,
    toy,
    toy_baselines,
    transfer,
    trap,
    width_sweep,
)
from corollary.claims.steering_scaling.paper import PAPER

__all__ = [
    "PAPER",
    "coordinate_check",
    "first_step",
    "gauges",
    "laws",
    "linear_model",
    "toy",
    "toy_baselines",
    "transfer",
    "trap",
    "width_sweep",
]
