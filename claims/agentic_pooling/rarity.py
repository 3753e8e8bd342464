"""How often random agents are unanimous, and how often anything at all would benefit them all."""

from __future__ import annotations

from functools import lru_cache

import corollary as co
from corollary.claims.agentic_pooling.paper import PAPER

with co.lazily():
    from corollary.sims.agentic_pooling import regions
    from corollary.theory.agentic_pooling import volumes


@PAPER.claim(
    "rarity",
    says="Two agents drawn at random on three outcomes are unanimous about once in a thousand draws when they "
    "are uniform, and far more often when they are peaked.",
    where="reconstructed",
    status="reconstructed",
)
def rarity() -> co.Mean:

    peaked = {"outcomes": 3, "agents": 2, "concentration": 0.5}
    return co.Mean(
        predicts=lambda outcomes, agents, concentration: volumes.unanimity(outcomes, agents, concentration, 17),
        measures=regions.unanimity,
        at=co.Depths(quick=[peaked], standard=[peaked, {**peaked, "outcomes": 4}]),
        within=co.Depths(quick=0.2, standard=0.12, full=0.05),
        wrong={"measure zero": lambda: 0.0, "one time in a thousand": lambda: 1e-3, "four per cent": lambda: 0.04},
    )


@PAPER.claim(
    "uniform-rarity",
    depth="standard",
    says="Two uniform agents on three outcomes are unanimous with probability 0.00106.",
    where="reconstructed",
    status="reconstructed",
)
def uniform_rarity() -> co.Mean:

    return co.Mean(
        predicts=lambda outcomes, agents: volumes.unanimity(outcomes, agents, 1.0),
        measures=regions.uniform_unanimity,
        at=[{"outcomes": 3, "agents": 2}],
        within=co.Depths(standard=0.15, full=0.05),
        wrong={"measure zero": lambda: 0.0, "above one per cent": lambda: 0.01, "half as often": lambda: 5e-4},
    )


@PAPER.claim(
    "weighted-rarity",
    says="Two uniform agents on three outcomes are unanimous at some weight of a 99-point grid five times as "
    "often as at equal weights, and less often the more outcomes there are.",
    where="reconstructed",
    status="reconstructed",
)
def weighted_rarity() -> co.Mean:

    @lru_cache
    def predicted(outcomes: int, weights: int) -> float:
        return volumes.some_weight(outcomes, weights)

    return co.Mean(
        predicts=predicted,
        measures=regions.some_weight,
        at=co.Depths(quick=co.grid(outcomes=[3], weights=[99]), standard=co.grid(outcomes=[3, 4, 5], weights=[99])),
        within=co.Depths(quick=0.2, standard=0.15),
        wrong={
            "equal weights only": lambda outcomes: volumes.unanimity(outcomes, 2, 1.0, 15),
            "three and four outcomes swapped": lambda outcomes, weights: predicted(7 - outcomes, weights),
            "two weights only, 1/3 and 2/3": lambda outcomes: volumes.some_weight(outcomes, 2, 13),
            "as often as anything benefits both": lambda outcomes: volumes.common_ground(outcomes, 12),
        },
    )


@PAPER.claim(
    "common-ground",
    says="Some distribution, though hardly ever the pool, benefits both of two uniform agents in exactly half "
    "of all cases with two outcomes, and more often with more.",
    where="reconstructed",
    status="reconstructed",
)
def common_ground() -> co.Mean:

    def half_or_quadrature(outcomes: int) -> float:
        return 0.5 if outcomes == 2 else volumes.common_ground(outcomes, 14)

    return co.Mean(
        predicts=half_or_quadrature,
        measures=regions.common_ground,
        at=co.Depths(quick=co.grid(outcomes=[2, 3]), standard=co.grid(outcomes=[2, 3, 4, 8])),
        within=0.02,
        wrong={"always": lambda: 1.0, "half whatever the outcomes": lambda: 0.5, "as often as the pool": lambda: 1e-3},
    )
