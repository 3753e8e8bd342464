"""Agents split into parts whose log pool they are, clones of an agent, and the power family."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from corollary.sims.agentic_pooling.pooling import gain, log_pool, pooled_gains


def split(
    log_agent: Float[Array, " outcomes"], direction: Float[Array, " outcomes"], share: ArrayLike
) -> Float[Array, "2 outcomes"]:
    """Two parts of an agent, of shares `share` and 1 - share, whose log pool is the agent itself."""
    first = jnp.asarray(share, jnp.float64)
    return jax.nn.log_softmax(log_agent + jnp.stack([(1 - first) * direction, -first * direction]))


def with_first_split(
    log_agents: Float[Array, "agents outcomes"],
    weights: Float[Array, " agents"],
    direction: Float[Array, " outcomes"],
    share: ArrayLike,
    spent: ArrayLike | None = None,
) -> tuple[Float[Array, "agents+1 outcomes"], Float[Array, " agents+1"]]:
    """(log_agents, weights) with the first agent split in two. spent: the first part's share of its weight, where that
    is not the share of the split."""
    first = share if spent is None else spent
    parts = split(log_agents[0], direction, share)
    shares = weights[0] * jnp.stack([jnp.asarray(first, jnp.float64), 1 - jnp.asarray(first, jnp.float64)])
    return jnp.concatenate([parts, log_agents[1:]]), jnp.concatenate([shares, weights[1:]])


def with_first_cloned(
    log_agents: Float[Array, "agents outcomes"], weights: Float[Array, " agents"], shares: Float[Array, " clones"]
) -> tuple[Float[Array, "group outcomes"], Float[Array, " group"]]:
    """(log_agents, weights) with clones in the first agent's place, among which its weight is shared."""
    clones = jnp.broadcast_to(log_agents[0], (len(shares), log_agents.shape[1]))
    return jnp.concatenate([clones, log_agents[1:]]), jnp.concatenate([shares * weights[0], weights[1:]])


def power_pair(log_p: Float[Array, " outcomes"], t: ArrayLike) -> Float[Array, "2 outcomes"]:
    """P and its power P**(2t - 1), normalised."""
    return jnp.stack([log_p, jax.nn.log_softmax((2 * t - 1) * log_p)])


def power_gains(p1: float, p2: float, p3: float, t: float) -> Float[Array, " 2"]:
    """Both gains of the power family from the equally weighted pool; P proportional to (p1, p2, p3)."""
    log_p = jax.nn.log_softmax(jnp.log(jnp.array([p1, p2, p3], jnp.float64)))
    return pooled_gains(power_pair(log_p, t), jnp.full(2, 0.5, jnp.float64))


def least_turning_move(log_agents: Float[Array, "agents outcomes"], weights: Float[Array, " agents"]) -> float:
    """The least mass that, moved in the log pool from an agent's likeliest outcome to its least likely one, makes the
    agent's gain vanish; over agents, by regula falsi on the gain itself, which is linear in the mass."""

    def mass_moved(log_agent: Array) -> Array:
        pool = jnp.exp(log_pool(log_agents, weights))
        likeliest, least_likely = jnp.argmax(log_agent), jnp.argmin(log_agent)
        tried = 0.5 * pool[likeliest]
        there = gain(log_agent, jnp.log(pool.at[likeliest].add(-tried).at[least_likely].add(tried)))
        here = gain(log_agent, jnp.log(pool))
        return tried * here / (here - there)

    return float(jax.vmap(mass_moved)(jnp.asarray(log_agents)).min())
