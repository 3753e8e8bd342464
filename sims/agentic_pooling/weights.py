"""Moving weight between the components of a log pool, and what moves with it (arXiv 2509.06701, Thms 18-19 and 69).

Everything is read off the two pools themselves: dL = log P' - log P. Inner products are E_P[f g]; profiles are beliefs'
logs, centred under P.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
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
    """(log_agents, weights, change) of unconstrained parameters: component 0 is raised, the others move as they may,
    and the changed weights stay in the simplex."""
    log_agents, weights = group(params)
    first = weights[0] + (1 - weights[0]) * jax.nn.sigmoid(params["target"][0])
    target = jnp.concatenate([first[None], (1 - first) * jax.nn.softmax(params["target"][1:])])
    return log_agents, weights, jax.nn.sigmoid(params["step"]) * (target - weights)


def draw_strict_case(key: Array, outcomes: int) -> dict[str, Array]:
    """Unconstrained parameters of `strict_case`. Consumes the key."""
    numbers = jax.random.normal(key, (4, max(outcomes, 5)), jnp.float64)
    return {"pool": numbers[0, :outcomes], "raised": numbers[1, :outcomes], "opposed": numbers[2, :outcomes]} | {
        "weights": numbers[3, :3],
        "opposition": numbers[3, 3],
        "share": numbers[3, 4],
    }


def strict_case(params: dict[str, Array]) -> tuple[Float[Array, "3 outcomes"], Float[Array, " 3"], Float[Array, ""]]:
    """(log_agents, weights, share): a group of three, of any pool, in which component 2 is anti-aligned with component
    0 and component 1 is not, and the share in (0, 1) of what component 2 gives that component 0 gets.

    Chosen are the pool P, the profile v_0, and v_2 = -c v_0 and what is orthogonal to v_0; v_1 is what makes P their
    log pool. It is aligned as soon as c is large enough.
    """
    log_p = jax.nn.log_softmax(params["pool"])
    mass, weights = jnp.exp(log_p), jax.nn.softmax(params["weights"])

    def centred(values: Array) -> Array:
        return values - mass @ values

    first, whole = centred(params["raised"]), centred(log_p)
    size = mass @ first**2
    across = centred(params["opposed"])
    across = across - (mass @ (across * first)) / size * first
    needed = (weights[0] - (mass @ (whole * first)) / size) / weights[2]
    opposed = -(jnp.maximum(needed, 0.0) + jnp.exp(params["opposition"])) * first + across
    other = (whole - weights[0] * first - weights[2] * opposed) / weights[1]
    log_agents = jax.nn.log_softmax(jnp.stack([first, other, opposed]))
    return log_agents, weights, jax.nn.sigmoid(params["share"])


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


def compensation(key: Array, point: dict) -> dict[str, Array]:
    """Who pays when component 0 of a random group is raised as far as the budget allows. Consumes the key; point: twin
    (bool), whether component 1 is nearly a copy of it, and budget on KL(P || P').

    second_share: the share of all that is taken that component 1 gives; anti_aligned_rise: what components anti-aligned
    with component 0 gain, over its own raise; raised; and both sides of the weight-shift theorem: forced, demanded,
    relieved, budget_term.
    """
    belief_key, twin_key = jax.random.split(key)
    logits = jax.random.normal(belief_key, (4, 6), jnp.float64)
    near = logits[0] + 0.1 * jax.random.normal(twin_key, (6,), jnp.float64)
    log_agents = jax.nn.log_softmax(logits.at[1].set(near) if point["twin"] else logits)
    weights = jnp.full(4, 0.25, jnp.float64)
    moved = raise_within_budget(log_agents, weights, 0, point["budget"])
    sides = both_sides(log_agents, weights, moved)
    taken = jnp.maximum(-moved, 0)
    anti = jnp.where(sides["alignment"] < 0, jnp.maximum(moved, 0), 0.0).sum()
    return {
        "second_share": taken[1] / taken.sum(),
        "anti_aligned_rise": anti / moved[0],
        "raised": moved[0],
        **{name: sides[name] for name in ("forced", "demanded", "relieved")},
        "budget_term": sides["spread"] * sides["size"],
    }


def payments(groups: int, seed: int, budget: float = 1e-3) -> dict[str, np.ndarray]:
    """`compensation` by name, each [2, groups]: without and with a twin of the raised component."""
    keys = jax.random.split(jax.random.key(seed), groups)
    kinds = [jax.jit(jax.vmap(partial(_compensated, twin=twin, budget=budget)))(keys) for twin in (False, True)]
    return {name: np.stack([np.asarray(kind[name]) for kind in kinds]) for name in kinds[0]}


def _compensated(key: Array, twin: bool, budget: float) -> dict[str, Array]:
    return compensation(key, {"twin": twin, "budget": budget})
