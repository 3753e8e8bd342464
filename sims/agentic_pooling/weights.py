"""Moving weight between the components of a log pool, and what moves with it (arXiv 2509.06701, Thms 18-19 and 69).

Everything is read off the two pools themselves: dL = log P' - log P. Inner products are E_P[f g]; profiles are beliefs'
logs, centred under P.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from corollary.sims.agentic_pooling.pooling import divergence, group, log_pool


def profiles(
    log_agents: Float[Array, "agents outcomes"], log_p: Float[Array, " outcomes"]
) -> Float[Array, "agents outcomes"]:
    """log P_i less its mean under P."""
    return log_agents - (log_agents @ jnp.exp(log_p))[:, None]


def shift(
    log_agents: Float[Array, "agents outcomes"], weights: Float[Array, " agents"], change: Float[Array, " agents"]
) -> Float[Array, " outcomes"]:
    """log P' - log P when weights move by change."""
    return log_pool(log_agents, weights + change) - log_pool(log_agents, weights)


def both_sides(
    log_agents: Float[Array, "agents outcomes"], weights: Float[Array, " agents"], change: Float[Array, " agents"]
) -> dict[str, Array]:
    """What the weight-shift theorem compares when component 0 is the one raised.

    forced: weight moved onto components anti-aligned with it, times their anti-alignment. demanded: change[0]
    ||v_0||^2. relieved: weight taken off aligned components, times their alignment. size: ||v_0||. spread: the
    standard deviation of dL. norm: ||dL||. mean: |E_P dL|, the norm of the remainder.
    """
    log_p = log_pool(log_agents, weights)
    mass = jnp.exp(log_p)
    moved = shift(log_agents, weights, change)
    centred = profiles(log_agents, log_p)
    alignment = centred @ (mass * centred[0])
    mean = mass @ moved
    others = jnp.arange(len(weights)) > 0
    return {
        "forced": jnp.sum(jnp.where(alignment < 0, jnp.maximum(change, 0) * -alignment, 0.0)),
        "relieved": jnp.sum(jnp.where((alignment >= 0) & others, jnp.maximum(-change, 0) * alignment, 0.0)),
        "demanded": change[0] * alignment[0],
        "size": jnp.sqrt(alignment[0]),
        "spread": jnp.sqrt(mass @ (moved - mean) ** 2),
        "norm": jnp.sqrt(mass @ moved**2),
        "mean": jnp.abs(mean),
        "alignment": alignment,
    }


def draw_change(key: Array, agents: int, outcomes: int) -> dict[str, Array]:
    """Unconstrained parameters of a random group and of a change of its weights: those of `draw_group` and "target"
    [agents], logits of the weights it moves towards, and "step", the logit of how far. Consumes the key."""
    numbers = jax.random.normal(key, (agents, outcomes + 4), jnp.float64)
    return {
        "beliefs": jnp.exp(numbers[:, :1]) * numbers[:, 4:],
        "weights": numbers[:, 1],
        "target": numbers[:, 2],
        "step": numbers[0, 3] - 1,
    }


def change(
    params: dict[str, Array],
) -> tuple[Float[Array, "agents outcomes"], Float[Array, " agents"], Float[Array, " agents"]]:
    """(log_agents, weights, change) of unconstrained parameters; the changed weights stay in the simplex."""
    log_agents, weights = group(params)
    return log_agents, weights, jax.nn.sigmoid(params["step"]) * (jax.nn.softmax(params["target"]) - weights)


@partial(jax.jit, static_argnames=("steps",))
def raise_within_budget(
    log_agents: Float[Array, "agents outcomes"],
    weights: Float[Array, " agents"],
    raised: ArrayLike,
    budget: ArrayLike,
    steps: int = 400,
) -> Float[Array, " agents"]:
    """The change of weights [agents] that raises component `raised` most while KL(P || P') <= budget, by penalised
    gradient ascent on the logits of the weights, then scaled back into the budget."""
    log_p = log_pool(log_agents, weights)

    def change_of(logits: Array) -> Array:
        return jax.nn.softmax(jnp.log(weights) + logits) - weights

    def spent(moved: Array) -> Array:
        return divergence(log_p, log_pool(log_agents, weights + moved))

    def objective(logits: Array) -> Array:
        moved = change_of(logits)
        return moved[raised] - 10 * jnp.maximum(spent(moved) / budget - 1, 0.0) * jnp.sqrt(budget)

    def step(index: Array, logits: Array) -> Array:
        gradient = jnp.nan_to_num(jax.grad(objective)(logits))
        rate = 0.05 * 0.99**index
        return logits + rate * gradient / (jnp.linalg.norm(gradient) + 1e-12)

    moved = change_of(jax.lax.fori_loop(0, steps, step, jnp.zeros_like(weights)))

    def halve(_: int, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        middle = (low + high) / 2
        inside = spent(middle * moved) <= budget
        return jnp.where(inside, middle, low), jnp.where(inside, high, middle)

    share, _ = jax.lax.fori_loop(0, 50, halve, (jnp.zeros(()), jnp.ones(())))
    return jnp.where(spent(moved) <= budget, 1.0, share) * moved


def compensation(seed: int, twin: bool, budget: float = 1e-3) -> dict[str, float]:
    """Who pays when component 0 of a random group is raised as far as the budget allows; twin: component 1 is nearly
    a copy of it.

    second_share: the share of all that is taken that component 1 gives; anti_aligned_rise: what components anti-aligned
    with component 0 gain, over its own raise; forced, demanded, relieved: both sides of the weight-shift theorem.
    """
    belief_key, twin_key = jax.random.split(jax.random.key(seed))
    logits = jax.random.normal(belief_key, (4, 6), jnp.float64)
    near = logits[0] + 0.1 * jax.random.normal(twin_key, (6,), jnp.float64)
    log_agents = jax.nn.log_softmax(logits.at[1].set(near) if twin else logits)
    weights = jnp.full(4, 0.25, jnp.float64)
    moved = raise_within_budget(log_agents, weights, 0, budget)
    found = both_sides(log_agents, weights, moved)
    taken = jnp.maximum(-moved, 0)
    anti = jnp.where(found["alignment"] < 0, jnp.maximum(moved, 0), 0.0).sum()
    return {
        "second_share": float(taken[1] / taken.sum()),
        "anti_aligned_rise": float(anti / moved[0]),
        "raised": float(moved[0]),
        "forced": float(found["forced"]),
        "demanded": float(found["demanded"]),
        "relieved": float(found["relieved"]),
        "budget_term": float(found["spread"] * found["size"]),
    }
