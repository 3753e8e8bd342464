"""The attention sink on trial (arXiv 2605.06611): the chain from variance to sink, and what of it sinks need."""

from corollary.claims.attention_sink import (
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
    trained,
    variance,
)
from corollary.claims.attention_sink.paper import PAPER

__all__ = [
    "PAPER",
    "chain",
    "depth",
    "dominance",
    "head_norm",
    "interventions",
    "kendall",
    "neuron",
    "participation",
    "post_norm",
    "sink_mass",
    "trained",
    "variance",
]
