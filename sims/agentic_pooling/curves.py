"""What the figures draw as points: the same simulations along one input, as named arrays."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from corollary.sims.agentic_pooling import composition, measures, search, suppression, weights
from corollary.sims.agentic_pooling.constructions import symmetric_pair
from corollary.sims.agentic_pooling.pooling import pooled_gains
from corollary.sims.agentic_pooling.regions import atlas, best_partner

Arrays = dict[str, np.ndarray]


def region(first: Sequence[float], resolution: int) -> Arrays:
    """`regions.atlas` of one first belief."""
    found = jax.jit(atlas, static_argnums=1)(jnp.asarray(first, jnp.float64), resolution)
    return {name: np.asarray(values) for name, values in found.items()}


def partners(resolution: int) -> Arrays:
    """`regions.best_partner`."""
    found = jax.jit(best_partner, static_argnums=0)(resolution)
    return {name: np.asarray(values) for name, values in found.items()}


def symmetric_gains(a: Sequence[float], d: float) -> Arrays:
    """ "gain" [a]: of the symmetric pair."""
    halves = jnp.full(2, 0.5, jnp.float64)
    gains = jax.vmap(lambda value: pooled_gains(symmetric_pair(value, d), halves).min())(jnp.asarray(a, jnp.float64))
    return {"gain": np.asarray(gains)}


def tilt_gains(p: Sequence[float], eps: float) -> Arrays:
    """ "gain" [p]: of two opposite tilts of (1 - 2p, p, p)."""
    size = jnp.asarray(eps, jnp.float64)
    return {"gain": np.asarray(jax.vmap(lambda value: measures.opposite_tilt_gain(value, size))(jnp.asarray(p)))}


def near_disjoint_deviations(eps: Sequence[float], beta: Sequence[float]) -> Arrays:
    """ "deviation" [eps, agents]: 1 - Delta_i / (eps log(1 / eps))."""
    shares = jnp.asarray(beta, jnp.float64)
    deviation = partial(measures.near_disjoint_deviation, weights=shares, agents=len(beta))
    return {"deviation": np.asarray(jax.vmap(deviation)(jnp.asarray(eps, jnp.float64)))}


def best_gains(outcomes: int, agents: int, floors: Sequence[float], starts: int) -> Arrays:
    """ "gain" [floors]: the largest least gain that the search finds."""
    return {"gain": np.array([search.best_least_gain(0, outcomes, agents, floor, starts) for floor in floors])}


def payments(seeds: int) -> Arrays:
    """`weights.compensation` over seeds, by name, each [2, seeds]: without and with a twin of the raised component."""
    rows = [[weights.compensation(seed, twin) for seed in range(seeds)] for twin in (False, True)]
    return {name: np.array([[row[name] for row in kind] for kind in rows]) for name in rows[0][0]}


def suppression_slopes(budgets: Sequence[float]) -> Arrays:
    """ "before", "after" [budgets]: the fall of P(A) over sqrt(2 KL) in the uniform fixture on four outcomes, without
    and with the manifested direction."""
    log_p, event = jnp.full(4, -jnp.log(4.0)), jnp.arange(4) == 0
    spans = {"before": jnp.array([[-1.0, 1, -1, 1]]), "after": jnp.array([[-1.0, 1, -1, 1], [3, -1, -1, -1]])}
    return {
        name: np.array(
            [
                float(suppression.reduction(log_p, event, suppression.steepest(log_p, event, span), budget))
                / np.sqrt(2 * budget)
                for budget in budgets
            ]
        )
        for name, span in spans.items()
    }


def persona_misfits(seeds: int, contexts: int) -> Arrays:
    """`composition.exact_misfits`, each [seeds, context lengths]."""
    keys = jax.random.split(jax.random.key(0), seeds)
    found = jax.jit(jax.vmap(lambda key: composition.exact_misfits(key, contexts)))(keys)
    return {name: np.asarray(values) for name, values in found.items()}


def persona_steering(seeds: int, contexts: int) -> Arrays:
    """`composition.exact_steering`, each [seeds, ...]."""
    keys = jax.random.split(jax.random.key(0), seeds)
    found = jax.jit(jax.vmap(lambda key: composition.exact_steering(key, contexts)))(keys)
    return {name: np.asarray(values) for name, values in found.items()}
