"""Products with weights, which may carry low-rank adapters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.models.products import onto_rows


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
    """x contracted with a weight over its last `inputs` axes, in x's dtype. Adapters are never multiplied out.
    Differentiable in reverse, and in reverse again; not forward."""
    if not isinstance(weight, Adapted):
        return _product(x, weight, inputs)
    out = _product(x, weight.base, inputs)
    for down, up, scale in zip(weight.downs, weight.ups, weight.scales, strict=True):
        out = out + scale.astype(x.dtype) * _product(_product(x, down, inputs), up, 1)
    return out


def _product(x: Array, weight: Array, inputs: int) -> Array:
    """As one product of matrices: contractions over several axes are slow, and so are their gradients."""
    rows, columns = x.shape[: x.ndim - inputs], weight.shape[inputs:]
    size = math.prod(weight.shape[:inputs])
    flat = onto_rows(x.reshape(-1, size), weight.astype(x.dtype).reshape(size, -1))
    return flat.reshape(*rows, *columns)


def merged(weight: Any) -> Array:
    """The weight with its adapters multiplied out and added, each by itself."""
    if not isinstance(weight, Adapted):
        return weight
    base = weight.base
    for down, up, scale in zip(weight.downs, weight.ups, weight.scales, strict=True):
        base = base + (scale * jnp.tensordot(down, up, 1)).astype(base.dtype)
    return base
