"""Gated layers of a residual stream, and the best prediction of what they add together along one direction."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.numerics.gaussian import normals

ROWS = 8192


@static("L")
def left(key: Array, point: dict) -> dict[str, Float[Array, " rows"]]:
    """Squared error of one direction with a coefficient of each token, of constants, and the power of what is
    predicted. point: L (int), e, v, c. The direction is the top one of other tokens, the constants their mean. The key
    is consumed."""
    L, c = point["L"], point["c"]
    drawn = normals(key, (2 * ROWS, L))[0]
    # Independent but for what takes the sum to its variance: correlations c, of either sign.
    inner = drawn - drawn.mean(1, keepdims=True)
    gates = jnp.sqrt(1 - c) * inner + jnp.sqrt(1 + (L - 1) * c) * drawn.mean(1, keepdims=True)
    gates = point["e"] + jnp.sqrt(point["v"]) * gates
    others, tokens = gates[:ROWS], gates[ROWS:]
    top = jnp.linalg.eigh(others.T @ others)[1][:, -1]
    along = tokens @ top
    return {
        "one": jnp.sum((tokens - along[:, None] * top) ** 2, axis=1),
        "constants": jnp.sum((tokens - others.mean(0)) ** 2, axis=1),
        "power": jnp.sum(tokens**2, axis=1),
    }
