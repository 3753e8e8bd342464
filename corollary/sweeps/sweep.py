"""`sweep`: a quantity, a claim, a training run or a measure over a grid, its rows kept as they come, none made
twice."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from corollary.point import Point
from corollary.storage.parts import MARK, Parts
from corollary.storage.store import CorruptRecord, Store, digest, plain
from corollary.sweeps.computing import Described, Here
from corollary.sweeps.dataset import Memory, dataset, open_sweep
from corollary.sweeps.grid import Grid, grid_of
from corollary.sweeps.interrupts import Interrupts
from corollary.sweeps.work import Item, Order, Row
from corollary.trials.claim import DEFAULT_ALPHA

if TYPE_CHECKING:
    import xarray

ENGINES = ("local", "ray")
FLUSH_SECONDS = 1.0
"""Rows wait at most so long for others before they are written."""

Watch = Callable[[int, int, Point, Mapping[str, Any]], None]


class Interrupted(KeyboardInterrupt):
    """Ctrl-C: what was in flight is finished and kept. done, total: points."""

    def __init__(self, done: int, total: int):
        super().__init__()
        self.done, self.total = done, total


def sweep(
    target: Any,
    axes: Mapping[str, Any],
    depth: str = "standard",
    alpha: float = DEFAULT_ALPHA,
    seed: int = 0,
    out: str | None = "results",
    engine: str = "local",
    watch: Watch = lambda done, total, point, row: None,
    *,
    zipped: bool = False,
    replicates: int = 0,
    precision: float = 0.0,
    budget: int = 0,
    address: str = "",
    resources: Mapping[str, float] | None = None,
    hosts: str = "",
    float32: bool | None = None,
) -> xarray.Dataset:
    """Computes a target at every combination of the axes' values.

    target: "paper/quantity", "paper/claim", "paper/run", "file.py/claim", "file.py/name" of a measure or a run; or
    such a claim, run or measure itself. axes: name -> values, or the text of an axis ("64,256", "0.1:10:log:32",
    "64:4096:x2"); inputs of a claim that are not swept are those of its first point. depth, alpha: as in `verify`,
    for a claim; alpha is each point's own. seed: of every random number, and the first of a training's. out: folder
    or bucket in which finished rows are found again; None keeps nothing. engine: "local", or "ray" for a cluster at
    `address`, each task with `resources` (name -> how many). watch: (points done, of, point, its first row) after
    each point. zipped: the n-th values of all axes make the n-th point. replicates: seeds of a training; the least
    samples of a measure. precision: a point of a measure or a Mean is done when its relative standard error is that
    small, or at `budget` samples.

    float32: of a measure or a Mean, as in `verify`; the standard error then includes the float32 bound.
    hosts: several hosts run this at once, as `corollary.sweeps.hosts.Hosts` takes it; the first one writes.

    Returns a Dataset with a dimension for each axis ("point" when zipped), "seed" for a training, and `value` of a
    quantity; predicted, measured, low, high, samples, verdict, ... of a claim; the measurements of a training;
    estimate, standard error and samples of a measure. attrs["failed"] says of which points there are none, and why.
    Raises ValueError on an unknown target, axis, engine or value, and Interrupted on Ctrl-C.
    """
    if engine not in ENGINES:
        raise ValueError(f"engine={engine!r}; allowed: {', '.join(ENGINES)}")
    for name, number in {"replicates": replicates, "precision": precision, "budget": budget}.items():
        if not (np.isfinite(number) and number >= 0):
            raise ValueError(f"{name}={number!r} is not allowed; allowed: a number above 0")
    grid = grid_of(axes, zipped)
    order = Order(target, depth, alpha, seed, replicates, precision, budget, float32)
    store = Store(out) if out is not None else None
    if store is not None:
        store.check_writable()
    if engine == "ray":
        from corollary.sweeps.cluster import Cluster

        with Cluster(address, dict(resources or {})) as cluster:
            return _swept(grid, order, store, watch, cluster)
    if hosts:
        from corollary.sweeps.hosts import Hosts

        return _swept(grid, order, store, watch, Hosts(hosts))
    return _swept(grid, order, store, watch, Here())


def _swept(grid: Grid, order: Order, store: Store | None, watch: Watch, engine: Any) -> xarray.Dataset:
    described: Described = engine.describe(order, corners(grid))
    kept = store
    if not engine.first:
        store = None
    marks = grid.marks(described.replicates)
    about = {
        "target": described.name,
        "kind": described.kind,
        "replicates": list(described.replicates),
        "settings": described.settings,
        **described.about,
    }
    rows: Any = Memory()
    if store is not None:
        rows = Parts(store, described.folder)
        rows.set_damaged_aside()
        from corollary.sweeps.older import take_in

        take_in(store, rows, order, described, grid, marks)
        path = _remember(store, described.folder, grid, about)
    missing = engine.agreed(~np.isin(marks, rows.marks()))
    wanted = np.flatnonzero(missing.any(axis=1))
    items: list[Item] = [
        (grid.point(int(n)), tuple(np.array(described.replicates)[missing[n]].tolist())) for n in wanted
    ]
    failed: list[tuple[Point, str]] = []
    done, total = grid.size - len(items), grid.size
    with Interrupts() as interrupts, _Writer(rows) as writer:
        wanted_marks = [marks[number][missing[number]].tolist() for number in wanted]
        for number, found in engine.compute(order, items, wanted_marks, described, kept, lambda: interrupts.asked):
            point, _ = items[number]
            done += 1
            if isinstance(found, str):
                failed.append((point, found))
                watch(done, total, point, {"failed": found})
                continue
            if not engine.wrote:
                for mark, row in zip(wanted_marks[number], found, strict=True):
                    writer.add({MARK: mark, **row})
            watch(done, total, point, found[0])
    if interrupts.asked and done < total:
        raise Interrupted(done, total)
    found = dataset(rows, marks, grid, described.replicates, about) if store is None else open_sweep(path)
    found.attrs["failed"] = [(plain(point), why) for point, why in failed]
    return found


def corners(grid: Grid) -> list[Point]:
    """The first point, and for every value of every axis the first point with it: what can be checked beforehand."""
    if grid.zipped:
        return [grid.point(number) for number in range(min(grid.size, 1000))]
    first = grid.point(0)
    return [first, *({**first, name: value} for name, values in grid.axes.items() for value in values[1:1000])]


def _remember(store: Store, folder: str, grid: Grid, about: dict[str, Any]) -> str:
    """Writes which grid was asked for, from which the sweep is opened again: its path."""
    axes = {name: [plain(value) for value in values] for name, values in grid.axes.items()}
    about = {**about, "axes": axes, "zipped": grid.zipped}
    name = f"{folder}/grid-{digest(json.dumps(about, sort_keys=True))}.json"
    with suppress(CorruptRecord):
        if store.read_json(name) is not None:
            return str(store.path / name)
    return str(store.write_json(name, about))


class _Writer:
    """Rows on their way to the store, a second's worth at a time."""

    def __init__(self, rows: Any):
        self._rows = rows
        self._waiting: list[Row] = []
        self._since = time.monotonic()

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *exception: Any) -> None:
        self._flush()

    def add(self, row: Row) -> None:
        self._waiting.append(row)
        if time.monotonic() - self._since >= FLUSH_SECONDS:
            self._flush()

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._rows.append(waiting)
        self._since = time.monotonic()
