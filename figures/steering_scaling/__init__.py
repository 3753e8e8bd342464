"""Steering vectors' scaling laws in pictures (arXiv 2605.05983)."""

from collections.abc import Callable
from typing import Any

from corollary.figures.steering_scaling import solvable, widths
from corollary.figures.steering_scaling.toy import toy_baselines, toy_factor_map, toy_front, toy_positions

FIGURES: dict[str, Callable[..., Any]] = {
    "exponent-table": widths.exponent_table,
    "slopes": widths.slopes_against_width,
    "coordinate-check": widths.coordinate_check,
    "transfer": widths.transfer,
    "trajectories": solvable.trajectories,
    "trap": solvable.trap,
    "toy-front": toy_front,
    "toy-positions": toy_positions,
    "toy-baselines": toy_baselines,
    "toy-factor-map": toy_factor_map,
}
