"""The groups that the paper and its corrections are built from, as log-probabilities [agents, outcomes]."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float


def symmetric_pair(a: ArrayLike, d: ArrayLike) -> Float[Array, "2 3"]:
    """(1 - a - d, a, d) and (1 - a - d, d, a)."""
    mode = jnp.log1p(-(jnp.asarray(a, jnp.float64) + d))
    return jnp.stack([jnp.stack([mode, jnp.log(a), jnp.log(d)]), jnp.stack([mode, jnp.log(d), jnp.log(a)])])


def near_disjoint(eps: ArrayLike, agents: int) -> Float[Array, "agents outcomes"]:
    """Mass eps on the agent's private outcome, eps**(agents + 1) on the other private ones, the rest on outcome 0."""
    log_eps = jnp.log(jnp.asarray(eps, jnp.float64))
    own = jnp.eye(agents, dtype=bool)
    private = jnp.where(own, log_eps, (agents + 1) * log_eps)
    shared = jnp.log1p(-jnp.sum(jnp.exp(private), axis=1, keepdims=True))
    return jnp.concatenate([shared, private], axis=1)


def power_pair(log_p: Float[Array, " outcomes"], t: ArrayLike) -> Float[Array, "2 outcomes"]:
    """P and its power P**(2t - 1), normalised."""
    return jnp.stack([log_p, jax.nn.log_softmax((2 * t - 1) * log_p)])


def tilted(
    log_p: Float[Array, " outcomes"], directions: Float[Array, "agents outcomes"]
) -> Float[Array, "agents outcomes"]:
    """P exp(direction), normalised, for each direction."""
    return jax.nn.log_softmax(log_p + directions)


def split(
    log_agent: Float[Array, " outcomes"], direction: Float[Array, " outcomes"], share: ArrayLike
) -> Float[Array, "2 outcomes"]:
    """Two parts of an agent, of shares `share` and 1 - share, whose log pool is the agent itself."""
    first = jnp.asarray(share, jnp.float64)
    return jax.nn.log_softmax(log_agent + jnp.stack([(1 - first) * direction, -first * direction]))


def clones(log_agent: Float[Array, " outcomes"], count: int) -> Float[Array, "agents outcomes"]:
    """The agent, `count` times."""
    return jnp.broadcast_to(log_agent, (count, *log_agent.shape))
