"""What a sweep will take, from a short probe whose results are thrown away."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from corollary.storage.parts import Parts
from corollary.storage.store import Store
from corollary.sweeps.computing import compute, describe
from corollary.sweeps.grid import Grid, grid_of
from corollary.sweeps.targets import work_of
from corollary.sweeps.work import Item, Order

PROBE_SECONDS = 20.0
"""After which a training in the probe is stopped."""


@dataclass(frozen=True)
class Estimate:
    """points, missing: how many. replicates: of a point. seconds: what the missing ones would take on this machine at
    the price of the cheaper and of the dearer end of the grid. first: seconds that a new shape takes once. memory: the
    most that this process held, bytes."""

    points: int
    missing: int
    replicates: int
    seconds: tuple[float, float]
    first: float
    memory: int


def dry_run(
    target: Any,
    axes: Mapping[str, Any],
    depth: str = "standard",
    alpha: float = 1e-3,
    seed: int = 0,
    out: str | None = "results",
    *,
    zipped: bool = False,
    replicates: int = 0,
    precision: float = 0.0,
    budget: int = 0,
    float32: bool | None = None,
    **elsewhere: Any,
) -> Estimate:
    """Tries the two ends of the grid. Arguments as of `sweep`; `elsewhere` says where it would run, which the probe
    does not. Raises what `sweep` does."""
    grid = grid_of(axes, zipped)
    order = Order(target, depth, alpha, seed, replicates, precision, budget, float32)
    described = describe(order, [grid.point(0)])
    marks = grid.marks(described.replicates)
    missing = np.ones(marks.shape, bool)
    if out is not None:
        missing = ~np.isin(marks, Parts(Store(out), described.folder).marks())
    counts = grid.size, int(missing.any(axis=1).sum()), len(described.replicates)
    if not counts[1]:
        return Estimate(*counts, (0.0, 0.0), 0.0, 0)
    probed = [_seconds(order, (point, described.replicates), described) for point in _ends(grid)]
    each = [one / len(described.replicates) * int(missing.sum()) for _, one in probed]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Estimate(*counts, (min(each), max(each)), max(first for first, _ in probed), peak)


def _ends(grid: Grid) -> list[dict[str, Any]]:
    """The first point and the last: where axes are ordered by size, the cheapest and the dearest."""
    return [grid.point(number) for number in dict.fromkeys((0, grid.size - 1))]


def _seconds(order: Order, item: Item, described: Any) -> tuple[float, float]:
    """(what only the first time takes, what every time takes)."""
    if described.kind == "training":
        return _of_training(work_of(order).found, item)
    started = time.perf_counter()
    list(compute(order, [item], described, None))
    first = time.perf_counter() - started
    started = time.perf_counter()
    list(compute(order, [item] * (8 if described.kind == "quantity" else 1), described, None))
    again = (time.perf_counter() - started) / (8 if described.kind == "quantity" else 1)
    return max(first - again, 0.0), again


class _Enough(Exception):
    pass


def _of_training(run: Any, item: Item) -> tuple[float, float]:
    """From how fast the first steps go, and one evaluation, with its compilation."""
    from corollary.training.run import Progress, train

    started = time.perf_counter()
    seen: list[tuple[int, int, float]] = []

    def look(progress: Progress) -> None:
        seen.append((progress.step, progress.steps, time.perf_counter()))
        if len(seen) > 2 and time.perf_counter() - started > PROBE_SECONDS:
            raise _Enough

    point, seeds = item
    evaluating = -1.0
    with suppress(_Enough):
        train(run, point, seeds, None, look)
        evaluating = time.perf_counter() - seen[-1][2]
    if evaluating < 0:
        evaluating = _seconds_to_evaluate(run, point, seeds)
    done = [one for one in seen if one[0] > 0]
    (first_step, steps, first), (last_step, _, last) = done[0], done[-1]
    if last_step == first_step:
        return 0.0, (last - started) / last_step * steps + evaluating
    return first - started, (last - first) / (last_step - first_step) * steps + evaluating


def _seconds_to_evaluate(run: Any, point: Mapping[str, Any], seeds: tuple[int, ...]) -> float:
    """Of fresh states."""
    import jax

    from corollary.training.program import mesh_for, program_of
    from corollary.training.run import keys_of
    from corollary.training.settings import configure

    config = configure(run.name, run.settings, point)
    program = program_of(run, tuple(config.items()), mesh_for(len(seeds)))
    init_keys, step_keys, test_keys = keys_of(seeds)
    state = program.begin(init_keys, step_keys)["state"]
    started = time.perf_counter()
    jax.block_until_ready(program.evaluate(state, test_keys))
    return time.perf_counter() - started
