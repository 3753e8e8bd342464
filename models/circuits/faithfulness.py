"""How much of a model's behaviour the best edges of a ranking recover: the curve, and its two areas (MIB benchmark,
arXiv 2504.13151)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

FRACTIONS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Of the benchmark; for graphs of thousands of edges."""


def top_masks(scores: Float[ArrayLike, " edges"], fractions: Sequence[float]) -> Float[Array, "k edges"]:
    """1 at the edges with the largest absolute scores, as many as each fraction says, rounded; ties go to the earlier
    edge. Raises ValueError for fractions outside [0, 1]."""
    if not all(0 <= one <= 1 for one in fractions):
        raise ValueError(f"fractions={tuple(fractions)} is not allowed; allowed: from 0 to 1")
    given = jnp.abs(jnp.asarray(scores))
    rank = jnp.argsort(jnp.argsort(-given, stable=True), stable=True)
    counts = jnp.asarray([int(one * len(given) + 0.5) for one in fractions])
    return (rank < counts[:, None]).astype(jnp.float32)


def curve(
    scores: Float[ArrayLike, " edges"],
    metric: Callable[[Float[Array, "k edges"]], Float[Array, " k"]],
    fractions: Sequence[float] = FRACTIONS,
) -> Float[Array, " k"]:
    """f = (metric of the top edges - of none) / (of all - of none). metric: of masks, all other edges patched."""
    masks = top_masks(scores, fractions)
    ends = jnp.stack([jnp.zeros_like(masks[0]), jnp.ones_like(masks[0])])
    values = metric(jnp.concatenate([ends, masks]))
    return (values[2:] - values[0]) / (values[1] - values[0])


def areas(fractions: Sequence[float], recovered: Float[ArrayLike, " k"]) -> tuple[Array, Array]:
    """(CPR, CMD): areas under f and under |1 - f| by trapezoids over the fractions."""
    f = jnp.asarray(recovered, float)
    x = jnp.asarray(fractions, f.dtype)

    def area(y: Array) -> Array:
        return jnp.sum(jnp.diff(x) * (y[1:] + y[:-1]) / 2)

    return area(f), area(jnp.abs(1 - f))
