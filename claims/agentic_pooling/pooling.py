"""What a gain is, and what softmaxes have to do with pools."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.agentic_pooling.paper import PAPER

with co.lazily():
    import jax
    import numpy as np
    from jax import numpy as jnp

    from corollary.sims.agentic_pooling import pooling as sims
    from corollary.theory.agentic_pooling import pooling as theory


@PAPER.claim("gain-divergence", says="An agent's gain under Q is H(P) - H(Q) - KL(Q || P).", where="Prop. 32")
def gain_divergence() -> co.Identity:
    measured = jax.jit(sims.gain)
    return co.Identity(
        left=lambda agents, q: measured(jnp.log(agents), jnp.log(q)),
        right=lambda agents, q: theory.gain(agents, q),
        draw=sims.random_group,
        wrong={
            "the divergence reversed": lambda agents, q: (
                theory.entropy(agents) - theory.entropy(q) - theory.divergence(agents, q)
            ),
            "forgets Q's entropy": lambda agents, q: theory.entropy(agents) - theory.divergence(q, agents),
            "entropies exchanged": lambda agents, q: (
                theory.entropy(q) - theory.entropy(agents) - theory.divergence(q, agents)
            ),
        },
    )


@PAPER.claim(
    "general-welfare",
    says="With welfare log(P / P_i), chosen after the pool P, agent i gains J(P, P_i), which is positive unless P_i "
    "= P: with free welfare functions unanimity is always possible.",
    where="Thm 6",
)
def general_welfare() -> co.Identity:
    @jax.jit
    def measured(agents: jax.Array, weights: jax.Array) -> jax.Array:
        log_agents = jnp.log(agents)
        log_p = sims.log_pool(log_agents, weights)
        welfare = log_p - log_agents
        return jnp.sum((jnp.exp(log_p) - agents) * welfare, axis=-1)

    def jeffreys(agents: np.ndarray, weights: np.ndarray) -> np.ndarray:
        p = theory.pool(agents, weights)
        return theory.divergence(p, agents) + theory.divergence(agents, p)

    return co.Identity(
        left=measured,
        right=jeffreys,
        draw=sims.random_group,
        wrong={
            "one direction only": lambda agents, weights: theory.divergence(theory.pool(agents, weights), agents),
            "from the linear pool": lambda agents, weights: (
                theory.divergence(weights @ agents, agents) + theory.divergence(agents, weights @ agents)
            ),
        },
    )


@PAPER.claim(
    "additive-logits",
    says="A softmax over a weighted sum of logits is the log pool of the softmaxes of the parts.",
    where="section 2",
)
def additive_logits() -> co.Identity:
    def head(logits: np.ndarray, weights: np.ndarray) -> jax.Array:
        return jax.nn.softmax(jnp.asarray(weights) @ jnp.asarray(logits))

    def softmaxes(logits: np.ndarray) -> np.ndarray:
        masses = np.exp(logits)
        return masses / masses.sum(-1, keepdims=True)

    def draw(rng: np.random.Generator) -> dict[str, Any]:
        return {"logits": 3 * rng.normal(size=(3, 5)), "weights": rng.dirichlet(np.ones(3))}

    return co.Identity(
        left=head,
        right=lambda logits, weights: theory.pool(softmaxes(logits), weights),
        draw=draw,
        wrong={
            "the mixture of the softmaxes": lambda logits, weights: weights @ softmaxes(logits),
            "unweighted": lambda logits, weights: theory.pool(softmaxes(logits), np.full(3, 1 / 3)),
        },
    )


@PAPER.claim(
    "pool-budget",
    says="The weighted gain from a log pool is log Z - H(P) + sum_i beta_i H(P_i).",
    where="reconstructed",
    status="reconstructed",
)
def pool_budget() -> co.Identity:
    measured = jax.jit(lambda log_agents, weights: weights @ sims.pooled_gains(log_agents, weights))

    def without(agents: np.ndarray, weights: np.ndarray) -> float:
        return float(weights @ theory.entropy(agents) - theory.entropy(theory.pool(agents, weights)))

    return co.Identity(
        left=lambda agents, weights: measured(jnp.log(agents), weights),
        right=lambda agents, weights: theory.pooled_gain(agents, weights),
        draw=sims.random_group,
        wrong={
            "minus log Z": lambda agents, weights: without(agents, weights) - theory.log_normalizer(agents, weights),
            "without log Z": without,
        },
    )


@PAPER.claim(
    "linear-deficit",
    says="The weighted gain from a linear pool is minus the weighted Jeffreys divergence of the agents from it.",
    where="Thm 37",
)
def linear_deficit() -> co.Identity:
    @jax.jit
    def measured(log_agents: jax.Array, weights: jax.Array) -> jax.Array:
        return weights @ sims.gain(log_agents, sims.linear_pool(log_agents, weights))

    return co.Identity(
        left=lambda agents, weights: measured(jnp.log(agents), weights),
        right=lambda agents, weights: theory.mixed_gain(agents, weights),
        draw=sims.random_group,
        wrong={
            "one direction only": lambda agents, weights: -weights @ theory.divergence(agents, weights @ agents),
            "half the Jeffreys divergence": lambda agents, weights: theory.mixed_gain(agents, weights) / 2,
            "a gain, not a loss": lambda agents, weights: -theory.mixed_gain(agents, weights),
        },
    )
