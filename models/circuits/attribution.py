"""Edge scores by the gradient in the gates: EAP at open gates, EAP-IG as the gates open together.

`corollary.models.interventions.edge_attribution` moves embeddings instead of gates, and costs as little as a plain run.
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


def gate_attribution(
    loss: Callable[[Float[Array, " edges"]], Float[Array, ""]],
    edges: int,
    *,
    steps: int = 1,
    dtype: object = jnp.float32,
) -> Float[Array, " edges"]:
    """dloss/dgate with all gates at 1 (steps = 1), or averaged over all gates at 1/(2 steps), 3/(2 steps), ...: these
    add up to the loss of the model less that of no edges, as steps grow. Raises ValueError for steps < 1."""
    if steps < 1:
        raise ValueError(f"steps={steps} is not allowed; allowed: an integer >= 1")
    levels = (jnp.arange(steps) + 0.5) / steps if steps > 1 else jnp.ones(1)
    gradient = jax.grad(loss)
    ones = jnp.ones(edges, dtype)  # type: ignore[arg-type]
    total = jax.lax.scan(
        lambda sum_, level: (sum_ + gradient(level.astype(ones.dtype) * ones), None), jnp.zeros_like(ones), levels
    )[0]
    return total / steps
