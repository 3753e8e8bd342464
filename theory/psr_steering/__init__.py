"""Steering that mimics prompting (arXiv 2605.03907) in closed form: the paper has no theorems, these are about its
objects.

| stem          | subject                                                         |
|---------------|-----------------------------------------------------------------|
| `scale`       | what scaling a prediction costs                                 |
| `prediction`  | constants against one direction, for any law                    |
| `gate`        | Gaussian gates: constant, affine and ReLU probes                |
| `clamping`    | a set point against a constant                                  |
| `sequence`    | one coefficient a sequence                                      |
| `direction`   | how many tokens a direction needs                               |
| `sample_size` | when a probe beats a constant                                   |
| `layers`      | one steered layer against all                                   |
| `frontier`    | strength against coherence                                      |
"""

from corollary.theory.psr_steering import (
    clamping,
    direction,
    frontier,
    gate,
    layers,
    prediction,
    sample_size,
    scale,
    sequence,
)
from corollary.theory.psr_steering.quantities import QUANTITIES

DERIVATIONS = {
    "relative-error": scale.scaled,
    "one-direction": prediction.gap,
    "gate-mean": gate.moments,
    "sparse-gate": gate.sparse,
    "hard-gate": gate.stationary,
    "clamping": clamping.clamped,
    "one-coefficient": sequence.left,
    "direction-tokens": direction.ratio,
    "enough-tokens": sample_size.crossing,
    "one-layer": layers.single,
    "frontier": frontier.trait,
}

__all__ = ["DERIVATIONS", "QUANTITIES"]
