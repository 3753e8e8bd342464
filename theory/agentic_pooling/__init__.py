"""Latent agents: when a group gains from its pooled belief, and what moving its weights does (arXiv 2509.06701).

An agent is a full-support distribution on a finite outcome set and scores outcomes by its own log-probability. The
notation table is in `distributions`; sections of the paper and their modules:

| subject | module |
|---|---|
| gains, pools, splits | `distributions`, `identities` |
| two outcomes; the linear pool | `binary`, `identities` |
| three and more outcomes: existence, the largest gain, how rare it is | `near_disjoint`, `symmetric`, `volumes` |
| certified signs in exact arithmetic | `exact` |
| benefit does not descend; small tilts | `power_family`, `tilts` |
| moving weights; suppressing an event | `weight_changes`, `suppression` |
"""

from corollary.theory.agentic_pooling import (
    binary,
    identities,
    near_disjoint,
    power_family,
    suppression,
    symmetric,
    tilts,
    weight_changes,
)
from corollary.theory.agentic_pooling.quantities import QUANTITIES

DERIVATIONS = {
    "gain-divergence": identities.gain_divergence,
    "general-welfare": identities.general_welfare,
    "pool-budget": identities.pool_budget,
    "linear-deficit": identities.linear_deficit,
    "binary-gain": binary.binary_gain,
    "binary-impossibility": binary.binary_impossibility,
    "near-disjoint-gain": near_disjoint.relative_gain,
    "symmetric-gain": symmetric.gain,
    "symmetric-supremum": symmetric.supremum,
    "floor-loss": symmetric.floor_loss,
    "chain-rule": identities.chain_rule,
    "power-gain": power_family.first_gain,
    "power-loss": power_family.second_gain,
    "tilt-expansion": tilts.expansion,
    "symmetric-tilt": tilts.symmetric_tilt,
    "weight-shift": weight_changes.shift,
    "event-response": suppression.response,
    "shattering-gain": suppression.shattering,
}

__all__ = ["DERIVATIONS", "QUANTITIES"]
