"""The points of a sweep: every combination of the axes' values, or the values side by side, by number and never all in
memory."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from corollary.formulas.exact_numbers import as_float, read_number
from corollary.point import Point
from corollary.storage.store import plain
from corollary.sweeps.values import MOST_VALUES, parse_axis

MOST_POINTS = 100_000_000


@dataclass(frozen=True)
class Grid:
    """axes: name -> its values. zipped: whether the n-th values of all axes make the n-th point."""

    axes: Mapping[str, Sequence[Any]]
    zipped: bool = False

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Of the array of points: one dimension an axis, or one in all."""
        lengths = tuple(len(values) for values in self.axes.values())
        return lengths[:1] if self.zipped else lengths

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    def point(self, number: int) -> Point:
        """The point of a number in 0..size - 1, the last axis fastest."""
        places = [number] * len(self.axes) if self.zipped else _unravelled(number, self.shape)
        return {name: values[place] for (name, values), place in zip(self.axes.items(), places, strict=True)}

    def points(self) -> Iterator[Point]:
        return map(self.point, range(self.size))

    def marks(self, replicates: Sequence[int]) -> np.ndarray:
        """The 64-bit mark of each point's record, uint64 [size, replicates]: the same for the same point in any
        grid."""
        texts = [[_text(name, value) for value in values] for name, values in self.axes.items()]
        order = np.argsort(list(self.axes))
        ends = [f"#{number}".encode() for number in replicates]
        found = np.empty((self.size, len(ends)), np.uint64)
        for number in range(self.size):
            places = [number] * len(texts) if self.zipped else _unravelled(number, self.shape)
            start = hashlib.blake2b(b"".join(texts[axis][places[axis]] for axis in order), digest_size=8)
            for column, end in enumerate(ends):
                mark = start.copy()
                mark.update(end)
                found[number, column] = int.from_bytes(mark.digest(), "little")
        return found


def grid_of(axes: Mapping[str, Any], zipped: bool = False) -> Grid:
    """axes: name -> values, or their text. Raises ValueError for none, a malformed one, a name whose values are not all
    different, axes of different lengths that are to be zipped, or more than 100 million points."""
    parsed = {
        name: _spread(name, values)
        if isinstance(values, str)
        else [plain(value) if np.ndim(value) == 0 else value for value in np.atleast_1d(values)]
        for name, values in axes.items()
    }
    if not parsed or any(not len(values) for values in parsed.values()):
        raise ValueError("a sweep needs at least one axis with at least one value, such as tau=0.1:10:log:32")
    for name, values in parsed.items():
        if not zipped and len({_text(name, value) for value in values}) < len(values):
            raise ValueError(f"{name}={axes[name]} has a value twice; allowed: values that differ")
    lengths = {name: len(values) for name, values in parsed.items()}
    if zipped and len(set(lengths.values())) > 1:
        raise ValueError(f"--zip with axes of lengths {lengths}; allowed: axes of one length")
    grid = Grid(parsed, zipped)
    if grid.size > MOST_POINTS:
        raise ValueError(f"the axes make {grid.size:,} points; allowed: at most {MOST_POINTS:,}")
    return grid


def _spread(name: str, text: str) -> list[Any]:
    """As `parse_axis`, and "low:high:xFACTOR": low, low FACTOR, ... up to high. Whole numbers stay whole."""
    low_text, colon, rest = text.partition(":")
    high_text, _, factor_text = rest.partition(":x")
    if not colon or not factor_text or text.startswith("["):
        values = parse_axis(name, text)
        whole = all(isinstance(value, float) and value.is_integer() and abs(value) < 2**53 for value in values)
        return [int(value) for value in values] if colon and whole else values
    try:
        low, high, factor = (as_float(read_number(part)) for part in (low_text, high_text, factor_text))
        if not (0 < low <= high < math.inf and 1 < factor < math.inf):
            raise ValueError
        count = 1 + math.floor(math.log(high / low) / math.log(factor) + 1e-9)
        if count > MOST_VALUES:
            raise ValueError
    except ValueError:
        raise ValueError(
            f"{name}={text} is not a range; allowed: low:high:xFACTOR with 0 < low <= high and FACTOR > 1"
        ) from None
    values = [low * factor**step for step in range(count)]
    return [int(value) if value.is_integer() and value < 2**53 else value for value in values]


def _text(name: str, value: Any) -> bytes:
    """What marks a value: one number however it was typed."""
    if isinstance(value, bool | str):
        said = repr(value)
    elif np.ndim(value) == 0:
        said = repr(float(value)) if abs(value) < 2**53 else repr(value)
    else:
        array = np.asarray(value)
        said = f"{array.shape}{array.astype(np.float64).tobytes().hex()}"
    return f"{name}={said};".encode()


def _unravelled(number: int, shape: tuple[int, ...]) -> list[int]:
    places = []
    for length in reversed(shape):
        number, place = divmod(number, length)
        places.append(place)
    return places[::-1]
