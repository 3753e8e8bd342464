"""`sweep`: a quantity or a claim over a grid of points, each point stored as it is finished, nothing computed twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from corollary.paper import find_paper, split_target
from corollary.point import Point
from corollary.runtime import environment, prepare
from corollary.storage.address import code_address, versions
from corollary.storage.store import Store, digest, plain
from corollary.sweeps.values import parse_axis
from corollary.trials.claim import DEFAULT_ALPHA

if TYPE_CHECKING:
    import xarray

ENGINES = ("local", "ray")


@dataclass(frozen=True)
class Task:
    """One point of a sweep, in words that travel to another machine."""

    target: str
    point: Point
    depth: str
    alpha: float
    seed: int


def sweep(
    target: str,
    axes: Mapping[str, Any],
    depth: str = "standard",
    alpha: float = DEFAULT_ALPHA,
    seed: int = 0,
    out: str | None = "results",
    engine: str = "local",
    watch: Callable[[int, int, Point, dict[str, Any]], None] = lambda done, total, point, record: None,
) -> xarray.Dataset:
    """Evaluates a quantity, or puts a Mean claim on trial, at every combination of the axes' values.

    target: "paper/quantity", "paper/claim" or "file.py/claim". axes: name -> values, or the text of an axis ("64,256",
    "0.1:10:log:32"); a claim's remaining inputs are those of its first point. depth, alpha, seed: as in `verify`; alpha
    is each point's own. out: results folder or bucket, in which finished points are found again; None keeps
    nothing. engine: "local", or "ray" for a cluster. watch: (done, total, point, record) after each point.

    Returns a Dataset with one dimension a swept name: `value`, or predicted, measured, low, high, samples and verdict.
    Raises ValueError on an unknown target, axis, engine, or a quantity's bad value.
    """
    if engine not in ENGINES:
        raise ValueError(f"engine={engine!r}; allowed: {', '.join(ENGINES)}")
    parsed = {
        name: parse_axis(name, values) if isinstance(values, str) else list(np.atleast_1d(values))
        for name, values in axes.items()
    }
    if not parsed or any(not values for values in parsed.values()):
        raise ValueError("a sweep needs at least one axis with at least one value, such as tau=0.1:10:log:32")
    points = [
        dict(zip(parsed, (plain(v) if np.ndim(v) == 0 else v for v in values), strict=True))
        for values in product(*parsed.values())
    ]
    tasks = [Task(target, point, depth, alpha, seed) for point in points]
    check(tasks[0])
    store = Store(out) if out is not None else None
    if store is not None:
        store.check_writable()
    records = _run(tasks, store, engine, watch)
    return _dataset(target, parsed, records)


def _run(tasks: Sequence[Task], store: Store | None, engine: str, watch: Callable[..., None]) -> list[dict[str, Any]]:
    code = [code_address(_resolve(tasks[0].target)[1]), versions()]
    names = [
        f"sweeps/{digest(task.target, code, task.point, task.depth, task.alpha, task.seed)}.json" for task in tasks
    ]
    records: list[dict[str, Any] | None] = [store.read_json(name) if store else None for name in names]
    missing = [index for index, record in enumerate(records) if record is None]
    done = len(tasks) - len(missing)
    each = _on_ray if engine == "ray" else _here
    for index, record in each([(index, tasks[index]) for index in missing], store):
        records[index] = record
        done += 1
        if store is not None:
            store.write_json(names[index], record)
        watch(done, len(tasks), tasks[index].point, record)
    return [record for record in records if record is not None]


def _here(tasks: Sequence[tuple[int, Task]], store: Store | None) -> Any:
    return ((index, compute(task, store)) for index, task in tasks)


def _on_ray(tasks: Sequence[tuple[int, Task]], store: Store | None) -> Any:
    """Points as tasks of a Ray cluster, handed back as they finish. Moments stay with the worker."""
    try:
        import ray
    except ImportError:
        raise ValueError("engine='ray' needs the extra: pip install 'corollary[ray]'") from None
    if not ray.is_initialized():
        ray.init(log_to_driver=False)
    remote = ray.remote(compute)
    waiting = {remote.remote(task, None): index for index, task in tasks}
    while waiting:
        [finished], _ = ray.wait(list(waiting), num_returns=1)
        yield waiting.pop(finished), ray.get(finished)


def check(task: Task) -> None:
    """Fails on the first point, before anything is stored, when the target or an axis is unknown."""
    kind, found = _resolve(task.target)
    if kind == "quantity":
        found.check(task.point)
        return
    from corollary.trials.mean import Mean

    if not isinstance(found, Mean):
        raise ValueError(
            f"{task.target} is a claim of kind {found.kind}; allowed in a sweep: quantities and claims of kind Mean"
        )
    first = found.points(task.depth)[0]
    unknown = [name for name in task.point if name not in first]
    if unknown:
        raise ValueError(f"{task.target} has no input {unknown[0]!r}; allowed: {', '.join(first)}")


def compute(task: Task, store: Store | None = None) -> dict[str, Any]:
    """One point's record."""
    started = time.perf_counter()
    kind, found = _resolve(task.target)
    record = {"value": found(**task.point)} if kind == "quantity" else _measured(found, task, store)
    return {
        "target": task.target,
        "inputs": plain(task.point),
        **plain(record),
        "seed": task.seed,
        "depth": task.depth,
        "alpha": task.alpha,
        "seconds": round(time.perf_counter() - started, 3),
        **environment(),
    }


def _measured(claim: Any, task: Task, store: Store | None) -> dict[str, Any]:
    from dataclasses import replace

    from corollary.trials.claim import Trial

    prepare(None if store is None else str(store.path / "compiled"))
    point = {**claim.points(task.depth)[0], **task.point}
    outcome = replace(claim, at=[point], mutants=False).decide(Trial(task.seed, task.depth, task.alpha, store))
    [found] = outcome.points
    low, high = found.interval
    rejected = sum(verdict == "refuted" for verdict in outcome.wrong.values())
    return {
        "predicted": found.predicted,
        "measured": found.measured,
        "low": low,
        "high": high,
        "samples": found.samples,
        "resolution": found.resolution,
        "verdict": str(found.verdict),
        "rejected": rejected,
    }


def _resolve(target: str) -> tuple[str, Any]:
    place, name = split_target(target)
    paper = find_paper(place)
    if name in paper.quantities:
        return "quantity", paper.quantity(name)
    if name in paper.claims:
        return "claim", paper.claims[name].build()
    from corollary.paper import known

    raise ValueError(known(name, [*paper.quantities, *paper.claims], f"quantity or claim of {paper.slug}"))


def _dataset(target: str, axes: Mapping[str, list[Any]], records: Sequence[dict[str, Any]]) -> xarray.Dataset:
    import xarray

    scalar_axes = {
        name: values if np.ndim(values[0]) == 0 else list(range(len(values))) for name, values in axes.items()
    }
    shape = tuple(len(values) for values in axes.values())
    columns = [
        name
        for name in ("value", "predicted", "measured", "low", "high", "samples", "resolution", "verdict", "rejected")
        if name in records[0]
    ]
    variables = {}
    for name in columns:
        values = np.array([np.asarray(record[name]) for record in records])
        inner = [f"{name}_{axis}" for axis in range(values.ndim - 1)]
        variables[name] = ([*axes, *inner], values.reshape(shape + values.shape[1:]))
    return xarray.Dataset(variables, coords=scalar_axes, attrs={"target": target})
