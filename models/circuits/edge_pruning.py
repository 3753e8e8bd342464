"""Edge Pruning: hard-concrete gates under a sparsity constraint with ascended multipliers (Bhaskar et al. 2024)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float

from corollary.models.circuits.gates import hard_concrete

Loss = Callable[[Float[Array, " edges"], Array], Float[Array, ""]]


@dataclass(frozen=True)
class EdgePruning:
    """steps. rate: of gates and multipliers. target: share of edges to be closed; warm: steps over which it rises.
    beta, low, high: of the gates. start: the first log_alpha. Raises ValueError for a target outside (0, 1)."""

    steps: int = 3000
    rate: float = 0.8
    target: float = 0.9
    warm: int = 2500
    beta: float = 2 / 3
    low: float = -0.1
    high: float = 1.1
    start: float = 10.0

    def __post_init__(self) -> None:
        if not 0 < self.target < 1:
            raise ValueError(f"target={self.target} is not allowed; allowed: above 0 and below 1")
        if self.steps < 1:
            raise ValueError(f"steps={self.steps} is not allowed; allowed: an integer >= 1")


def expected_sparsity(log_alpha: Float[Array, " edges"], options: EdgePruning) -> Float[Array, ""]:
    """Expected share of gates at exactly 0."""
    shift = options.beta * jnp.log(-options.low / options.high)
    return jnp.mean(jax.nn.sigmoid(shift - log_alpha))


def prune(
    key: Array, edges: int, objective: Loss, options: EdgePruning | None = None
) -> tuple[Bool[Array, " edges"], Float[Array, " edges"]]:
    """(kept edges: the open share 1 - target with the largest log_alpha, log_alpha). Traceable. The key is consumed.

    objective: (mask, key of the batch) -> loss, to which lambda_1 (s - target) + lambda_2 (s - target)^2 is added.
    """
    chosen = options or EdgePruning()
    optimizer = optax.adam(chosen.rate)
    values = {"log_alpha": jnp.full(edges, chosen.start, jnp.float32), "multipliers": jnp.zeros(2, jnp.float32)}

    def step(state: Any, number: Array) -> tuple[Any, None]:
        values, moments = state
        batch, noise = jax.random.split(jax.random.fold_in(key, number))
        target = chosen.target * jnp.minimum(1.0, number.astype(jnp.float32) / max(chosen.warm, 1))

        def loss(values: Any) -> Array:
            mask = hard_concrete(noise, values["log_alpha"], chosen.beta, chosen.low, chosen.high)
            gap = expected_sparsity(values["log_alpha"], chosen) - target
            return objective(mask, batch) + values["multipliers"][0] * gap + values["multipliers"][1] * gap**2

        gradient = jax.grad(loss)(values)
        gradient = {**gradient, "multipliers": -gradient["multipliers"]}
        update, moments = optimizer.update(gradient, moments, values)
        return (optax.apply_updates(values, update), moments), None

    steps = jnp.arange(chosen.steps, dtype=jnp.int32)
    log_alpha = jax.lax.scan(step, (values, optimizer.init(values)), steps)[0][0]["log_alpha"]
    count = max(1, round((1 - chosen.target) * edges))
    rank = jnp.argsort(jnp.argsort(-log_alpha))
    return rank < count, log_alpha
