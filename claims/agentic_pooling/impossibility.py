"""Where strict unanimity is impossible: two outcomes, and linear pools."""

from typing import Any

from corollary.claims.agentic_pooling.paper import PAPER

AGENTS = 3


@PAPER.claim(
    "binary-impossibility",
    "Bound",
    says="With two outcomes no log pool is strictly better for all of its agents.",
    where="Thm 8",
)
def binary_impossibility(stated: dict[str, Any]) -> Any:
    from functools import partial

    from corollary import Bound
    from corollary.sims.agentic_pooling.pooling import draw_group, group, pooled_gains

    def first_outcomes(params: Any, outcomes: int, agents: int = AGENTS) -> Any:
        return group({"beliefs": params["beliefs"][:agents, :outcomes], "weights": params["weights"][:agents]})

    return Bound(
        **stated,
        draw=partial(draw_group, agents=AGENTS, outcomes=3),
        tolerance=1e-12,
        tight=1e-4,
        slack=lambda params: -pooled_gains(*first_outcomes(params, 2)).min(),
        wrong={
            "every agent loses": lambda params: -pooled_gains(*first_outcomes(params, 2)).max(),
            "nor with three outcomes": lambda params: -pooled_gains(*first_outcomes(params, 3, 2)).min(),
        },
    )


@PAPER.claim(
    "extreme-agent-loses",
    "Identity",
    says="With two outcomes and unequal agents, the one whose logit theta is most extreme loses theta (p - q) "
    "> 0, so that not even weak improvement for all is possible.",
    where="Thm 8, strict form",
    status="reconstructed",
)
def extreme_agent_loses(stated: dict[str, Any]) -> Any:
    import sympy as sp

    from corollary import Identity
    from corollary.theory.agentic_pooling.binary import binary_impossibility, t, theta, u

    p, q = 1 / (1 + t), 1 / (1 + t * (1 + u))
    return Identity(
        **stated,
        left=binary_impossibility(),
        right=theta * (p - q),
        wrong={
            "log-odds where the logit belongs": theta / 2 * (p - q),
            "the pool as the mean of the probabilities": theta * (p - (p + sp.Rational(1, 2)) / 2),
            "in favour of the agent": theta * (q - p),
        },
    )


@PAPER.claim(
    "linear-impossibility",
    "Bound",
    says="No linear pool is strictly better for all of its agents, whatever the number of outcomes.",
    where="Thm 10",
)
def linear_impossibility(stated: dict[str, Any]) -> Any:
    from functools import partial

    from corollary import Bound
    from corollary.sims.agentic_pooling.pooling import draw_group, gain, group, linear_pool, pooled_gains

    def linear_gains(params: Any) -> Any:
        log_agents, weights = group(params)
        return gain(log_agents, linear_pool(log_agents, weights))

    def fewer(params: Any) -> Any:
        return {"beliefs": params["beliefs"][:2], "weights": params["weights"][:2]}

    return Bound(
        **stated,
        draw=partial(draw_group, agents=AGENTS, outcomes=4),
        tolerance=1e-12,
        tight=1e-4,
        slack=lambda params: -linear_gains(params).min(),
        wrong={
            "every agent loses": lambda params: -linear_gains(params).max(),
            "nor is any log pool": lambda params: -pooled_gains(*group(fewer(params))).min(),
        },
    )


@PAPER.claim(
    "single-agent-ceiling",
    "Bound",
    depth="standard",
    says="No distribution gives an agent on K outcomes more than W((K - 1) / e), Lambert's W; some gives almost that.",
    where="reconstructed",
    status="reconstructed",
)
def single_agent_ceiling(stated: dict[str, Any]) -> Any:
    from functools import partial

    import jax

    from corollary import Bound
    from corollary.sims.agentic_pooling.pooling import draw_group, gain
    from corollary.theory.agentic_pooling.symmetric import ceiling

    outcomes = 4

    def best(params: Any) -> Any:
        belief, q = jax.nn.log_softmax(params["beliefs"])
        return gain(belief, q)

    return Bound(
        **stated,
        draw=partial(draw_group, agents=2, outcomes=outcomes),
        tight=1e-2,
        slack=lambda params: ceiling(outcomes - 1) - best(params),
        wrong={
            "W((K - 2) / e)": lambda params: ceiling(outcomes - 2) - best(params),
            "W(1 / e), as for the pair": lambda params: ceiling(1) - best(params),
        },
    )
