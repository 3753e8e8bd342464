"""Moments of a measure at many points: points of equal shapes share one program, and one dispatch.

Every chunk of a point is drawn from the very keys that a trial draws it from. How many points are mapped side by side
depends on the measure alone, so that neither the number of devices nor which points are still missing changes a bit.
"""

from __future__ import annotations

import math
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec

from corollary.measure import Measure, joined, measure_name, split
from corollary.point import Point
from corollary.trials.monte_carlo import BadSamples, Outline, device_mesh, on_host, outline_of, stream_number

MOST_SIDE_BY_SIDE = 64
ELEMENTS_SIDE_BY_SIDE = 2**18
"""Of all arrays that a chunk computes: so many stay in a core's cache, points side by side."""

POINTS_A_DISPATCH = 256
"""At most, a device."""

CHUNKS_A_DISPATCH = 8
MOST_PROGRAMS = 16


@dataclass(frozen=True)
class Stop:
    """When a point is done. samples: at least so many. precision: the relative standard error at which it is, of every
    component, or 0. budget: at most so many samples once the precision is asked for."""

    samples: int
    precision: float = 0.0
    budget: int = 10_000_000


@dataclass(frozen=True)
class Sampled:
    """Points that are done. numbers: which, int [points]. count: samples of each. mean: float64 [points, components].
    covariance: unbiased, float64 [points, components, components]. names: of the components, or (). bound: on what
    float32 adds to each mean, float64 [points, components], and precision: of each point, in words; None and () unless
    float32 was asked for."""

    numbers: np.ndarray
    count: int
    mean: np.ndarray
    covariance: np.ndarray
    names: tuple[str, ...]
    bound: np.ndarray | None = None
    precision: tuple[str, ...] = ()


def estimates(
    measure: Measure,
    points: Sequence[Point],
    seed: int,
    stop: Stop,
    error: Callable[[Sampled], np.ndarray],
    float32: bool = False,
) -> Iterator[Sampled]:
    """The points, those together that are done together. error: -> the largest relative standard error of each point,
    float [points]. float32: what the measure is computed in. Raises BadSamples as a trial does."""
    groups: dict[Any, list[int]] = defaultdict(list)
    parts, named = [split(point, measure) for point in points], measure_name(measure)
    for number, (fixed, data) in enumerate(parts):
        groups[tuple(sorted(fixed.items())), tuple((n, v.shape) for n, v in sorted(data.items()))].append(number)
    for (fixed, shapes), numbers in groups.items():
        outline = outline_of(measure, fixed, shapes, float32)
        width = _side_by_side(outline, dict(shapes))
        most = device_mesh().size * max(width, POINTS_A_DISPATCH)
        for first in range(0, len(numbers), most):
            block = numbers[first : first + most]
            streams = [stream_number(named, joined(points[number], *parts[number])) for number in block]
            data = {name: np.stack([parts[number][1][name] for number in block]) for name, _ in shapes}
            data = {name: values.astype(outline.dtype) for name, values in data.items()}
            yield from _sampled(measure, outline, width, np.array(block), _keys(seed, streams), data, stop, error)


def _sampled(
    measure: Measure,
    outline: Outline,
    width: int,
    block: np.ndarray,
    words: np.ndarray,
    data: dict[str, np.ndarray],
    stop: Stop,
    error: Callable[[Sampled], np.ndarray],
) -> Iterator[Sampled]:
    """The points of a block until each is done; those that are make room."""
    mean = np.zeros((len(block), outline.components))
    scatter = np.zeros((len(block), outline.components, outline.components))
    left = np.arange(len(block))
    done, wanted = 0, max(math.ceil(stop.samples / outline.rows), 1)
    most = max(math.ceil(stop.budget / outline.rows), wanted) if stop.precision else wanted
    while len(left):
        while done < wanted:
            chunks = np.arange(done, min(wanted, done + CHUNKS_A_DISPATCH), dtype=np.uint32)
            means, scatters = _computed(outline, width, words[left], chunks, data, left)
            if not (np.isfinite(means).all() and np.isfinite(scatters).all()):
                allowed = f"allowed: samples below {outline.most} in size"
                raise BadSamples(
                    f"measures={measure_name(measure)} returned NaN, infinities or too large numbers; {allowed}"
                )
            for column in range(len(chunks)):
                count = outline.rows * (done + column)
                mean[left], scatter[left] = _merged(
                    count, mean[left], scatter[left], outline.rows, means[:, column], scatters[:, column]
                )
            done += len(chunks)
        count = outline.rows * done
        covariance = scatter[left] / max(count - 1, 1)
        now = Sampled(block[left], count, mean[left], covariance, outline.names)
        ended = np.ones(len(left), bool)
        if stop.precision and done < most:
            ended = error(now) <= stop.precision
        if ended.any():
            yield Sampled(block[left[ended]], count, mean[left[ended]], covariance[ended], outline.names)
        left = left[~ended]
        wanted = min(2 * done, most)


def _merged(
    count: int, mean: np.ndarray, scatter: np.ndarray, rows: int, chunk: np.ndarray, scattered: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """`Moments.merge` of all points at once, operation for operation."""
    total = count + rows
    delta = chunk - mean
    apart = delta[:, :, None] * delta[:, None, :] * (count * rows / total)
    return mean + delta * (rows / total), scatter + scattered + apart


def _keys(seed: int, streams: list[int]) -> np.ndarray:
    """The words of `stream_key` of every point, uint32 [points, words]."""
    padded = np.zeros(2 ** math.ceil(math.log2(len(streams))), np.uint32)
    padded[: len(streams)] = streams
    keys = _folded(jax.random.key(seed), padded)
    return np.asarray(jax.random.key_data(keys))[: len(streams)]


_folded = jax.jit(jax.vmap(jax.random.fold_in, in_axes=(None, 0)))


def _computed(
    outline: Outline, width: int, words: np.ndarray, chunks: np.ndarray, data: dict[str, np.ndarray], rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(means [points, chunks, components], scatters) of the points in `rows`."""
    mesh = device_mesh()
    padded = math.ceil(len(rows) / (width * mesh.size)) * width * mesh.size
    filled = np.append(rows, np.repeat(rows[-1:], padded - len(rows)))
    words = np.concatenate([words, np.repeat(words[-1:], padded - len(rows), axis=0)])
    spread, everywhere = NamedSharding(mesh, PartitionSpec("chunks")), NamedSharding(mesh, PartitionSpec())
    inputs = jax.device_put((words, {name: values[filled] for name, values in data.items()}), spread)
    given = (*inputs, jax.device_put(chunks, everywhere))
    with outline.tracing():
        found = _program(outline, width, given)(*given)
    means, scatters, *_ = outline.in_float64(tuple(on_host(part)[: len(rows)] for part in found))
    return means, scatters


_programs: OrderedDict[Any, Callable[..., Any]] = OrderedDict()


def _program(outline: Outline, width: int, given: Any) -> Callable[..., Any]:
    """(key words, {name: values}, chunk numbers) -> moments of every chunk of every point, each device its points."""
    mesh = device_mesh()
    shapes = tuple((leaf.shape, str(leaf.dtype)) for leaf in jax.tree.leaves(given))
    place = (outline.address, mesh, width, shapes)
    if place not in _programs:

        def on_device(words: jax.Array, data: dict[str, jax.Array], chunks: jax.Array) -> Any:
            def at(point: tuple[jax.Array, dict[str, jax.Array]]) -> Any:
                key = jax.random.wrap_key_data(point[0])
                kept = None if outline.float32 else 2  # what is left of the moments needs no largest squares
                return jax.lax.map(lambda chunk: outline.moments(key, chunk, point[1])[:kept], chunks)

            return jax.lax.map(at, (words, data), batch_size=width)

        spread, everywhere = PartitionSpec("chunks"), PartitionSpec()
        sharded = jax.shard_map(
            on_device, mesh=mesh, in_specs=(spread, spread, everywhere), out_specs=spread, check_vma=False
        )
        _programs[place] = jax.jit(sharded)
    _programs.move_to_end(place)
    if len(_programs) > MOST_PROGRAMS:
        _programs.popitem(last=False)
    return _programs[place]


def _side_by_side(outline: Outline, shapes: dict[str, tuple[int, ...]]) -> int:
    """A power of two."""
    inputs = {name: jax.ShapeDtypeStruct(shape, outline.dtype) for name, shape in shapes.items()}
    with outline.tracing():
        program = jax.make_jaxpr(outline.run)(jax.random.key(0), inputs)
    fitting = ELEMENTS_SIDE_BY_SIDE // max(_elements(program.jaxpr), 1)
    return 2 ** int(math.log2(min(max(fitting, 1), MOST_SIDE_BY_SIDE)))


def _elements(program: Any) -> int:
    """How many numbers a program computes; of a loop, all of its steps."""
    total = 0
    for equation in program.eqns:
        inner = [
            getattr(value, "jaxpr", value)
            for value in equation.params.values()
            if hasattr(getattr(value, "jaxpr", value), "eqns")
        ]
        steps = int(equation.params.get("length", 1)) if inner else 1
        total += steps * sum(map(_elements, inner))
        total += sum(math.prod(out.aval.shape) for out in equation.outvars if hasattr(out.aval, "shape"))
    return total
