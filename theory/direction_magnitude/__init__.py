"""Perturbations of direction and of magnitude at equal displacement (arXiv 2602.11169), in closed form.

| stem             | subject                                                        |
|------------------|----------------------------------------------------------------|
| `geometry`       | the angle of a chord                                           |
| `notebook_noise` | what the published notebook does in its place                  |
| `norms`          | what norm layers let through                                   |
| `damage`         | mean damage to second order, and its ratio                     |
| `divergence`     | the same for the KL divergence                                 |
| `conversion`     | how a write turns magnitude into direction                     |
| `injections`     | several layers, with fresh or re-used noise                    |
| `minimal_pairs`  | accuracy on pairs that share their noise, or do not            |
| `effect_size`    | Cohen's d over seeds                                           |
| `repair`         | clean outputs put back                                         |
"""

from corollary.theory.direction_magnitude import (
    conversion,
    damage,
    divergence,
    effect_size,
    geometry,
    injections,
    minimal_pairs,
    norms,
    notebook_noise,
    repair,
)
from corollary.theory.direction_magnitude.quantities import QUANTITIES

DERIVATIONS = {
    "chord-angle": geometry.chord_angle,
    "chord-drop": geometry.chord_drop,
    "arc-shortfall": geometry.arc_shortfall,
    "notebook-displacement": notebook_noise.displacement,
    "notebook-saturation": notebook_noise.saturation,
    "ordinary-token": notebook_noise.ordinary_token,
    "scale-invariance": norms.scale_invariance,
    "layer-norm-step": norms.layer_norm_step,
    "rms-rotation": norms.rms_rotation,
    "radial-slope": norms.radial_slope,
    "angular-damage": damage.angular,
    "damage-ratio": damage.ratio,
    "scale-invariant": damage.scale_invariant,
    "divergence-ratio": divergence.divergence_ratio,
    "expected-loss": divergence.expected_loss,
    "tilt": conversion.tilt,
    "conversion-ratio": conversion.conversion_ratio,
    "injections": injections.injections,
    "walk": injections.walk,
    "pair-accuracy": minimal_pairs.accuracy,
    "seed-effect": effect_size.seed_effect,
    "norm-repair": repair.norm_repair,
}

__all__ = ["DERIVATIONS", "QUANTITIES"]
