"""Quadratic networks on the table of a modular operation, and the numerical rank of their Jacobian."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.sims.numerics.gaussian import normals

Weights = Sequence[Array]


def quadratic_network(p: int) -> Callable[[Weights], Float[Array, " outputs"]]:
    """weights (U [p, neurons], V [p, neurons], W [neurons, p]) -> outputs [p^3] over inputs a, b and classes c:
    sum_j W_jc (U_aj + V_bj)^2."""
    a, b = jnp.divmod(jnp.arange(p * p), p)

    def outputs(weights: Weights) -> Array:
        U, V, W = weights
        return ((U[a] + V[b]) ** 2 @ W).ravel()

    return outputs


def quadratic_network_ranks(p: int, neurons: int, seed: int = 0) -> dict[str, int]:
    """Rank of the network's Jacobian over all p^2 inputs at Gaussian weights, "all" of them and those of the "readout"
    W alone: singular values in float64."""
    U, V, W = normals(jax.random.key(seed), (p, neurons), (p, neurons), (neurons, p))
    blocks = [jnp.reshape(block, (p**3, -1)) for block in jax.jit(jax.jacfwd(quadratic_network(p)))((U, V, W))]
    return {"all": _rank(jnp.concatenate(blocks, 1)), "readout": _rank(blocks[2])}


def _rank(matrix: Array) -> int:
    values = jnp.linalg.svd(matrix, compute_uv=False)
    return int((values > values[0] * max(matrix.shape) * jnp.finfo(matrix.dtype).eps).sum())
