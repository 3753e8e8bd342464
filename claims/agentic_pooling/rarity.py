"""How often random agents are unanimous, and how often anything at all would benefit them all."""

from typing import Any

from corollary.claims.agentic_pooling.paper import PAPER
from corollary.point import Depths, grid


@PAPER.claim(
    "rarity",
    "Mean",
    says="Two agents drawn at random on three outcomes are unanimous about once in a thousand draws when they "
    "are uniform, and far more often when they are peaked.",
    where="reconstructed",
    status="reconstructed",
)
def rarity(stated: dict[str, Any]) -> Any:
    from corollary import Mean
    from corollary.sims.agentic_pooling.regions import unanimity
    from corollary.theory.agentic_pooling.volumes import unanimity as predicted

    peaked = {"outcomes": 3, "agents": 2, "concentration": 0.5}
    return Mean(
        **stated,
        predicts=lambda outcomes, agents, concentration: predicted(outcomes, agents, concentration, 17),
        measures=unanimity,
        at=Depths(quick=[peaked], standard=[peaked, {**peaked, "outcomes": 4}]),
        within=Depths(quick=0.2, standard=0.12, full=0.05),
        wrong={"measure zero": lambda: 0.0, "one time in a thousand": lambda: 1e-3, "four per cent": lambda: 0.04},
    )


@PAPER.claim(
    "uniform-rarity",
    "Mean",
    depth="standard",
    says="Two uniform agents on three outcomes are unanimous with probability 0.00106.",
    where="reconstructed",
    status="reconstructed",
)
def uniform_rarity(stated: dict[str, Any]) -> Any:
    from corollary import Mean
    from corollary.sims.agentic_pooling.regions import uniform_unanimity
    from corollary.theory.agentic_pooling.volumes import unanimity as predicted

    return Mean(
        **stated,
        predicts=lambda outcomes, agents: predicted(outcomes, agents, 1.0),
        measures=uniform_unanimity,
        at=[{"outcomes": 3, "agents": 2}],
        within=Depths(standard=0.15, full=0.05),
        wrong={"measure zero": lambda: 0.0, "above one per cent": lambda: 0.01, "half as often": lambda: 5e-4},
    )


@PAPER.claim(
    "weighted-rarity",
    "Mean",
    says="Two uniform agents on three outcomes are unanimous at some weight of a 99-point grid five times as "
    "often as at equal weights, and less often the more outcomes there are.",
    where="reconstructed",
    status="reconstructed",
)
def weighted_rarity(stated: dict[str, Any]) -> Any:
    from functools import lru_cache

    from corollary import Mean
    from corollary.sims.agentic_pooling.regions import some_weight
    from corollary.theory.agentic_pooling import volumes

    @lru_cache
    def predicted(outcomes: int, weights: int) -> float:
        return volumes.some_weight(outcomes, weights)

    return Mean(
        **stated,
        predicts=predicted,
        measures=some_weight,
        at=Depths(quick=grid(outcomes=[3], weights=[99]), standard=grid(outcomes=[3, 4, 5], weights=[99])),
        within=Depths(quick=0.2, standard=0.15),
        wrong={
            "equal weights only": lambda outcomes: volumes.unanimity(outcomes, 2, 1.0, 15),
            "three and four outcomes swapped": lambda outcomes, weights: predicted(7 - outcomes, weights),
            "two weights only, 1/3 and 2/3": lambda outcomes: volumes.some_weight(outcomes, 2, 13),
            "as often as anything benefits both": lambda outcomes: volumes.common_ground(outcomes, 12),
        },
    )


@PAPER.claim(
    "common-ground",
    "Mean",
    says="Some distribution, though hardly ever the pool, benefits both of two uniform agents in exactly half "
    "of all cases with two outcomes, and more often with more.",
    where="reconstructed",
    status="reconstructed",
)
def common_ground(stated: dict[str, Any]) -> Any:
    from corollary import Mean
    from corollary.sims.agentic_pooling.regions import common_ground as measured
    from corollary.theory.agentic_pooling.volumes import common_ground as predicted

    def half_or_quadrature(outcomes: int) -> float:
        return 0.5 if outcomes == 2 else predicted(outcomes, 14)

    return Mean(
        **stated,
        predicts=half_or_quadrature,
        measures=measured,
        at=Depths(quick=grid(outcomes=[2, 3]), standard=grid(outcomes=[2, 3, 4, 8])),
        within=0.02,
        wrong={"always": lambda: 1.0, "half whatever the outcomes": lambda: 0.5, "as often as the pool": lambda: 1e-3},
    )
