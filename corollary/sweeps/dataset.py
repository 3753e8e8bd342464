"""Sweeps as datasets: one dimension an axis, read from the store when a variable is asked for."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
from etils import epath

from corollary.storage.parts import MARK, Parts
from corollary.storage.store import CorruptRecord, Store, plain
from corollary.sweeps.grid import Grid

if TYPE_CHECKING:
    import xarray

SEED = "seed"
POINT = "point"
"""The dimension of a sweep whose axes are zipped."""


class Memory:
    """The rows of a sweep that keeps nothing, with what `Parts` offers."""

    def __init__(self) -> None:
        self._rows: dict[int, dict[str, Any]] = {}

    def append(self, rows: Sequence[dict[str, Any]]) -> None:
        for row in rows:
            self._rows[row[MARK]] = {name: value for name, value in row.items() if name != MARK}

    def marks(self) -> np.ndarray:
        return np.sort(np.fromiter(self._rows, np.uint64, len(self._rows)))

    def columns(self) -> list[str]:
        return list(dict.fromkeys(name for row in self._rows.values() for name in row))

    def read(self, name: str, marks: np.ndarray) -> list[Any]:
        return [self._rows.get(int(mark), {}).get(name) for mark in marks]


def open_sweep(path: str | epath.PathLike) -> xarray.Dataset:
    """A sweep as it stands, finished or not: what is missing is NaN, or "".

    path: of the sweep's grid-....json, or of the folder around it where there is one only. Variables are read when they
    are asked for. Raises ValueError where there is no sweep, or several, and CorruptRecord for a damaged record.
    """
    given = epath.Path(path)
    grids = [given] if given.name.endswith(".json") else sorted(given.glob("grid-*.json"))
    if len(grids) != 1 or not grids[0].exists():
        there = ", ".join(found.name for found in grids if found.exists())
        raise ValueError(
            f"path={str(given)!r} holds {'several sweeps: ' + there if there else 'no sweep'}; allowed: the "
            "grid-....json that `corollary sweep` names at its end"
        )
    [file] = grids
    about = Store(file.parent).read_json(file.name)
    if not isinstance(about, dict) or not {"axes", "zipped", "replicates"} <= set(about):
        raise CorruptRecord(f"record {str(file)!r} is no description of a sweep")
    axes = {
        name: [np.asarray(value) if isinstance(value, list) else value for value in values]
        for name, values in about.pop("axes").items()
    }
    grid, replicates = Grid(axes, about.pop("zipped")), about.pop("replicates")
    marks = grid.marks(replicates)
    folder = PurePosixPath(str(file.parent))
    return dataset(Parts(Store(str(folder.parent)), folder.name), marks, grid, replicates, {**about, "path": str(file)})


def dataset(
    rows: Any, marks: np.ndarray, grid: Grid, replicates: Sequence[int], about: dict[str, Any]
) -> xarray.Dataset:
    """rows: Parts or Memory. marks: [points, replicates]."""
    import xarray
    from xarray.core.indexing import LazilyIndexedArray

    dims, coords = _dimensions(grid)
    shape = grid.shape
    if about.get("kind") == "training" or len(replicates) > 1:
        dims, shape = [*dims, SEED], (*shape, len(replicates))
        coords[SEED] = list(replicates)
    variables = {}
    for name in rows.columns():
        first = _first(rows, name, marks)
        if first is None:
            continue
        inner = () if np.ndim(first) == 0 else _inner(rows, name, marks)
        kind = np.dtype(object) if isinstance(first, str) else np.dtype(float)
        lazy = LazilyIndexedArray(_column()(rows, name, marks, shape, inner, kind))
        variables[name] = xarray.Variable([*dims, *(f"{name}_{axis}" for axis in range(len(inner)))], lazy)
    variables = {name: one for name, one in variables.items() if name not in coords}
    return xarray.Dataset(variables, coords=coords, attrs=about)


def _dimensions(grid: Grid) -> tuple[list[str], dict[str, Any]]:
    """Names of the dimensions, and the coordinates; of an axis of arrays, their numbers."""
    flat = {
        name: list(values) if np.ndim(values[0]) == 0 else list(range(len(values)))
        for name, values in grid.axes.items()
    }
    if grid.zipped:
        return [POINT], {name: (POINT, values) for name, values in flat.items()}
    return list(flat), {name: plain(values) for name, values in flat.items()}


def _first(rows: Any, name: str, marks: np.ndarray) -> Any:
    """A value that there is; the whole column is searched only where the first few are missing."""
    flat = marks.ravel()
    for some in (flat[:64], flat):
        found = next((value for value in rows.read(name, some) if value is not None), None)
        if found is not None:
            return found
    return None


def _inner(rows: Any, name: str, marks: np.ndarray) -> tuple[int, ...]:
    """The largest shape of a column's arrays; smaller ones are filled up with NaN."""
    shapes = [np.shape(value) for value in rows.read(name, marks.ravel()) if value is not None]
    rank = max(map(len, shapes))
    return tuple(max(shape[axis] for shape in shapes if len(shape) > axis) for axis in range(rank))


def _column() -> Any:
    """The class of a lazily read column; xarray is imported only when a dataset is made."""
    from xarray.backends import BackendArray
    from xarray.core import indexing

    class Column(BackendArray):
        def __init__(
            self, rows: Any, name: str, marks: np.ndarray, shape: tuple[int, ...], inner: tuple[int, ...], dtype: Any
        ):
            self.rows, self.name, self.marks, self.inner = rows, name, marks.reshape(shape), inner
            self.shape, self.dtype = (*shape, *inner), dtype

        def __getitem__(self, key: Any) -> Any:
            return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.OUTER, self._read)

        def _read(self, key: tuple[Any, ...]) -> np.ndarray:
            outer, rest = key[: self.marks.ndim], key[self.marks.ndim :]
            marks = np.asarray(_outer(self.marks, outer))
            found = self.rows.read(self.name, marks.ravel())
            if self.dtype == object:
                values = np.array(["" if value is None else value for value in found], dtype=object)
            elif not self.inner:
                values = np.array([np.nan if value is None else value for value in found], dtype=float)
            else:
                values = np.full((len(found), *self.inner), np.nan)
                for place, value in enumerate(found):
                    if value is not None:
                        where: Any = (place, *(slice(0, length) for length in np.shape(value)))
                        values[where] = value
            values = values.reshape((*marks.shape, *self.inner))
            return _outer(values, (*(slice(None) for _ in range(marks.ndim)), *rest)) if rest else values

    return Column


def _outer(array: np.ndarray, key: Sequence[Any]) -> np.ndarray:
    """Orthogonal indexing: every index along its own dimension."""
    whole = [*key, *itertools.repeat(slice(None), array.ndim - len(key))]
    gone = 0
    for axis, index in enumerate(whole):
        array = array[(*(slice(None) for _ in range(axis - gone)), index)]
        gone += np.ndim(index) == 0 and not isinstance(index, slice)
    return array
