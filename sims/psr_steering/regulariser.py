"""The penalty on sequences whose gates stay shut, and what it can do to a probe that is dead on all of them."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

GATES: dict[str, Callable[[Array], Array]] = {
    "relu": jax.nn.relu,
    "leaky": lambda a: jax.nn.leaky_relu(a, 0.01),
    "softplus": jax.nn.softplus,
    "half slope at nought": lambda a: jnp.maximum(a, 0.0),
}


def penalty(gates: Float[Array, "sequences tokens"]) -> Float[Array, ""]:
    """max(0, 1 - sum over a sequence's tokens), averaged over sequences."""
    return jnp.mean(jnp.maximum(0.0, 1 - gates.sum(-1)))


def pull(gate: str, bias: float, size: float = 1.0) -> float:
    """Largest entry of the penalty's gradient in weights and bias. bias: of a probe on standard normal streams, far
    below 0 for a dead one. size: multiplies its weights."""
    h = jnp.asarray(np.random.default_rng(0).normal(size=(6, 11, 4)))

    def lost(weights: Array) -> Array:
        return penalty(GATES[gate](h @ weights[:-1] + weights[-1]))

    return float(jnp.abs(jax.grad(lost)(jnp.array([0.1 * size, -0.2 * size, 0.3 * size, 0.1 * size, bias]))).max())


def error_and_penalty(scale: float) -> tuple[float, float]:
    """(squared error, penalty) of gates times `scale` along a direction over `scale`."""
    generator = np.random.default_rng(1)
    gates = np.abs(generator.normal(size=(6, 11))) * 0.05
    direction = generator.normal(size=4)
    target = gates[..., None] * direction + generator.normal(size=(6, 11, 4))
    predicted = (scale * gates)[..., None] * (direction / scale)
    return float(((predicted - target) ** 2).mean()), float(penalty(jnp.asarray(scale * gates)))
