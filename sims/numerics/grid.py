"""A function at every combination of its arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array


def over_grid(function: Callable[..., Any], *axes: Any) -> Any:
    """The function at every combination of the axes' rows: arrays [*rows of each axis, ...]. axes: pytrees of arrays.

    One vmap over all combinations, since XLA's products on a CPU have at most seven axes.
    """
    sizes = [len(jax.tree.leaves(axis)[0]) for axis in axes]

    def at(index: Array) -> Any:
        return function(*(jax.tree.map(lambda leaf, i=i: leaf[i], axis) for i, axis in zip(index, axes, strict=True)))

    found = jax.vmap(at)(jnp.indices(sizes).reshape(len(sizes), -1).T)
    return jax.tree.map(lambda leaf: leaf.reshape(*sizes, *leaf.shape[1:]), found)
