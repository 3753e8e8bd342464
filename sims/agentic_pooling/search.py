"""The hunt for the largest gain that every agent of a group can have at once.

The least gain is replaced by a soft minimum whose temperature falls, and climbed by Adam from many starts at a time,
half random, half structured: a mode that all share, with each other outcome shut out by at least one agent. A random
search alone stops far below.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from corollary.sims.agentic_pooling.pooling import divergence, draw_group, pooled_gains

TEMPERATURES = (0.05, 0.01, 0.002, 0.0005)
STEPS = 150
RATE = 0.1


def best_least_gain(seed: int, outcomes: int, agents: int, floor: float, starts: int = 64) -> float:
    """The largest min_i Delta_i found with every probability at least `floor`, in nats.

    Raises ValueError for floor outside (0, 1 / outcomes), or fewer than 2 outcomes or agents.
    """
    if outcomes < 2 or agents < 2:
        raise ValueError(f"outcomes={outcomes}, agents={agents}; allowed: integers >= 2")
    if not 0 < floor < 1 / outcomes:
        raise ValueError(f"floor={floor}; allowed: a number in (0, 1/{outcomes})")
    return float(np.max(_climb_all(jax.random.key(seed), floor, outcomes, agents, starts)))


def best_least_gains(
    seed: int, outcomes: int, agents: int, floors: Sequence[float], starts: int
) -> dict[str, np.ndarray]:
    """ "gain" [floors]: `best_least_gain` of each."""
    return {"gain": np.array([best_least_gain(seed, outcomes, agents, floor, starts) for floor in floors])}


def unanimous_groups(
    seed: int, outcomes: int, agents: int, count: int
) -> tuple[Float[Array, "groups agents outcomes"], Float[Array, "groups agents"]]:
    """(log_agents, weights) of random structured groups with every probability above 1e-9 that are strictly unanimous.
    Raises ValueError when fewer than `count` of 64 times as many starts are."""
    keys = jax.random.split(jax.random.key(seed), 64 * count)
    starts = jax.vmap(partial(structured_start, agents=agents, outcomes=outcomes))(keys)
    log_agents, weights = jax.vmap(partial(floored, floor=1e-9))(starts)
    least = np.asarray(jax.vmap(pooled_gains)(log_agents, weights).min(1))
    chosen = np.flatnonzero(least > 1e-4)[:count]
    if len(chosen) < count:
        raise ValueError(f"outcomes={outcomes}, agents={agents}: {len(chosen)} of {count} groups are unanimous")
    return log_agents[chosen], weights[chosen]


def moved(
    log_p: Float[Array, " outcomes"], direction: Float[Array, " outcomes"], divergence_spent: ArrayLike
) -> Float[Array, " outcomes"]:
    """Q proportional to P exp(t direction), t > 0 such that KL(P || Q) is `divergence_spent`, or little less where the
    direction allows no more; by bisection, whose result is differentiated as if t were constant."""
    direction = direction - jnp.exp(log_p) @ direction

    def tilted(t: Array) -> Array:
        return jax.nn.log_softmax(log_p + jnp.exp(t) * direction)

    def halve(_: int, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        middle = (low + high) / 2
        inside = divergence(log_p, tilted(middle)) <= divergence_spent
        return jnp.where(inside, middle, low), jnp.where(inside, high, middle)

    start = 0.5 * jnp.log(2 * divergence_spent / (jnp.exp(log_p) @ direction**2))
    low, _ = jax.lax.fori_loop(0, 40, halve, (start - 8.0, start + 8.0))
    return tilted(jax.lax.stop_gradient(low))


def random_least_gain(seed: int, outcomes: int, agents: int, draws: int) -> float:
    """The largest min_i Delta_i among uniform random groups of equal weights: what a search without climbing sees."""
    log_agents = jax.nn.log_softmax(
        jnp.log(jax.random.exponential(jax.random.key(seed), (draws, agents, outcomes), jnp.float64))
    )
    weights = jnp.full(agents, 1 / agents, jnp.float64)
    return float(jnp.max(jax.vmap(lambda group: pooled_gains(group, weights).min())(log_agents)))


def floored(
    params: dict[str, Array], floor: ArrayLike
) -> tuple[Float[Array, "agents outcomes"], Float[Array, " agents"]]:
    """(log_agents, weights) of unconstrained parameters, every probability at least `floor`."""
    outcomes = params["beliefs"].shape[-1]
    log_agents = jnp.log((1 - outcomes * floor) * jax.nn.softmax(params["beliefs"]) + floor)
    return log_agents, jax.nn.softmax(params["weights"])


def structured_start(key: Array, agents: int, outcomes: int) -> dict[str, Array]:
    """Outcome 0 is everybody's mode; the others are dealt out in turn, each shut out by the agent it is dealt to. All
    logits are jittered. Consumes the key."""
    numbers = jax.random.normal(key, (agents, outcomes + 2), jnp.float64)
    shut_out = (jnp.arange(outcomes - 1) % agents)[None, :] == jnp.arange(agents)[:, None]
    logits = jnp.where(shut_out, -16.0, -1.5 + 0.5 * numbers[0, 0])
    logits = jnp.concatenate([jnp.zeros((agents, 1), jnp.float64), logits], axis=1)
    spread = jnp.where(logits < -10, 4.0, 0.3)
    return {"beliefs": logits + spread * numbers[:, 2:], "weights": 0.1 * numbers[:, 1]}


def mixed_start(key: Array, agents: int, outcomes: int) -> dict[str, Array]:
    """A structured start or a random group, with equal chances. Consumes the key."""
    structured, plain = structured_start(key, agents, outcomes), draw_group(key, agents, outcomes)
    coin = jax.random.bernoulli(jax.random.fold_in(key, 1))
    return jax.tree.map(lambda one, other: jnp.where(coin, one, other), structured, plain)


@partial(jax.jit, static_argnums=(2, 3, 4))
def _climb_all(key: Array, floor: ArrayLike, outcomes: int, agents: int, starts: int) -> Float[Array, " starts"]:
    """The least gain reached from each start."""
    optimizer = optax.adam(optax.cosine_decay_schedule(RATE, STEPS * len(TEMPERATURES), 0.02))

    def softened(params: dict[str, Array], temperature: Array) -> Array:
        gains = pooled_gains(*floored(params, floor))
        return temperature * jax.nn.logsumexp(-gains / temperature)

    def climb(start: dict[str, Array]) -> Array:
        def step(carry: Any, temperature: Array) -> tuple[Any, None]:
            params, state, best = carry
            gradient = jax.grad(softened)(params, temperature)
            updates, state = optimizer.update(gradient, state)
            params = optax.apply_updates(params, updates)
            return (params, state, jnp.fmax(best, pooled_gains(*floored(params, floor)).min())), None

        schedule = jnp.repeat(jnp.array(TEMPERATURES, jnp.float64), STEPS)
        start_value = pooled_gains(*floored(start, floor)).min()
        (_, _, best), _ = jax.lax.scan(step, (start, optimizer.init(start), start_value), schedule)
        return best

    half = starts // 2
    random_key, structured_key = jax.random.split(key)
    random = jax.vmap(partial(draw_group, agents=agents, outcomes=outcomes))(jax.random.split(random_key, half))
    structured = jax.vmap(partial(structured_start, agents=agents, outcomes=outcomes))(
        jax.random.split(structured_key, starts - half)
    )
    return jax.vmap(climb)(jax.tree.map(lambda *leaves: jnp.concatenate(leaves), random, structured))
