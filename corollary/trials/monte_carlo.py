"""The Monte Carlo core: chunks of samples keyed by `fold_in`, sharded over devices, merged in chunk order.

A trajectory is a function of (seed, measure, point) alone. Chunk c draws from fold_in(key, c) and is computed by the
same program wherever it runs, its moments are merged one chunk after another in float64, and states are kept only at
a fixed schedule of looks. So neither the number of devices nor the number of chunks computed at a time, nor
an interruption, nor another claim that went further on the same samples, changes a bit of what a claim sees.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import jaxpr_as_fun
from jax.interpreters.partial_eval import dce_jaxpr
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from corollary.measure import Measure, canonical, is_traced, measure_name, split
from corollary.point import Point
from corollary.runtime import devices
from corollary.storage.address import program_address, versions
from corollary.storage.store import Store, digest
from corollary.trials import float32 as single
from corollary.trials.moments import KEPT, Moments
from corollary.trials.profile import section

FIRST_LOOK_CHUNKS = 8
LOOK_GROWTH = 1.25


@dataclass(frozen=True)
class Dispatch:
    """chunks: that a device computes in one dispatch. together: of those, in one kernel. Of a platform, not of a mesh,
    so that the compiled program is the same on every number of devices; and of no influence on what is drawn."""

    chunks: int
    together: int


ON_CORES = Dispatch(4, 1)
"""A chunk is made to fit a core's cache."""
ON_ACCELERATORS = Dispatch(64, 16)
"""Where a kernel of one chunk leaves most of the device idle, and a launch costs as much as the chunk. Not measured."""


def dispatch() -> Dispatch:
    """What fits the devices that are computed on."""
    return ON_CORES if devices()[0].platform == "cpu" else ON_ACCELERATORS


def looks() -> Iterator[int]:
    """The chunk counts at which a trajectory may be looked at: 8, 10, 13, 17, ... growing by a quarter."""
    chunks = FIRST_LOOK_CHUNKS
    while True:
        yield chunks
        chunks = int(np.ceil(chunks * LOOK_GROWTH))


def stream_key(seed: int, measure: Measure, point: Point) -> jax.Array:
    """The key of all chunks of a measure at a point: the same whichever claim asks, so that claims share samples."""
    return jax.random.fold_in(jax.random.key(seed), stream_number(measure_name(measure), canonical(point, measure)))


def stream_number(measure: str, point: Point) -> int:
    """What is folded into the seed's key. measure: its name. point: in canonical form."""
    name = f"{measure}@{digest(point)}"
    return zlib.crc32(name.encode()) & 0x7FFFFFFF


class BadSamples(ValueError):
    """What a measure returned cannot be the samples of a mean."""


class Trajectory:
    """The moments of a measure at a point, look after look.

    measure: (key, point) -> [samples], [samples, components] or {name: [samples]}, one chunk. point: its inputs.
    seed: of the run. store: where states are kept, or None. Nothing is compiled until a look goes beyond what is
    stored. names: of the components, sorted; () where the measure returns an array. float32: the measure is traced and
    computed in float32, on the same keys; moments are merged in float64 all the same.

    Raises BadSamples for a measure that does not use its key, for complex samples, for shapes other than these, and
    for samples that are NaN or infinite or whose squares overflow.
    """

    def __init__(self, measure: Measure, point: Point, seed: int, store: Store | None = None, *, float32: bool = False):
        self.measure, self.point, self.seed, self.store = measure, point, seed, store
        self.reused = 0
        static, self._traced = split(point, measure)
        shapes = tuple((name, value.shape) for name, value in sorted(self._traced.items()))
        with section("tracing"):
            self._outline = outline_of(measure, tuple(sorted(static.items())), shapes, float32)
        self._traced = {name: value.astype(self._outline.dtype) for name, value in self._traced.items()}
        self.rows, self.components, self.names = self._outline.rows, self._outline.components, self._outline.names
        self._states: dict[int, Moments] = {}
        self._pending: dict[int, Moments] = {}
        self._address: str | None = None
        if store is not None:
            where = [jax.default_backend()] if float32 else []  # devices round differently
            at = digest(
                measure_name(measure), self._outline.address, canonical(point, measure), seed, versions(), *where
            )
            self._address = f"moments/{at}.npz"
            self._states = self._load()
            self.reused = max(self._states, default=0)

    def at(self, chunks: int) -> Moments:
        """The moments of the first `chunks` chunks, which must be a scheduled look (`looks()`)."""
        if chunks in self._states:
            return self._states[chunks]
        done = max((look for look in self._states if look < chunks), default=0)
        moments = self._states[done] if done else Moments.none(self.components)
        for chunk in range(done, chunks):
            moments = moments.merge(self._one(chunk))
        self._states[chunks] = moments
        if self.store is not None:
            self._save()
        return moments

    def _one(self, chunk: int) -> Moments:
        """The moments of one chunk; computes a whole dispatch from it on, and keeps what is not asked for yet."""
        if chunk not in self._pending:
            mesh = device_mesh()
            width = mesh.size * dispatch().chunks
            first = chunk - chunk % dispatch().chunks
            chunks = np.arange(first, first + width, dtype=np.uint32)
            key, inputs = self._inputs
            compiled = self._program(mesh, key, chunks, inputs)
            with section("sampling"):
                parts = self._outline.in_float64(tuple(on_host(part) for part in compiled(key, chunks, inputs)))
            for offset, (mean, scatter, largest) in enumerate(zip(*parts, strict=True)):
                self._check(mean, scatter, largest, first + offset)
                self._pending[first + offset] = Moments(self.rows, mean, scatter, largest=largest)
        return self._pending.pop(chunk)

    def _program(self, mesh: Mesh, *inputs: Any) -> Callable[..., Any]:
        with section("compiling"):
            return compiled_for(self._outline, mesh, moments_of, *inputs)

    def _check(self, mean: np.ndarray, scatter: np.ndarray, largest: np.ndarray, chunk: int) -> None:
        if not np.isfinite(mean).all():
            kinds = "NaN" if np.isnan(mean).any() else "an infinity"
            raise BadSamples(f"measures={measure_name(self.measure)} returned {kinds} in chunk {chunk}")
        if not np.isfinite(scatter).all():
            raise BadSamples(
                f"measures={measure_name(self.measure)}: squares of the samples overflow in chunk {chunk} "
                f"(mean {mean.max():.3g}); allowed: samples below {self._outline.most} in size"
            )

    @cached_property
    def _inputs(self) -> tuple[jax.Array, dict[str, jax.Array]]:
        """(key, traced inputs of the point), put on every device once."""
        key = stream_key(self.seed, self.measure, self.point)
        return jax.device_put((key, self._traced), NamedSharding(device_mesh(), PartitionSpec()))

    def _load(self) -> dict[int, Moments]:
        assert self.store is not None and self._address is not None
        arrays = self.store.read_arrays(self._address)
        if arrays is None:
            return {}
        names = ("chunks", "mean", "scatter", "between", "largest")
        return {
            int(chunks): Moments(int(chunks) * self.rows, mean, scatter, int(chunks), between, largest)
            for chunks, mean, scatter, between, largest in zip(*(arrays[name] for name in names), strict=True)
        }

    def _save(self) -> None:
        assert self.store is not None and self._address is not None
        chunks = sorted(self._states)
        states = [self._states[c] for c in chunks]
        arrays = {
            "chunks": np.array(chunks),
            "mean": np.stack([s.mean for s in states]),
            "scatter": np.stack([s.scatter for s in states]),
            "between": np.stack([s.between for s in states]),
            "largest": np.stack([s.largest for s in states]),
        }
        self.store.write_arrays(self._address, arrays)


@lru_cache(maxsize=1)
def device_mesh() -> Mesh:
    """One axis, `chunks`, over every device of every host."""
    return Mesh(np.array(devices()), ("chunks",))


@dataclass(frozen=True)
class Outline:
    """One chunk of a measure, traced once for all points of the same kind, whether it is then looked up or compiled.

    run: (key, traced inputs) -> samples, float64 [rows, components]. names: of the components, or (). address: of the
    program.
    """

    run: Callable[[jax.Array, dict[str, Any]], jax.Array]
    rows: int
    components: int
    names: tuple[str, ...]
    address: str
    float32: bool = False

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the inputs, and of the samples."""
        return np.dtype(np.float32 if self.float32 else np.float64)

    @property
    def most(self) -> str:
        """Samples larger than this overflow."""
        return "1e38" if self.float32 else "1e150"

    def tracing(self) -> AbstractContextManager[None]:
        """Within which the measure is traced and compiled."""
        return single.in_float32() if self.float32 else nullcontext()

    def in_float64(self, parts: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
        """What `moments` returned for chunks on any leading axes: (mean, scatter, largest squared deviations)."""
        return single.as_float64(parts, self.rows) if self.float32 else parts

    def moments(self, key: jax.Array, chunk: jax.Array, traced: dict[str, Any]) -> tuple[jax.Array, ...]:
        """(mean [components], scatter [components, components], largest squared deviations [KEPT, components]); in
        float32, the parts that `in_float64` puts together."""
        samples = self.run(jax.random.fold_in(key, chunk), traced)
        if self.float32:
            return single.moments(samples)
        mean = samples.mean(0)
        deviation = samples - mean
        return mean, deviation.T @ deviation, _largest(deviation)


def forget() -> None:
    """Drops traced and compiled programs: what was edited since is traced anew, and memory stays with what is tried."""
    outline_of.cache_clear()
    _programs.clear()


@lru_cache(maxsize=64)
def outline_of(
    measure: Measure,
    static: tuple[tuple[str, Any], ...],
    shapes: tuple[tuple[str, tuple[int, ...]], ...],
    float32: bool = False,
) -> Outline:
    """The measure with its static inputs, traced for data of these shapes."""
    if not is_traced(measure):
        raise BadSamples(f"measures={measure_name(measure)} cannot be traced; a mean needs samples that JAX draws")

    def chunk(key: jax.Array, traced: dict[str, Any]) -> Any:
        return measure(key, {**dict(static), **traced})

    dtype = np.dtype(np.float32 if float32 else np.float64)
    inputs = {name: jax.ShapeDtypeStruct(shape, dtype) for name, shape in shapes}
    with single.in_float32() if float32 else nullcontext():
        program, samples = jax.make_jaxpr(chunk, return_shape=True)(jax.random.key(0), inputs)
    _, used = dce_jaxpr(program.jaxpr, [True] * len(program.jaxpr.outvars))
    if not used[0]:
        raise BadSamples(
            f"measures={measure_name(measure)} does not use its key: all of its samples would be the same ones; "
            "what is deterministic is a Value"
        )
    rows, components, names = _layout(measure, samples)

    def run(key: jax.Array, traced: dict[str, Any]) -> jax.Array:
        drawn = jaxpr_as_fun(program)(*jax.tree.leaves((key, traced)))
        if not names:
            return drawn[0].astype(dtype).reshape(rows, components)
        return jnp.stack([column.astype(dtype) for column in drawn], axis=1)

    # A program without a float is the same in both, but its moments are not.
    address = digest(program_address(program), "float32") if float32 else program_address(program)
    return Outline(run, rows, components, names, address, float32)


def _layout(measure: Measure, samples: Any) -> tuple[int, int, tuple[str, ...]]:
    """(rows, components, names) of what a measure returns. Raises BadSamples."""
    allowed = "allowed: [samples], [samples, components], or a mapping of names to [samples]"
    parts = samples if isinstance(samples, dict) else {"": samples}
    for name, part in parts.items():
        where = f"measures={measure_name(measure)} returned {name + ' of ' if name else ''}"
        if not hasattr(part, "shape"):
            raise BadSamples(f"{where}a {type(part).__name__}; {allowed}")
        if jnp.issubdtype(part.dtype, jnp.complexfloating):
            raise BadSamples(f"{where}complex samples; allowed: real ones")
    shapes = {tuple(part.shape) for part in parts.values()}
    shape = next(iter(shapes), ())
    if len(shapes) != 1 or not 1 <= len(shape) <= (1 if isinstance(samples, dict) else 2) or shape[0] < 1:
        shown = {name: part.shape for name, part in parts.items()} if isinstance(samples, dict) else shape
        raise BadSamples(f"measures={measure_name(measure)} returned shape {shown}; {allowed}")
    names = tuple(sorted(parts)) if isinstance(samples, dict) else ()
    return shape[0], len(names) or (shape[1] if len(shape) == 2 else 1), names


_programs: OrderedDict[Any, Callable[..., Any]] = OrderedDict()
MOST_PROGRAMS = 16


def moments_of(outline: Outline) -> Callable[..., Any]:
    """(key, chunk, data) -> the parts of the chunk's moments."""
    return outline.moments


def compiled_for(
    outline: Outline, mesh: Mesh, of: Callable[[Outline], Callable[..., Any]], *inputs: Any
) -> Callable[..., Any]:
    """(key, chunk numbers [devices * chunks of each], traced point) -> what `of(outline)` gives of each chunk, such as
    means [chunks, components], scatters [chunks, components, components], largest squared deviations
    [chunks, KEPT, components]. One map of equal chunks a device: the body is the same program on every mesh, hence
    bit-identical results."""
    shapes = tuple((leaf.shape, str(leaf.dtype)) for leaf in jax.tree.leaves(inputs))
    together = dispatch().together
    place = (outline.address, mesh, of, together, shapes)
    if place in _programs:
        _programs.move_to_end(place)
        return _programs[place]
    one = of(outline)

    def on_device(key: jax.Array, chunks: jax.Array, traced: dict[str, Any]) -> Any:
        batch = together if together > 1 else None
        return jax.lax.map(lambda chunk: one(key, chunk, traced), chunks, batch_size=batch)

    spread, everywhere = PartitionSpec("chunks"), PartitionSpec()
    sharded = jax.shard_map(
        on_device, mesh=mesh, in_specs=(everywhere, spread, everywhere), out_specs=spread, check_vma=False
    )
    shardings = (NamedSharding(mesh, everywhere), NamedSharding(mesh, spread), NamedSharding(mesh, everywhere))
    with outline.tracing():
        compiled = jax.jit(sharded, in_shardings=shardings).lower(*inputs).compile()
    _programs[place] = compiled
    if len(_programs) > MOST_PROGRAMS:
        _programs.popitem(last=False)
    return compiled


def _largest(deviation: jax.Array) -> jax.Array:
    """The largest squares of each component, descending, float64 [KEPT, components]."""
    squares = jnp.pad((deviation**2).T, ((0, 0), (0, max(KEPT - deviation.shape[0], 0))))
    return jax.lax.top_k(squares, KEPT)[0].T


def on_host(array: jax.Array) -> np.ndarray:
    """The whole array on this host, whichever hosts' devices hold it."""
    if not array.is_fully_addressable:
        from jax.experimental import multihost_utils

        array = multihost_utils.process_allgather(array, tiled=True)
    return np.asarray(array)
