"""How often random agents are unanimous, and how often anything at all would benefit them all."""

from __future__ import annotations

import corollary as co
from corollary.claims.agentic_pooling.paper import PAPER

with co.lazily():
    from corollary.sims.agentic_pooling import regions as sims
    from corollary.theory.agentic_pooling import regions as theory

PAIR = {"outcomes": 3, "agents": 2}


@PAPER.claim(
    "rarity",
    says="Two agents drawn at random on three outcomes are unanimous about once in a thousand draws when they are "
    "uniform, and thirteen times as often when they are peaked (Dirichlet(1/2)); on five outcomes less often.",
    where="reconstructed",
    status="reconstructed",
)
def rarity() -> co.Mean:
    five = {"outcomes": 5, "agents": 2, "concentration": 0.5}
    return co.Mean(
        predicts=theory.unanimity,
        measures=sims.peaked_unanimity,
        at=[{**PAIR, "concentration": 1.0}, {**PAIR, "concentration": 0.5}, five],
        within=co.Depths(quick=0.08, standard=0.04, full=0.03),
        wrong={
            "measure zero": lambda: 0.0,
            "a quarter less often": lambda outcomes, agents, concentration: (
                0.75 * theory.unanimity(outcomes, agents, concentration)
            ),
            "four per cent": lambda: 0.04,
            "as often on five outcomes as on three": lambda agents, concentration: theory.unanimity(
                3, agents, concentration
            ),
        },
    )


@PAPER.claim(
    "uniform-rarity",
    depth="standard",
    says="Two uniform agents are unanimous with probability 0.00106 on three outcomes and 0.00063 on four, and three"
    " of them on three outcomes with probability 0.00002.",
    where="reconstructed",
    status="reconstructed",
)
def uniform_rarity() -> co.Mean:
    points = [PAIR, {"outcomes": 4, "agents": 2}, {"outcomes": 3, "agents": 3}]
    return co.Mean(
        predicts=theory.unanimity,
        measures=sims.peaked_unanimity,
        at=[{**point, "concentration": 1.0} for point in points],
        within=co.Depths(standard=0.05, full=0.03),
        wrong={
            "measure zero": lambda: 0.0,
            "above one per cent": lambda: 0.01,
            "half as often": lambda outcomes, agents: theory.unanimity(outcomes, agents) / 2,
        },
    )


@PAPER.claim(
    "weighted-rarity",
    says="Two uniform agents on three outcomes are unanimous at some weight of a 99-point grid five times as often "
    "as at equal weights, and less often the more outcomes there are.",
    where="reconstructed",
    status="reconstructed",
)
def weighted_rarity() -> co.Mean:
    return co.Mean(
        predicts=theory.some_weight,
        measures=sims.some_weight,
        at=co.Depths(quick=co.grid(outcomes=[3], weights=[99]), standard=co.grid(outcomes=[3, 4, 5], weights=[99])),
        within=co.Depths(quick=0.08, standard=0.06),
        wrong={
            "equal weights only": lambda outcomes: theory.unanimity(outcomes, 2),
            "five times as often as at equal weights, whatever the outcomes": lambda outcomes: (
                5.8 * theory.unanimity(outcomes, 2)
            ),
            "two weights only, 1/3 and 2/3": lambda outcomes: theory.some_weight(outcomes, 2),
            "as often as anything benefits both": lambda outcomes: theory.common_ground(outcomes, 12),
        },
    )


@PAPER.claim(
    "common-ground",
    says="Some distribution, though hardly ever the pool, benefits both of two uniform agents in exactly half of all"
    " cases with two outcomes, and more often with three, four and eight.",
    where="reconstructed",
    status="reconstructed",
)
def common_ground() -> co.Mean:
    def half_or_quadrature(outcomes: int) -> float:
        return 0.5 if outcomes == 2 else theory.common_ground(outcomes, 14)

    return co.Mean(
        predicts=half_or_quadrature,
        measures=sims.common_ground,
        at=co.Depths(quick=co.grid(outcomes=[2, 3]), standard=co.grid(outcomes=[2, 3, 4, 8])),
        within=0.02,
        support=(0, 1),
        wrong={"always": lambda: 1.0, "half whatever the outcomes": lambda: 0.5, "as often as the pool": lambda: 1e-3},
    )
