"""Latent agents: when a group gains from its pooled belief, and what moving its weights does (arXiv 2509.06701).

An agent is a full-support distribution on a finite outcome set and scores outcomes by its own log-probability. The
notation table is in `pooling`; sections of the paper and their modules:

| subject | module |
|---|---|
| gains, pools, and what they are made of | `pooling`, `identities` |
| two outcomes; the linear pool | `impossibility`, `identities` |
| three and more outcomes: existence, the largest gain | `near_disjoint`, `symmetric` |
| how rare it is | `regions`, `rare_groups` |
| certified signs in exact arithmetic | `exact` |
| benefit does not descend; small tilts | `splits`, `tilts` |
| moving weights; suppressing an event | `weights`, `suppression` |
"""

from corollary.theory.agentic_pooling import (
    identities,
    impossibility,
    near_disjoint,
    splits,
    suppression,
    symmetric,
    tilts,
    weights,
)
from corollary.theory.agentic_pooling.quantities import QUANTITIES

DERIVATIONS = {
    "gain-divergence": identities.gain_divergence,
    "general-welfare": identities.general_welfare,
    "pool-budget": identities.pool_budget,
    "linear-deficit": identities.linear_deficit,
    "binary-gain": impossibility.binary_gain,
    "binary-impossibility": impossibility.binary_impossibility,
    "near-disjoint-gain": near_disjoint.relative_gain,
    "symmetric-gain": symmetric.gain,
    "symmetric-supremum": symmetric.supremum,
    "floor-loss": symmetric.floor_loss,
    "chain-rule": identities.chain_rule,
    "power-gain": splits.first_gain,
    "power-loss": splits.second_gain,
    "tilt-expansion": tilts.expansion,
    "symmetric-tilt": tilts.symmetric_tilt,
    "weight-shift": weights.shift,
    "event-response": suppression.response,
    "shattering-gain": suppression.shattering,
}

__all__ = ["DERIVATIONS", "QUANTITIES"]
