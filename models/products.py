"""Matrix products whose gradients are fast on a CPU too.

XLA's CPU kernels take a left factor that lies transposed in memory at half the speed or less. The gradients of w @ x
need one each: here it is written out transposed first, which costs far less than the product.
"""

from __future__ import annotations

import jax
from jaxtyping import Array, Float


def laid(matrix: Float[Array, "a b"]) -> Float[Array, "b a"]:
    """The transpose, on a CPU written out: without the barrier XLA folds it back into the product."""
    return jax.lax.optimization_barrier(matrix.T) if jax.default_backend() == "cpu" else matrix.T


@jax.custom_vjp
def onto_columns(w: Float[Array, "m d"], x: Float[Array, "d b"]) -> Float[Array, "m b"]:
    """w @ x for weights w and examples in columns; differentiable in reverse only."""
    return w @ x


onto_columns.defvjp(lambda w, x: (w @ x, (w, x)), lambda kept, slope: (slope @ kept[1].T, laid(kept[0]) @ slope))


@jax.custom_vjp
def onto_rows(x: Float[Array, "b d"], w: Float[Array, "d m"]) -> Float[Array, "b m"]:
    """x @ w for weights w and examples in rows; differentiable in reverse only."""
    return x @ w


onto_rows.defvjp(lambda x, w: (x @ w, (x, w)), lambda kept, slope: (slope @ kept[1].T, laid(kept[0]) @ slope))
