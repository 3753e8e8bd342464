"""Steering vectors' scaling laws in pictures (arXiv 2605.05983)."""

from collections.abc import Callable
from typing import Any

from corollary.figures.steering_scaling import coordinate_check, linear_model, transfer, width_sweep
from corollary.figures.steering_scaling.toy import toy_baselines, toy_factor_map, toy_front, toy_positions

FIGURES: dict[str, Callable[..., Any]] = {
    "exponent-table": width_sweep.exponent_table,
    "slopes": width_sweep.slopes_against_width,
    "coordinate-check": coordinate_check.coordinate_check,
    "transfer": transfer.transfer,
    "trajectories": linear_model.trajectories,
    "trap": linear_model.trap,
    "toy-front": toy_front,
    "toy-positions": toy_positions,
    "toy-baselines": toy_baselines,
    "toy-factor-map": toy_factor_map,
}
