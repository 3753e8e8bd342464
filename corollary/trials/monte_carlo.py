"""The Monte Carlo core: chunks of samples keyed by `fold_in`, sharded over devices, merged in chunk order.

A trajectory is a function of (seed, measure, point) alone. Chunk c draws from fold_in(key, c) and is computed by the
same program wherever it runs, its moments are merged one chunk after another in float64, and states are kept only at
a fixed schedule of looks. So neither the number of devices nor the number of chunks computed at a time, nor
an interruption, nor another claim that went further on the same samples, changes a bit of what a claim sees.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import jaxpr_as_fun
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from corollary.point import Point, split
from corollary.storage.fingerprint import fingerprint
from corollary.storage.store import Store, digest
from corollary.trials.moments import Moments

Measure = Callable[[jax.Array, Point], jax.Array]

FIRST_LOOK_CHUNKS = 8
LOOK_GROWTH = 1.25
CHUNKS_PER_DISPATCH = 4
"""Chunks a device computes in one dispatch. Constant, so that the compiled program does not depend on the mesh."""


def looks() -> Iterator[int]:
    """The chunk counts at which a trajectory may be looked at: 8, 10, 13, 17, ... growing by a quarter."""
    chunks = FIRST_LOOK_CHUNKS
    while True:
        yield chunks
        chunks = int(np.ceil(chunks * LOOK_GROWTH))


def stream_key(seed: int, measure: Measure, point: Point) -> jax.Array:
    """The key of all chunks of a measure at a point: the same whichever claim asks, so that claims share samples."""
    name = f"{measure_name(measure)}@{digest(point)}"
    return jax.random.fold_in(jax.random.key(seed), zlib.crc32(name.encode()) & 0x7FFFFFFF)


def measure_name(measure: Measure) -> str:
    inner = measure.func if isinstance(measure, partial) else measure
    return f"{inner.__module__.removeprefix('corollary.')}.{inner.__qualname__}"


class Trajectory:
    """The moments of a measure at a point, look after look.

    measure: (key, point) -> [samples] or [samples, components], one chunk. point: its inputs. seed: of the run.
    store: where states are kept, or None. Nothing is compiled until a look goes beyond what is stored.
    """

    def __init__(self, measure: Measure, point: Point, seed: int, store: Store | None = None):
        self.measure, self.point, self.seed, self.store = measure, point, seed, store
        self.reused = 0
        static, self._traced = split(point)
        shapes = tuple((name, value.shape) for name, value in sorted(self._traced.items()))
        self._outline = _outline(measure, tuple(sorted(static.items())), shapes)
        shape = self._outline.shape
        if not 1 <= len(shape) <= 2 or shape[0] < 1:
            raise ValueError(
                f"measures={measure_name(measure)} returned shape {shape}; allowed: [samples] or [samples, components]"
            )
        self.rows = shape[0]
        self.components = shape[1] if len(shape) == 2 else 1
        self._states: dict[int, Moments] = {}
        self._pending: dict[int, Moments] = {}
        self._address: str | None = None
        if store is not None:
            name = measure_name(measure)
            self._address = f"moments/{digest(name, self._outline.fingerprint, point, seed, jax.__version__)}.npz"
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
            width = mesh.size * CHUNKS_PER_DISPATCH
            first = chunk - chunk % CHUNKS_PER_DISPATCH
            chunks = np.arange(first, first + width, dtype=np.uint32)
            key, inputs = self._inputs
            means, scatters = _compiled(self._outline, mesh)(key, chunks, inputs)
            moments = zip(_on_host(means), _on_host(scatters), strict=True)
            for offset, (mean, scatter) in enumerate(moments):
                self._pending[first + offset] = Moments(self.rows, mean, scatter)
        return self._pending.pop(chunk)

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
        return {
            int(chunks): Moments(int(chunks) * self.rows, mean, scatter)
            for chunks, mean, scatter in zip(arrays["chunks"], arrays["mean"], arrays["scatter"], strict=True)
        }

    def _save(self) -> None:
        assert self.store is not None and self._address is not None
        chunks = sorted(self._states)
        states = [self._states[c] for c in chunks]
        arrays = {
            "chunks": np.array(chunks),
            "mean": np.stack([s.mean for s in states]),
            "scatter": np.stack([s.scatter for s in states]),
        }
        self.store.write_arrays(self._address, arrays)


@lru_cache(maxsize=1)
def device_mesh() -> Mesh:
    """One axis, `chunks`, over every device of every host."""
    return Mesh(np.array(jax.devices()), ("chunks",))


@dataclass(frozen=True)
class Outline:
    """One chunk of a measure, traced once for all points of the same kind, whether it is then looked up or compiled.

    run: (key, traced inputs) -> samples. shape: of the samples. fingerprint: the program's address.
    """

    run: Callable[[jax.Array, dict[str, Any]], jax.Array]
    shape: tuple[int, ...]
    fingerprint: str


@lru_cache(maxsize=1024)
def _outline(
    measure: Measure, static: tuple[tuple[str, Any], ...], shapes: tuple[tuple[str, tuple[int, ...]], ...]
) -> Outline:
    def chunk(key: jax.Array, traced: dict[str, Any]) -> jax.Array:
        return measure(key, {**dict(static), **traced})

    inputs = {name: jax.ShapeDtypeStruct(shape, jnp.float64) for name, shape in shapes}
    program, samples = jax.make_jaxpr(chunk, return_shape=True)(jax.random.key(0), inputs)

    def run(key: jax.Array, traced: dict[str, Any]) -> jax.Array:
        return jaxpr_as_fun(program)(*jax.tree.leaves((key, traced)))[0]

    return Outline(run, samples.shape, fingerprint(program))


@lru_cache(maxsize=256)
def _compiled(outline: Outline, mesh: Mesh) -> Callable[..., Any]:
    """(key, chunk numbers [devices * CHUNKS_PER_DISPATCH], traced point) -> means [chunks, components],
    scatters [chunks, components, components]. One sequential map of equal chunks a device: the body is the same
    program on every mesh, hence bit-identical results."""

    def moments_of_chunk(key: jax.Array, chunk: jax.Array, traced: dict[str, Any]) -> tuple[jax.Array, jax.Array]:
        samples = outline.run(jax.random.fold_in(key, chunk), traced).astype(jnp.float64)
        samples = samples.reshape(samples.shape[0], -1)
        mean = samples.mean(0)
        deviation = samples - mean
        return mean, deviation.T @ deviation

    def on_device(key: jax.Array, chunks: jax.Array, traced: dict[str, Any]) -> tuple[jax.Array, jax.Array]:
        return jax.lax.map(lambda chunk: moments_of_chunk(key, chunk, traced), chunks)

    spread, everywhere = PartitionSpec("chunks"), PartitionSpec()
    sharded = jax.shard_map(
        on_device, mesh=mesh, in_specs=(everywhere, spread, everywhere), out_specs=spread, check_vma=False
    )
    return jax.jit(
        sharded,
        in_shardings=(NamedSharding(mesh, everywhere), NamedSharding(mesh, spread), NamedSharding(mesh, everywhere)),
    )


def _on_host(array: jax.Array) -> np.ndarray:
    if jax.process_count() > 1:
        from jax.experimental import multihost_utils

        array = multihost_utils.process_allgather(array, tiled=True)
    return np.asarray(array)
