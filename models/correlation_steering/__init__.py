"""Steering by features that are correlated with success while generating (arXiv 2508.12535).

state = nothing(features)
state = added(state, pooled(sae, stream, where), right)     # a block of samples at a time
features = of_each_layer({layer: state})                    # variant A
change = steerer_of(features, {layer: sae}).change(1.0, where=last_token(real))
"""

from corollary.models.correlation_steering.accumulators import (
    Correlations,
    added,
    merged,
    nothing,
    observed,
    over_devices,
)
from corollary.models.correlation_steering.effects import Effect, effect
from corollary.models.correlation_steering.pooling import POOLS, generating, pooled
from corollary.models.correlation_steering.selection import (
    TESTS,
    Feature,
    kept,
    of_all_layers,
    of_each_layer,
    steerer_of,
    strongest,
)

__all__ = [
    "POOLS",
    "TESTS",
    "Correlations",
    "Effect",
    "Feature",
    "added",
    "effect",
    "generating",
    "kept",
    "merged",
    "nothing",
    "observed",
    "of_all_layers",
    "of_each_layer",
    "over_devices",
    "pooled",
    "steerer_of",
    "strongest",
]
