"""Steering vectors' scaling laws: what width does to a jointly trained factor and direction (arXiv 2605.05983).

A steering vector z = alpha v of width n is added to a residual stream; alpha and v are trained together.

| symbol | meaning |
|---|---|
| a0, b0 | exponents of n in alpha_0 and in the coordinates of v_0 |
| p, q | exponents of the learning rates eta_alpha and eta_v |
| kappa | g = dL/dz has coordinates Theta(n^-kappa): 1 for muP and trained networks, 1/2 for a random readout |

Exponents are in `theory.calculus.exponents`, their laws in `laws` (every quarter tried) and `theorems` (derived), the
exactly solvable linear readout in `linear_model` and `trap`, what is a matter of units in `gauges`, and the first steps
with their constants in `first_step`.
"""

from corollary.theory.steering_scaling import gauges, linear_model, theorems, trap
from corollary.theory.steering_scaling.quantities import QUANTITIES

DERIVATIONS = {
    "adam-law": theorems.adam_law,
    "sgd-law": theorems.sgd_law,
    "loss-law": theorems.loss_law,
    "random-branch": theorems.random_branch,
    "positions": theorems.positions,
    "fan-in": theorems.fan_in,
    "adam-gauge": gauges.adam_gauge,
    "sgd-gauge": gauges.sgd_gauge,
    "reduction": linear_model.reduction,
    "infinite-width-output": linear_model.infinite_width_output,
    "trap": trap.trap,
    "stability": linear_model.stability,
    "invariant": linear_model.invariant,
}

__all__ = ["DERIVATIONS", "QUANTITIES"]
