"""Measures in float32: traced so that nothing in them is wider, and their moments without loss of digits.

Inside, explicit requests for float64 become float32, and matrix products ask for highest precision, since a TPU would
otherwise take bfloat16. What rounding does to the samples themselves, `corollary.trials.paired` bounds.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from corollary.trials.moments import KEPT

UNIT = 2.0**-24
"""The largest relative error of one rounding to float32."""

_BLOCK = 128
"""Rows whose products are summed by one matrix product; the sums of the blocks are added pairwise."""


@contextmanager
def in_float32() -> Iterator[None]:
    """Whatever is traced or compiled inside has float32 where it asks for float64, and highest matrix precision. JAX
    warns of each request that it narrows; that is what is wanted here, and only that warning is silent."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Explicitly requested dtype \S+ .*is not available", UserWarning)
        with jax.enable_x64(False), jax.default_matmul_precision("highest"):
            yield


def moments(samples: jax.Array) -> tuple[jax.Array, ...]:
    """The parts of one chunk's moments, of float32 [samples, components]: (mean, the rest of the mean, the largest
    deviation of each component, and in units of it the scatter about the first part and the largest squares).

    The mean comes in two parts, whose sum in float64 is the mean of the samples to `mean_error`; the scale keeps
    squares from overflowing, and from vanishing.
    """
    mean = _average(samples)
    deviation = samples - mean
    rest = _average(deviation)
    scale = jnp.max(jnp.abs(deviation), axis=0)
    scaled = deviation / jnp.where(scale > 0, scale, 1)
    squares = jnp.pad((scaled**2).T, ((0, 0), (0, max(KEPT - len(samples), 0))))
    return mean, rest, scale, _scatter(scaled), lax.top_k(squares, KEPT)[0].T


def as_float64(parts: tuple[np.ndarray, ...], rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(mean [..., components], scatter about it [..., components, components], largest squared deviations
    [..., KEPT, components]) in float64, of the parts of chunks of so many rows, with any leading axes."""
    mean, rest, scale, scatter, largest = (np.asarray(part, np.float64) for part in parts)
    outer = scale[..., :, None] * scale[..., None, :]
    about = scatter * outer - rows * rest[..., :, None] * rest[..., None, :]
    return mean + rest, about, largest * scale[..., None, :] ** 2


def mean_error(rows: int, deviation: np.ndarray) -> np.ndarray:
    """How far a chunk's mean can lie from the mean of its samples, where the standard deviation is so large: a rounding
    for the deviation from the first part, and one for each level of the pairwise sum."""
    return (math.ceil(math.log2(max(rows, 2))) + 3) * UNIT * deviation


def _average(values: jax.Array) -> jax.Array:
    """Pairwise, the mean over the first axis: rounding grows with the logarithm of its length. Halves are averaged, so
    that no sum overflows."""
    length = len(values)
    padded = 2 ** math.ceil(math.log2(length)) if length > 1 else 1
    values = jnp.pad(values, ((0, padded - length), *((0, 0) for _ in values.shape[1:])))
    while len(values) > 1:
        half = len(values) // 2
        # The barrier keeps XLA from writing all levels as one expression.
        values = lax.optimization_barrier(0.5 * values[:half] + 0.5 * values[half:])
    return values[0] * (padded / length)


def _scatter(deviation: jax.Array) -> jax.Array:
    """deviation.T @ deviation, in blocks that are added pairwise."""
    rows, components = deviation.shape
    blocks = -(-rows // _BLOCK)
    padded = jnp.pad(deviation, ((0, blocks * _BLOCK - rows), (0, 0))).reshape(blocks, _BLOCK, components)
    products = jnp.einsum("bri,brj->bij", padded, padded, precision=lax.Precision.HIGHEST)
    return _average(products) * blocks
