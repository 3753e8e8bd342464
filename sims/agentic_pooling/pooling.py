"""Pools of beliefs and what each agent gains from them, from the definitions alone.

log_agents [agents, outcomes] or [outcomes]: normalised log-probabilities. weights [agents]: positive, of sum 1.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logsumexp
from jax.typing import ArrayLike
from jaxtyping import Array, Float


def log_beliefs(probabilities: ArrayLike) -> Float[Array, "agents outcomes"]:
    """Logs of given beliefs [agents, outcomes], for use outside jit. Raises ValueError for no agent, a zero, or rows
    that are no distributions."""
    given = np.atleast_2d(np.asarray(probabilities, dtype=np.float64))
    if given.ndim != 2 or given.shape[0] < 1 or given.shape[1] < 2:
        raise ValueError(f"probabilities has shape {given.shape}; allowed: at least 1 agent and 2 outcomes")
    if (given == 0).any():
        row, column = np.argwhere(given == 0)[0]
        raise ValueError(f"probabilities[{row}][{column}] = 0; allowed: numbers > 0, for their log is taken")
    if not np.isfinite(given).all() or (given < 0).any() or (abs(given.sum(1) - 1) > 1e-9).any():
        row = int(np.argmax(~np.isfinite(given).all(1) | (given < 0).any(1) | (abs(given.sum(1) - 1) > 1e-9)))
        raise ValueError(f"probabilities[{row}] = {given[row].tolist()}; allowed: numbers > 0 of sum 1")
    return jnp.log(jnp.asarray(given, jnp.float64))


def log_pool(
    log_agents: Float[Array, "agents outcomes"], weights: Float[Array, " agents"]
) -> Float[Array, " outcomes"]:
    """The log pool, as log-probabilities."""
    return jax.nn.log_softmax(weights @ log_agents)


def linear_pool(
    log_agents: Float[Array, "agents outcomes"], weights: Float[Array, " agents"]
) -> Float[Array, " outcomes"]:
    """The mixture, as log-probabilities."""
    return logsumexp(log_agents + jnp.log(weights)[:, None], axis=0)


def gain(log_agent: Float[Array, "*agents outcomes"], log_q: Float[Array, " outcomes"]) -> Float[Array, "*agents"]:
    """E_Q[log P] - E_P[log P] for each agent P, in nats.

    The log score is taken relative to its largest value, which changes nothing, for both distributions sum to 1, and
    keeps gains far below rounding of the scores themselves.
    """
    score = log_agent - jnp.max(log_agent, axis=-1, keepdims=True)
    return jnp.sum((jnp.exp(log_q) - jnp.exp(log_agent)) * score, axis=-1)


def pooled_gains(
    log_agents: Float[Array, "agents outcomes"], weights: Float[Array, " agents"]
) -> Float[Array, " agents"]:
    """Each agent's gain from the log pool, in nats."""
    return gain(log_agents, log_pool(log_agents, weights))


def entropy(log_p: Float[Array, "*batch outcomes"]) -> Float[Array, "*batch"]:
    """Shannon entropy in nats."""
    return -jnp.sum(jnp.exp(log_p) * log_p, axis=-1)


def divergence(
    log_p: Float[Array, "*batch outcomes"], log_q: Float[Array, "*batch outcomes"]
) -> Float[Array, "*batch"]:
    """KL(P || Q) in nats."""
    return jnp.sum(jnp.exp(log_p) * (log_p - log_q), axis=-1)


def draw_group(key: Array, agents: int, outcomes: int) -> dict[str, Array]:
    """Unconstrained parameters of a random group, from nearly uniform to sharply peaked beliefs: "beliefs" [agents,
    outcomes] and "weights" [agents], both logits. Consumes the key."""
    numbers = jax.random.normal(key, (agents, outcomes + 2), jnp.float64)
    return {"beliefs": jnp.exp(numbers[:, :1]) * numbers[:, 2:], "weights": numbers[:, 1]}


def group(params: dict[str, Array]) -> tuple[Float[Array, "agents outcomes"], Float[Array, " agents"]]:
    """(log_agents, weights) of unconstrained parameters."""
    return jax.nn.log_softmax(params["beliefs"]), jax.nn.softmax(params["weights"])


SHAPES = ((2, 3), (4, 7))
"""(agents, outcomes) of `random_group`: few, because each is a program to compile."""


def random_group(rng: np.random.Generator) -> dict[str, np.ndarray | float]:
    """A group for comparisons outside JAX, nearly uniform or peaked: "agents" [agents, outcomes], "weights" [agents],
    "q" [outcomes]: a distribution, "share" in (0.1, 0.9), "direction" [outcomes], "change" [agents] of sum 0
    that leaves the weights positive."""
    agents, outcomes = SHAPES[rng.integers(len(SHAPES))]
    concentration = (0.3, 1.0, 3.0)[rng.integers(3)]
    # Part of them is uniform, so that no two agents agree to many digits near the same vertex.
    beliefs = 0.97 * rng.dirichlet(np.full(outcomes, concentration), agents)
    beliefs = beliefs + 0.03 * rng.dirichlet(np.ones(outcomes), agents)
    weights = rng.dirichlet(np.full(agents, 2.0))
    return {
        "agents": beliefs,
        "weights": weights,
        "q": rng.dirichlet(np.ones(outcomes)),
        "share": rng.uniform(0.1, 0.9),
        "direction": rng.normal(size=outcomes),
        "change": 0.7 * (rng.dirichlet(np.full(agents, 2.0)) - weights),
    }
