"""What a sweep can be over: a quantity, a claim, a training run, or a measure; each gives the rows of a point."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from corollary.point import Point
from corollary.storage.store import Store, plain
from corollary.trials.claim import DEFAULT_ALPHA

Item = tuple[Point, tuple[int, ...]]
"""A point and the replicates of it that are wanted."""

Row = dict[str, Any]
"""Column -> number, text or array."""


@dataclass(frozen=True)
class Order:
    """What a sweep asks of its target. target: as typed, or the thing itself. replicates: seeds of a training, least
    samples of a measure; 0 for what the target has. precision, budget: as in `estimates.Stop`; 0 for none. float32: of
    a measure or a Mean; None for what suits the device."""

    target: Any
    depth: str = "standard"
    alpha: float = DEFAULT_ALPHA
    seed: int = 0
    replicates: int = 0
    precision: float = 0.0
    budget: int = 0
    float32: bool | None = None


class Work(ABC):
    """kind: in a word. at_once: how many items are best computed together. traced: whether it needs JAX."""

    kind: ClassVar[str]
    at_once: ClassVar[int] = 1
    traced: ClassVar[bool] = True

    def __init__(self, found: Any, order: Order):
        self.found, self.order = found, order

    @cached_property
    def float32(self) -> bool:
        """Whether measures are computed in float32 where that can be bounded."""
        from corollary.runtime import in_float32

        return getattr(self.found, "in_float32", True) and in_float32(self.order.float32)

    @property
    def replicates(self) -> tuple[int, ...]:
        """The replicates of a point that have a row each."""
        return (0,)

    @property
    def settings(self) -> dict[str, Any]:
        """What of the order decides a row."""
        return {}

    @property
    def about(self) -> dict[str, Any]:
        """What is true of every row."""
        return {}

    @abstractmethod
    def check(self, point: Point) -> None:
        """Raises ValueError for an unknown input, or a value that is not allowed."""

    @abstractmethod
    def rows(self, items: Sequence[Item], store: Store | None) -> Iterator[tuple[int, list[Row]]]:
        """(number of the item, a row a replicate), as they come."""


class QuantityWork(Work):
    kind, at_once, traced = "quantity", 256, False

    def check(self, point: Point) -> None:
        self.found.check(point)

    def rows(self, items: Sequence[Item], store: Store | None) -> Iterator[tuple[int, list[Row]]]:
        for number, (point, _) in enumerate(items):
            started = time.perf_counter()
            value = self.found(**point)
            yield number, [{"value": plain(value), "seconds": time.perf_counter() - started}]


class TrainingWork(Work):
    """A training run with the point as its settings, over seeds."""

    kind = "training"

    @property
    def replicates(self) -> tuple[int, ...]:
        return tuple(range(self.order.seed, self.order.seed + max(self.order.replicates, 1)))

    @property
    def about(self) -> dict[str, Any]:
        return {"says": self.found.says, "expects": self.found.expects}

    def check(self, point: Point) -> None:
        from corollary.training.settings import configure

        configure(self.found.name, self.found.settings, point)

    def rows(self, items: Sequence[Item], store: Store | None) -> Iterator[tuple[int, list[Row]]]:
        from corollary.training.run import train

        for number, (point, seeds) in enumerate(items):
            started = time.perf_counter()
            result = train(self.found, point, seeds, None if store is None else store.path)
            seconds = (time.perf_counter() - started) / len(seeds)
            yield (
                number,
                [
                    {name: float(values[row]) for name, values in result.measurements.items()}
                    | {"stopped": int(result.stopped[row]), "seconds": seconds}
                    for row in range(len(seeds))
                ],
            )
