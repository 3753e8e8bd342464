"""The attention sink in closed form (arXiv 2605.06611): where variance goes from attention's values to a sink's key."""

from corollary.theory.attention_sink import (
    alignment,
    chain,
    depth,
    dominance,
    head_norm,
    interventions,
    kendall,
    neuron,
    participation,
    post_norm,
    sink_mass,
    variance,
)
from corollary.theory.attention_sink.quantities import QUANTITIES

DERIVATIONS = {
    "variance-law": variance.law,
    "variance-uniform": variance.uniform,
    "vocabulary-floor": variance.pooled,
    "participation-slope": participation.stein,
    "participation-expanded": participation.expanded,
    "participation-frozen": participation.frozen,
    "largest-logit": participation.level,
    "first-over-late": post_norm.ratio,
    "post-norm-share": post_norm.share,
    "depth-one-layer": depth.one_layer,
    "head-power": head_norm.power,
    "neuron-mean": neuron.mean,
    "neuron-square-weak": neuron.weak_square,
    "neuron-square-strong": neuron.strong_square,
    "dominance-ratio": dominance.ratio,
    "collapse": dominance.collapse,
    "key-error": dominance.key_error,
    "positive-queries": alignment.positive,
    "sink-mass": sink_mass.mass,
    "sink-mass-expanded": sink_mass.expanded,
    "changed-variance": interventions.changed,
    "changed-share": interventions.shares,
    "chain-response": chain.response_of,
    "chain-key": chain.key_of,
    "kendall-null": kendall.null_variance,
}

__all__ = ["DERIVATIONS", "QUANTITIES"]
