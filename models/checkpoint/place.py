"""Brings weights from a file to where they stay: reordered on the way, and never held twice."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import ml_dtypes
import numpy as np

TILE = 128
"""Side of the squares by which a matrix is transposed: two of them fit in a core's nearest cache."""

CHUNK = 1 << 22
"""Entries that one thread copies at a time."""


def placed(
    shape: tuple[int, ...],
    dtype: np.dtype,
    sharding: jax.sharding.Sharding | None,
    layer: Callable[[int | None], np.ndarray],
    stacked: bool,
) -> jax.Array:
    """An array of such a shape, filled from views of a file and in place on its devices.

    layer: the view of one layer, or for None of what is not stacked. With a sharding, each process reads what its own
    devices hold. Raises FloatingPointError for a number too large for `dtype`.
    """

    def part(index: Any) -> np.ndarray:
        out = _aligned(tuple(len(range(size)[at]) for size, at in zip(shape, index, strict=True)), dtype)
        pairs = (
            ((out[i], layer(l)[index[1:]]) for i, l in enumerate(range(shape[0])[index[0]]))
            if stacked
            else [(out, layer(None)[index])]
        )
        with ThreadPoolExecutor(min(os.cpu_count() or 1, 16)) as pool:
            list(pool.map(lambda pair: _copy(*pair), itertools.chain.from_iterable(_chunks(*pair) for pair in pairs)))
        return out

    if sharding is None:
        return jax.device_put(part(tuple(slice(None) for _ in shape)))
    return jax.make_array_from_callback(shape, sharding, part)


def _aligned(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """An empty array at a multiple of 64 bytes: such a one JAX takes over on a CPU instead of copying it."""
    size = math.prod(shape) * dtype.itemsize
    memory = np.empty(size + 64, np.uint8)
    start = -memory.ctypes.data % 64
    return memory[start : start + size].view(dtype).reshape(shape)


def _chunks(out: np.ndarray, given: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pieces in the order in which they lie in the file."""
    slowest = int(np.argmax(given.strides))
    step = max(1, CHUNK * given.shape[slowest] // max(given.size, 1))
    step = -(-step // TILE) * TILE
    for start in range(0, given.shape[slowest], step):
        at = (slice(None),) * slowest + (slice(start, start + step),)
        yield out[at], given[at]


def _copy(out: np.ndarray, given: np.ndarray) -> None:
    if out.dtype == given.dtype:  # bits move faster than ml_dtypes' numbers
        bits = np.dtype(f"u{out.itemsize}")
        _move(out.view(bits), given.view(bits))
        return
    with np.errstate(over="ignore"):
        _move(out, given)
    narrower = ml_dtypes.finfo(out.dtype).max < ml_dtypes.finfo(given.dtype).max
    if narrower and np.isinf(out).any() and not np.isinf(given).any():
        raise FloatingPointError(f"a number beyond {out.dtype}")


def _move(out: np.ndarray, given: np.ndarray) -> None:
    last, fastest = given.ndim - 1, int(np.argmin(given.strides))
    if fastest == last:
        np.copyto(out, given, casting="unsafe")
        return
    rest = [range(size) for axis, size in enumerate(given.shape) if axis not in (fastest, last)]
    for at in itertools.product(*rest):
        index: list[Any] = list(at)
        index.insert(fastest, slice(None))
        _transpose(out[tuple(index)], given[tuple(index)])


def _transpose(out: np.ndarray, given: np.ndarray) -> None:
    """Both [a, b], `given` with a fastest. Each square is first read into one piece: rows of the file that are powers
    of two apart fall on the same line of the cache."""
    rows, columns = given.shape
    for column in range(0, columns, TILE):
        for row in range(0, rows, TILE):
            at = slice(row, row + TILE), slice(column, column + TILE)
            square = given[at].T.copy()
            np.copyto(out[at], square.T, casting="unsafe")
