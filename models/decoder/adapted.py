"""Products with weights, which may carry low-rank adapters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Adapted:
    """A weight with low-rank updates beside it: base + sum_i scale_i down_i up_i.

    base: [*inputs, *outputs]. downs: each [*inputs, rank_i]; ups: each [rank_i, *outputs]; scales: each []. In a
    decoder's blocks all have a first axis over layers.
    """

    base: Array
    downs: tuple[Array, ...]
    ups: tuple[Array, ...]
    scales: tuple[Array, ...]


def times(x: Float[Array, "*batch_inputs"], weight: Any, inputs: int) -> Float[Array, "*batch_outputs"]:
    """x contracted with a weight over its last `inputs` axes, in x's dtype. Adapters are never multiplied out."""
    if not isinstance(weight, Adapted):
        return jnp.tensordot(x, weight.astype(x.dtype), inputs)
    out = jnp.tensordot(x, weight.base.astype(x.dtype), inputs)
    for down, up, scale in zip(weight.downs, weight.ups, weight.scales, strict=True):
        low = jnp.tensordot(x, down.astype(x.dtype), inputs)
        out = out + scale.astype(x.dtype) * jnp.tensordot(low, up.astype(x.dtype), 1)
    return out


def merged(weight: Any) -> Array:
    """The weight with its adapters multiplied out and added, each by itself."""
    if not isinstance(weight, Adapted):
        return weight
    base = weight.base
    for down, up, scale in zip(weight.downs, weight.ups, weight.scales, strict=True):
        base = base + (scale * jnp.tensordot(down, up, 1)).astype(base.dtype)
    return base
