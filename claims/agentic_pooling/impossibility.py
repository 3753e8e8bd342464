"""Where strict unanimity is impossible: two outcomes, and linear pools."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import corollary as co
from corollary.claims.agentic_pooling.paper import PAPER

with co.lazily():
    import sympy as sp
    from jax import numpy as jnp

    from corollary.sims.agentic_pooling import pooling
    from corollary.theory.agentic_pooling import impossibility as theory

if TYPE_CHECKING:
    import jax

    Params = dict[str, jax.Array]

AGENTS = 3


@PAPER.claim(
    "binary-gain",
    says="With two outcomes an agent's gain is (q - p) logit p, p and q its own and the pool's probability of one.",
    where="Thm 33",
)
def binary_gain() -> co.Value:
    def gain(p: float, q: float) -> jax.Array:
        return pooling.gain(jnp.log(jnp.array([p, 1 - p])), jnp.log(jnp.array([q, 1 - q])))

    p, q = theory.p, theory.q
    return co.Value(
        predicts=theory.binary_gain().closed_form,
        computes=gain,
        at=co.grid(p=[0.1, 0.4, 0.85], q=[0.2, 0.6]),
        wrong={
            "the pool's logit": co.ClosedForm((q - p) * sp.log(q / (1 - q))),
            "log p for the logit": co.ClosedForm((q - p) * sp.log(p)),
            "the other way round": co.ClosedForm((p - q) * sp.log(p / (1 - p))),
        },
    )


@PAPER.claim(
    "binary-impossibility",
    says="With two outcomes no log pool of three agents is strictly better for all of them.",
    where="Thm 8",
)
def binary_impossibility() -> co.Bound:
    def gains(params: Params, outcomes: int = 2, agents: int = AGENTS) -> jax.Array:
        """Of the first agents, on the first outcomes."""
        beliefs = params["beliefs"][:agents, :outcomes]
        return pooling.pooled_gains(*pooling.group({"beliefs": beliefs, "weights": params["weights"][:agents]}))

    return co.Bound(
        draw=partial(pooling.draw_group, agents=AGENTS, outcomes=3),
        tolerance=1e-12,
        tight=1e-4,
        slack=lambda params: -gains(params).min(),
        wrong={
            "every agent loses": lambda params: -gains(params).max(),
            "nor with three outcomes": lambda params: -gains(params, outcomes=3, agents=2).min(),
        },
    )


@PAPER.claim(
    "extreme-agent-loses",
    says="With two outcomes and unequal agents, the one whose logit theta is most extreme loses theta (p - q) > 0, "
    "so that not even weak improvement for all is possible.",
    where="Thm 8, strict form",
    status="reconstructed",
)
def extreme_agent_loses() -> co.Identity:
    p, q = 1 / (1 + theory.t), 1 / (1 + theory.t * (1 + theory.u))
    return co.Identity(
        left=theory.binary_impossibility(),
        right=theory.theta * (p - q),
        wrong={
            "log-odds where the logit belongs": theory.theta / 2 * (p - q),
            "the pool as the mean of the probabilities": theory.theta * (p - (p + sp.Rational(1, 2)) / 2),
            "in favour of the agent": theory.theta * (q - p),
        },
    )


@PAPER.claim(
    "linear-impossibility",
    says="No linear pool is strictly better for all of its agents, three agents on five outcomes.",
    where="Thm 10",
)
def linear_impossibility() -> co.Bound:
    def gains(params: Params) -> jax.Array:
        log_agents, weights = pooling.group(params)
        return pooling.gain(log_agents, pooling.linear_pool(log_agents, weights))

    def log_pool_of_two(params: Params) -> jax.Array:
        return pooling.pooled_gains(*pooling.group({name: values[:2] for name, values in params.items()}))

    return co.Bound(
        draw=partial(pooling.draw_group, agents=AGENTS, outcomes=5),
        tolerance=1e-12,
        tight=1e-4,
        slack=lambda params: -gains(params).min(),
        wrong={
            "every agent loses": lambda params: -gains(params).max(),
            "nor is any log pool": lambda params: -log_pool_of_two(params).min(),
        },
    )
