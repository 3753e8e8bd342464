"""Sweeps on a Ray cluster: the points go to one actor a slot, a few at a time.

The driver imports no JAX, so that it takes no accelerator from a worker on its own machine. An actor that is lost is
started again and its points are tried again. Where workers see the driver's storage, they write their rows themselves,
so that what is finished also survives the driver.
"""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from corollary.paper import split_target
from corollary.point import Point
from corollary.storage.parts import MARK, Parts
from corollary.storage.store import Store
from corollary.sweeps.computing import Described, Here, compute, describe
from corollary.sweeps.work import Item, Order, Row

TRIES = 4
"""How often points are tried that take their worker with them."""

START_SECONDS = 120.0
"""In which a cluster and its first worker have to answer."""

LOOK_SECONDS = 0.5

OBJECT_STORE_BYTES = 100_000_000


class Cluster(Here):
    """A Ray cluster for the time of a sweep. address: "" starts one on this machine. resources: of one worker, by name,
    such as {"CPU": 4, "TPU": 4}; by default one CPU. Raises ValueError without Ray, for an address that does not answer
    and for resources that no cluster of this size has."""

    def __init__(self, address: str, resources: Mapping[str, float]):
        self.address, self.resources = address, {"CPU": 1.0, **resources}
        self._actors: list[Any] = []
        self._mine = False

    def __enter__(self) -> Cluster:
        try:
            import ray
        except ImportError:
            raise ValueError("engine='ray' needs the extra: pip install 'corollary[ray]'") from None
        self._ray = ray
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        if not ray.is_initialized():
            try:
                # Of a cluster that is started here, the store of objects is small: rows are.
                size: dict[str, Any] = {} if self.address else {"object_store_memory": OBJECT_STORE_BYTES}
                where = self.address or "local"
                ray.init(address=where, log_to_driver=False, logging_level=logging.ERROR, **size)
            except (ConnectionError, ValueError, RuntimeError) as error:
                raise ValueError(
                    f"address={self.address!r} does not answer: {str(error).partition(chr(10))[0]}"
                ) from None
            self._mine = True
        there = ray.cluster_resources()
        for name, count in self.resources.items():
            if count <= 0 or there.get(name, 0) < count:
                held = ", ".join(f"{key}={value:g}" for key, value in sorted(there.items()) if ":" not in key)
                raise ValueError(f"resources {name}={count:g} is not to be had; the cluster has {held}")
        self.slots = min(int(there[name] // count) for name, count in self.resources.items())
        return self

    def __exit__(self, *exception: Any) -> None:
        for actor in self._actors:
            self._ray.kill(actor)
        if self._mine:
            self._ray.shutdown()

    def describe(self, order: Order, points: Sequence[Point]) -> Described:
        """As `describe`, by a worker."""
        self._actors = [self._actor()]
        return self._answer(self._actors[0].describe.remote(_absolute(order), points))

    def _is_shared(self, store: Store | None) -> bool:
        """Whether workers see the store: one is asked to read a word that was just written into it."""
        if store is None:
            return False
        name, word = f".probe-{uuid.uuid4().hex}", uuid.uuid4().hex.encode()
        store.write(name, word)
        seen = self._answer(self._actors[0].reads.remote(_place(store), name))
        (store.path / name).unlink()
        return bool(seen == word)

    def compute(
        self,
        order: Order,
        items: Sequence[Item],
        marks: Sequence[Sequence[int]],
        described: Described,
        store: Store | None,
        aside: Callable[[], bool],
    ) -> Iterator[tuple[int, list[Row] | str]]:
        """The workers write the rows when they see the store."""
        self.wrote = self._is_shared(store)
        out = _place(store) if store is not None and self.wrote else None
        size = max(1, min(described.at_once, -(-len(items) // (4 * self.slots))))
        batches = [range(first, min(first + size, len(items))) for first in range(0, len(items), size)]
        count = min(self.slots, len(batches))
        self._actors += [self._actor() for _ in range(count - len(self._actors))]
        idle, tried = list(self._actors), dict.fromkeys(range(len(batches)), 0)
        running: dict[Any, tuple[int, Any]] = {}
        waiting = list(range(len(batches)))[::-1]
        while running or (waiting and not aside()):
            while waiting and idle and not aside():
                batch, actor = waiting.pop(), idle.pop()
                numbers = batches[batch]
                given = ([items[n] for n in numbers], [marks[n] for n in numbers], described, out)
                running[actor.compute.remote(_absolute(order), *given)] = (batch, actor)
                tried[batch] += 1
            ready, _ = self._ray.wait(list(running), num_returns=1, timeout=LOOK_SECONDS)
            for task in ready:
                batch, actor = running.pop(task)
                try:
                    found = self._ray.get(task)
                except self._ray.exceptions.RayActorError as lost:
                    self._actors.remove(actor)
                    self._actors.append(self._actor())
                    idle.append(self._actors[-1])
                    if tried[batch] < TRIES:
                        waiting.append(batch)
                    else:
                        why = f"its worker was lost {TRIES} times: {str(lost).strip().partition(chr(10))[0]}"
                        yield from ((number, why) for number in batches[batch])
                    continue
                idle.append(actor)
                yield from ((batches[batch][place], rows) for place, rows in found)

    def _actor(self) -> Any:
        others = {name: count for name, count in self.resources.items() if name not in ("CPU", "GPU")}
        environment = {"JAX_NUM_CPU_DEVICES": str(max(1, int(self.resources["CPU"])))}
        remote = self._ray.remote(Worker).options(
            num_cpus=self.resources["CPU"],
            num_gpus=self.resources.get("GPU", 0),
            resources=others,
            runtime_env={"env_vars": environment},
        )
        return remote.remote()

    def _answer(self, task: Any) -> Any:
        """Of the first worker; a ValueError that it raised is raised here."""
        try:
            return self._ray.get(task, timeout=START_SECONDS)
        except self._ray.exceptions.GetTimeoutError:
            asked = ", ".join(f"{name}={count:g}" for name, count in self.resources.items())
            raise ValueError(
                f"no worker started within {START_SECONDS:.0f} s (asked for {asked}); allowed: resources that are free"
            ) from None
        except self._ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, ValueError):
                raise error.cause from None
            raise


class Worker:
    """What runs on the cluster."""

    def describe(self, order: Order, points: Sequence[Point]) -> Described:
        return describe(order, points)

    def reads(self, out: str, name: str) -> bytes | None:
        path = Store(out).path / name
        return bytes(path.read_bytes()) if path.exists() else None

    def compute(
        self, order: Order, items: Sequence[Item], marks: Sequence[Sequence[int]], described: Described, out: str | None
    ) -> list[tuple[int, list[Row] | str]]:
        """(number among the items, rows or why not); with `out` the rows are written there."""
        store = None if out is None else Store(out)
        found = list(compute(order, items, described, store))
        if store is not None:
            whole = [
                {MARK: mark, **row}
                for number, rows in found
                if not isinstance(rows, str)
                for mark, row in zip(marks[number], rows, strict=True)
            ]
            Parts(store, described.folder).append(whole)
        return found


def _absolute(order: Order) -> Order:
    """Workers have another working directory."""
    from dataclasses import replace

    if not isinstance(order.target, str):
        return order
    place, name = split_target(order.target)
    return replace(order, target=f"{Path(place).resolve()}/{name}") if place.endswith(".py") else order


def _place(store: Store) -> str:
    path = str(store.path)
    return path if "://" in path else str(Path(path).resolve())
