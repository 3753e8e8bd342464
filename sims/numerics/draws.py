"""Keys for what a figure draws, and what was drawn as NumPy arrays."""

from __future__ import annotations

from collections.abc import Mapping

import jax
import numpy as np
from jaxtyping import Array, Key


def keys_of(seed: int, count: int) -> Key[Array, " count"]:
    """Keys [count] of independent draws of one seed."""
    return jax.random.split(jax.random.key(seed), count)


def as_arrays(values: Mapping[str, Array]) -> dict[str, np.ndarray]:
    """The same names and values, on the host."""
    return {name: np.asarray(value) for name, value in values.items()}
