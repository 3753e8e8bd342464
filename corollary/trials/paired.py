"""The paired precision check: the first chunks of a measure computed in float32 and in float64 from the same keys, so
that their differences, sample by sample, bound what float32 adds to the mean.

It can pair only what draws the same numbers in both, as `sims.numerics` does; JAX's own generators draw others in
float64. Samples that do not go together, and differences that no interval is to be believed of, leave a measure
unchecked, and what is unchecked is computed in float64.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec

from corollary.measure import Measure, canonical, float64_reason, measure_name, split
from corollary.point import Point
from corollary.storage.address import versions
from corollary.storage.store import Store, digest
from corollary.trials import belief
from corollary.trials.confidence import FIRST_LOOK, mean_radius, proportion_interval
from corollary.trials.float32 import mean_error
from corollary.trials.moments import Moments
from corollary.trials.monte_carlo import (
    Outline,
    compiled_for,
    device_mesh,
    dispatch,
    moments_of,
    on_host,
    outline_of,
    stream_key,
)
from corollary.trials.profile import section

CHUNKS, SAMPLES = 8, 2**15
"""The check takes so many chunks, or fewer that hold so many samples; never fewer than the first look at a mean."""

COUNTED = 4
"""With a support, so many times as many: what was seen never is bounded by one in so many samples."""

PAIRED = 0.1
"""The size of the differences, in standard deviations, from which on samples are not the same ones rounded."""

ROUNDED = 1e-6
"""Differences up to this share of a bounded sample's support are roundings; larger ones, such as a comparison that
comes out otherwise, are counted."""


def _nothing() -> np.ndarray:
    return np.zeros(0)


@dataclass(frozen=True)
class Check:
    """bound: on what float32 adds to the mean of each component, float64 [components]. why: a measure is computed in
    float64 instead; "" where it is bounded. mean: of the samples in float64, [components]."""

    bound: np.ndarray = field(default_factory=_nothing)
    why: str = ""
    mean: np.ndarray = field(default_factory=_nothing)


def check(
    measure: Measure,
    point: Point,
    seed: int,
    alpha: float,
    support: tuple[float, float] | None = None,
    store: Store | None = None,
) -> Check:
    """alpha: the probability that the bound is wrong at any component. support: of every sample, where known: rare
    differences are then bounded by their number.

    Raises BadSamples as a `Trajectory` does."""
    if reason := float64_reason(measure):
        return Check(why=reason)
    fixed, data = split(point, measure)
    outlines = _outlines(measure, fixed, data)
    if isinstance(outlines, str):
        return Check(why=outlines)
    chunks = _chunks(outlines[0].rows, 1 if support is None else COUNTED)
    at = digest(
        measure_name(measure), [outline.address for outline in outlines], canonical(point, measure), seed, alpha,
        support, chunks, PAIRED, ROUNDED, jax.default_backend(), versions(),
    )  # fmt: skip
    kept = None if store is None else store.read_json(f"float32/{at}.json")
    if kept is not None:
        return Check(np.array(kept["bound"], float), kept["why"], np.array(kept["mean"], float))
    key = stream_key(seed, measure, point)
    narrow, wide = (_computed(outline, drawn, key, data, chunks).astype(np.float64) for outline in outlines)
    parts = _computed(outlines[0], moments_of, key, data, chunks)
    found = judged(narrow, wide, outlines[0].in_float64(parts)[0], alpha, support)
    if store is not None:
        store.write_json(f"float32/{at}.json", vars(found))
    return found


def judged(
    narrow: np.ndarray, wide: np.ndarray, means: np.ndarray, alpha: float, support: tuple[float, float] | None = None
) -> Check:
    """The check of samples that were computed in float32 and in float64, each [chunks, rows, components]. means: of the
    chunks as a trial computes them in float32, [chunks, components]; compiled with its samples in sight or without, a
    program may round otherwise."""
    rows, components = wide.shape[1:]
    if np.isfinite(wide).all() and not np.isfinite(narrow).all():
        return Check(why="it overflows in float32")
    with np.errstate(invalid="ignore"):
        difference = narrow - wide
        deviation = wide.std((0, 1))
        size = np.sqrt((difference**2).mean((0, 1)))
        # A constant has no deviation, and is rounded all the same.
        apart = size > PAIRED * deviation + 1e-6 * np.abs(wide.mean((0, 1)))
    if apart.any():
        return Check(why="its samples in float32 and in float64 do not go together: other draws, or lost digits")
    moments = Moments.none(components)
    for chunk in difference:
        moments = moments.merge(Moments.of(chunk))
    share = alpha / components
    radius = mean_radius(moments.count, share, moments.count) * np.sqrt(belief.variance(np.eye(components), moments))
    bound = np.abs(moments.mean) + radius
    for component in range(components):
        doubt = belief.doubt(np.eye(components)[component : component + 1], moments)
        if not doubt:
            continue
        apart_by = np.abs(difference[..., component])
        if support is not None:
            bound[component] = _counted(apart_by, share, support)
        elif not apart_by.any():
            return Check(why=f"of what float32 changes {doubt}, and no support bounds what was not seen")
        else:
            bound[component] = _relative(apart_by, np.abs(wide[..., component]), deviation[component])
    bound = bound + np.abs(means - narrow.mean(1)).max(0) + mean_error(rows, deviation)
    return Check(bound, mean=wide.mean((0, 1)))


def _counted(apart_by: np.ndarray, alpha: float, support: tuple[float, float]) -> float:
    """The bound from how many samples came out otherwise, exact however rare they are."""
    width = support[1] - support[0]
    changed = int(np.count_nonzero(apart_by > ROUNDED * width))
    return width * (ROUNDED + proportion_interval(changed, apart_by.size - changed, alpha)[1])


def _relative(apart_by: np.ndarray, size: np.ndarray, deviation: float) -> float:
    """The bound where a few samples carry the differences, as those of a heavy tail do: the largest relative
    difference, as if every sample had it."""
    return float(np.max(apart_by / (size + deviation)) * (size.mean() + deviation))


def _chunks(rows: int, times: int) -> int:
    return max(min(times * CHUNKS, math.ceil(times * SAMPLES / rows)), math.ceil(FIRST_LOOK / rows), 2)


def _outlines(measure: Measure, fixed: dict[str, Any], data: dict[str, np.ndarray]) -> tuple[Outline, Outline] | str:
    """In float32 and in float64; or why there is none in float32."""
    static = tuple(sorted(fixed.items()))
    shapes = tuple((name, value.shape) for name, value in sorted(data.items()))
    with section("tracing"):
        wide = outline_of(measure, static, shapes, False)
        try:
            return outline_of(measure, static, shapes, True), wide
        except (OverflowError, TypeError, ValueError) as error:  # such as integers beyond 32 bits
            return f"it cannot be traced in float32 ({str(error).partition(chr(10))[0][:120]})"


def _computed(
    outline: Outline,
    of: Callable[[Outline], Callable[..., Any]],
    key: jax.Array,
    data: dict[str, np.ndarray],
    chunks: int,
) -> Any:
    """What `of(outline)` gives of the first chunks, on this host, in dispatches as long as a trial's."""
    mesh = device_mesh()
    width = mesh.size * dispatch().chunks
    inputs = {name: value.astype(outline.dtype) for name, value in data.items()}
    key, inputs = jax.device_put((key, inputs), NamedSharding(mesh, PartitionSpec()))
    found = []
    for first in range(0, chunks, width):
        numbers = np.arange(first, first + width, dtype=np.uint32)
        with section("compiling"):
            program = compiled_for(outline, mesh, of, key, numbers, inputs)
        with section("sampling"):
            found.append(jax.tree.map(on_host, program(key, numbers, inputs)))
    return jax.tree.map(lambda *parts: np.concatenate(parts)[:chunks], *found)


def drawn(outline: Outline) -> Callable[..., Any]:
    """(key, chunk, data) -> the chunk's samples."""

    def chunk(key: jax.Array, number: jax.Array, traced: dict[str, Any]) -> jax.Array:
        return outline.run(jax.random.fold_in(key, number), traced)

    return chunk
