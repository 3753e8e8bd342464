"""What a gain is, and what softmaxes have to do with pools."""

from typing import Any

from corollary.claims.agentic_pooling.draws import group
from corollary.claims.agentic_pooling.paper import PAPER


@PAPER.claim(
    "gain-divergence", "Identity", says="An agent's gain under Q is H(P) - H(Q) - KL(Q || P).", where="Prop. 32"
)
def gain_divergence(stated: dict[str, Any]) -> Any:
    import jax
    import jax.numpy as jnp

    from corollary import Identity
    from corollary.sims.agentic_pooling import pooling as sims
    from corollary.theory.agentic_pooling.distributions import divergence, entropy, gain

    measured = jax.jit(sims.gain)
    return Identity(
        **stated,
        left=lambda agents, q: measured(jnp.log(agents), jnp.log(q)),
        right=lambda agents, q: gain(agents, q),
        draw=group,
        wrong={
            "the divergence reversed": lambda agents, q: entropy(agents) - entropy(q) - divergence(agents, q),
            "forgets Q's entropy": lambda agents, q: entropy(agents) - divergence(q, agents),
            "entropies exchanged": lambda agents, q: entropy(q) - entropy(agents) - divergence(q, agents),
        },
    )


@PAPER.claim(
    "general-welfare",
    "Identity",
    says="With welfare log(P / P_i), chosen after the pool P, agent i gains J(P, P_i), which is positive "
    "unless P_i = P: with free welfare functions unanimity is always possible.",
    where="Thm 6",
)
def general_welfare(stated: dict[str, Any]) -> Any:
    import jax.numpy as jnp

    from corollary import Identity
    from corollary.sims.agentic_pooling import pooling as sims
    from corollary.theory.agentic_pooling.distributions import divergence, pool

    def measured(agents: Any, weights: Any) -> Any:
        log_agents = jnp.log(agents)
        log_p = sims.log_pool(log_agents, weights)
        welfare = log_p - log_agents
        return jnp.sum((jnp.exp(log_p) - agents) * welfare, axis=-1)

    def jeffreys(agents: Any, weights: Any) -> Any:
        p = pool(agents, weights)
        return divergence(p, agents) + divergence(agents, p)

    return Identity(
        **stated,
        left=measured,
        right=jeffreys,
        draw=group,
        wrong={
            "one direction only": lambda agents, weights: divergence(pool(agents, weights), agents),
            "from the linear pool": lambda agents, weights: (
                divergence(weights @ agents, agents) + divergence(agents, weights @ agents)
            ),
        },
    )


@PAPER.claim(
    "additive-logits",
    "Identity",
    says="A softmax over a weighted sum of logits is the log pool of the softmaxes of the parts.",
    where="section 2",
)
def additive_logits(stated: dict[str, Any]) -> Any:
    import jax
    import jax.numpy as jnp
    import numpy as np

    from corollary import Identity
    from corollary.theory.agentic_pooling.distributions import pool

    def head(logits: Any, weights: Any) -> Any:
        return jax.nn.softmax(jnp.asarray(weights) @ jnp.asarray(logits))

    def softmaxes(logits: Any) -> np.ndarray:
        masses = np.exp(logits)
        return masses / masses.sum(-1, keepdims=True)

    def draw(rng: Any) -> dict[str, Any]:
        return {"logits": 3 * rng.normal(size=(3, 5)), "weights": rng.dirichlet(np.ones(3))}

    return Identity(
        **stated,
        left=head,
        right=lambda logits, weights: pool(softmaxes(logits), weights),
        draw=draw,
        wrong={
            "the mixture of the softmaxes": lambda logits, weights: weights @ softmaxes(logits),
            "unweighted": lambda logits, weights: pool(softmaxes(logits), np.full(3, 1 / 3)),
        },
    )


@PAPER.claim(
    "pool-budget",
    "Identity",
    says="The weighted gain from a log pool is log Z - H(P) + sum_i beta_i H(P_i).",
    where="reconstructed",
    status="reconstructed",
)
def pool_budget(stated: dict[str, Any]) -> Any:
    import jax
    import jax.numpy as jnp

    from corollary import Identity
    from corollary.sims.agentic_pooling import pooling as sims
    from corollary.theory.agentic_pooling.distributions import entropy, log_normalizer, pool, pooled_gain

    measured = jax.jit(lambda log_agents, weights: weights @ sims.pooled_gains(log_agents, weights))

    def without(agents: Any, weights: Any) -> float:
        return float(weights @ entropy(agents) - entropy(pool(agents, weights)))

    return Identity(
        **stated,
        left=lambda agents, weights: measured(jnp.log(agents), weights),
        right=lambda agents, weights: pooled_gain(agents, weights),
        draw=group,
        wrong={
            "minus log Z": lambda agents, weights: without(agents, weights) - log_normalizer(agents, weights),
            "without log Z": without,
        },
    )


@PAPER.claim(
    "linear-deficit",
    "Identity",
    says="The weighted gain from a linear pool is minus the weighted Jeffreys divergence of the agents from it.",
    where="Thm 37",
)
def linear_deficit(stated: dict[str, Any]) -> Any:
    import jax
    import jax.numpy as jnp

    from corollary import Identity
    from corollary.sims.agentic_pooling import pooling as sims
    from corollary.theory.agentic_pooling.distributions import divergence, mixed_gain

    @jax.jit
    def measured(log_agents: Any, weights: Any) -> Any:
        return weights @ sims.gain(log_agents, sims.linear_pool(log_agents, weights))

    return Identity(
        **stated,
        left=lambda agents, weights: measured(jnp.log(agents), weights),
        right=lambda agents, weights: mixed_gain(agents, weights),
        draw=group,
        wrong={
            "one direction only": lambda agents, weights: -weights @ divergence(agents, weights @ agents),
            "half the Jeffreys divergence": lambda agents, weights: mixed_gain(agents, weights) / 2,
            "a gain, not a loss": lambda agents, weights: -mixed_gain(agents, weights),
        },
    )
