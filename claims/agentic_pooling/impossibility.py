"""Where strict unanimity is impossible: two outcomes, and linear pools."""

from __future__ import annotations

from functools import partial
from typing import Any

import corollary as co
from corollary.claims.agentic_pooling.paper import PAPER

with co.lazily():
    import jax
    import sympy as sp

    from corollary.sims.agentic_pooling import pooling
    from corollary.theory.agentic_pooling import binary, symmetric


AGENTS = 3


@PAPER.claim(
    "binary-impossibility",
    says="With two outcomes no log pool is strictly better for all of its agents.",
    where="Thm 8",
)
def binary_impossibility() -> co.Bound:

    def first_outcomes(params: Any, outcomes: int, agents: int = AGENTS) -> co.Bound:
        return pooling.group({"beliefs": params["beliefs"][:agents, :outcomes], "weights": params["weights"][:agents]})

    return co.Bound(
        draw=partial(pooling.draw_group, agents=AGENTS, outcomes=3),
        tolerance=1e-12,
        tight=1e-4,
        slack=lambda params: -pooling.pooled_gains(*first_outcomes(params, 2)).min(),
        wrong={
            "every agent loses": lambda params: -pooling.pooled_gains(*first_outcomes(params, 2)).max(),
            "nor with three outcomes": lambda params: -pooling.pooled_gains(*first_outcomes(params, 3, 2)).min(),
        },
    )


@PAPER.claim(
    "extreme-agent-loses",
    says="With two outcomes and unequal agents, the one whose logit theta is most extreme loses theta (p - q) "
    "> 0, so that not even weak improvement for all is possible.",
    where="Thm 8, strict form",
    status="reconstructed",
)
def extreme_agent_loses() -> co.Identity:

    p, q = 1 / (1 + binary.t), 1 / (1 + binary.t * (1 + binary.u))
    return co.Identity(
        left=binary.binary_impossibility(),
        right=binary.theta * (p - q),
        wrong={
            "log-odds where the logit belongs": binary.theta / 2 * (p - q),
            "the pool as the mean of the probabilities": binary.theta * (p - (p + sp.Rational(1, 2)) / 2),
            "in favour of the agent": binary.theta * (q - p),
        },
    )


@PAPER.claim(
    "linear-impossibility",
    says="No linear pool is strictly better for all of its agents, whatever the number of outcomes.",
    where="Thm 10",
)
def linear_impossibility() -> co.Bound:

    def linear_gains(params: Any) -> co.Bound:
        log_agents, weights = pooling.group(params)
        return pooling.gain(log_agents, pooling.linear_pool(log_agents, weights))

    def fewer(params: Any) -> Any:
        return {"beliefs": params["beliefs"][:2], "weights": params["weights"][:2]}

    return co.Bound(
        draw=partial(pooling.draw_group, agents=AGENTS, outcomes=4),
        tolerance=1e-12,
        tight=1e-4,
        slack=lambda params: -linear_gains(params).min(),
        wrong={
            "every agent loses": lambda params: -linear_gains(params).max(),
            "nor is any log pool": lambda params: -pooling.pooled_gains(*pooling.group(fewer(params))).min(),
        },
    )


@PAPER.claim(
    "single-agent-ceiling",
    depth="standard",
    says="No distribution gives an agent on K outcomes more than W((K - 1) / e), Lambert's W; some gives almost that.",
    where="reconstructed",
    status="reconstructed",
)
def single_agent_ceiling() -> co.Bound:

    outcomes = 4

    def best(params: Any) -> Any:
        belief, q = jax.nn.log_softmax(params["beliefs"])
        return pooling.gain(belief, q)

    return co.Bound(
        draw=partial(pooling.draw_group, agents=2, outcomes=outcomes),
        tight=1e-2,
        slack=lambda params: symmetric.ceiling(outcomes - 1) - best(params),
        wrong={
            "W((K - 2) / e)": lambda params: symmetric.ceiling(outcomes - 2) - best(params),
            "W(1 / e), as for the pair": lambda params: symmetric.ceiling(1) - best(params),
        },
    )
