"""How often random agents are unanimous, and how often anything at all would benefit them all."""

from typing import Any

from claims.agentic_pooling import PAPER
from corollary.point import Depths, grid


@PAPER.claim("rarity", "Mean",
             says="Two agents drawn at random on three outcomes are unanimous about once in a thousand draws when they "
                  "are uniform, and far more often when they are peaked.",
             where="reconstructed", status="reconstructed")
def rarity(stated: dict[str, Any]) -> Any:
    from corollary import Mean
    from sims.agentic_pooling.regions import unanimity
    from theory.agentic_pooling.volumes import unanimity as predicted

    peaked = {"outcomes": 3, "agents": 2, "concentration": 0.5}
    return Mean(
        **stated, predicts=lambda outcomes, agents, concentration: predicted(outcomes, agents, concentration, 17),
        measures=unanimity, at=Depths(quick=[peaked], standard=[peaked, {**peaked, "outcomes": 4}]),
        within=Depths(quick=0.2, standard=0.12, full=0.05),
        wrong={"measure zero": lambda: 0.0, "one time in a thousand": lambda: 1e-3, "four per cent": lambda: 0.04})


@PAPER.claim("uniform-rarity", "Mean", depth="standard",
             says="Two uniform agents on three outcomes are unanimous with probability 0.00106.",
             where="reconstructed", status="reconstructed")
def uniform_rarity(stated: dict[str, Any]) -> Any:
    from corollary import Mean
    from sims.agentic_pooling.regions import uniform_unanimity
    from theory.agentic_pooling.volumes import unanimity as predicted

    return Mean(
        **stated, predicts=lambda outcomes, agents: predicted(outcomes, agents, 1.0), measures=uniform_unanimity,
        at=[{"outcomes": 3, "agents": 2}], within=Depths(standard=0.15, full=0.05),
        wrong={"measure zero": lambda: 0.0, "above one per cent": lambda: 0.01, "half as often": lambda: 5e-4})


@PAPER.claim("common-ground", "Mean",
             says="Some distribution, though hardly ever the pool, benefits both of two uniform agents in exactly half "
                  "of all cases with two outcomes, and more often with more.",
             where="reconstructed", status="reconstructed")
def common_ground(stated: dict[str, Any]) -> Any:
    from corollary import Mean
    from sims.agentic_pooling.regions import common_ground as measured
    from theory.agentic_pooling.volumes import common_ground as predicted

    def half_or_quadrature(outcomes: int) -> float:
        return 0.5 if outcomes == 2 else predicted(outcomes, 14)

    return Mean(
        **stated, predicts=half_or_quadrature, measures=measured,
        at=Depths(quick=grid(outcomes=[2, 3]), standard=grid(outcomes=[2, 3, 4, 8])), within=0.02,
        wrong={"always": lambda: 1.0, "half whatever the outcomes": lambda: 0.5,
               "as often as the pool": lambda: 1e-3})
