"""What is done where points are computed: on this machine, on every host of a mesh, or by a worker of a cluster."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from corollary.measure import measure_name
from corollary.paper import split_target
from corollary.point import Point
from corollary.storage.address import code_address, versions
from corollary.storage.store import Store, digest, plain
from corollary.sweeps.targets import work_of
from corollary.sweeps.work import Item, Order, Row, Work


@dataclass(frozen=True)
class Described:
    """What whoever hands out the points has to know of the target. folder: below the results, of its rows. settings: of
    the order, those that decide a row. replicates: those of a point that have a row each. at_once: how many points are
    best computed together. legacy: what the addresses of older records were made of."""

    name: str
    kind: str
    folder: str
    settings: dict[str, Any]
    replicates: tuple[int, ...]
    at_once: int
    about: dict[str, Any]
    legacy: Any


def describe(order: Order, points: Sequence[Point]) -> Described:
    """Raises ValueError for an unknown target, and for any of the points that is not allowed."""
    work = _work(order)
    for point in points:
        work.check(point)
    name = _name(order.target, work)
    code = [code_address(work.found), versions()]
    family = digest(work.kind, code, plain(work.settings))
    owner, _, rest = name.rpartition("/") if "/" in name else ("own", "", name)
    folder = "/".join(["sweeps", *(re.sub(r"[^A-Za-z0-9_-]+", "_", part) for part in (owner, rest)), family])
    return Described(
        name, work.kind, folder, plain(work.settings), work.replicates, work.at_once, plain(work.about), code
    )


class Here:
    """The engine of one machine. An engine describes a target and computes its items; first: whether this process reads
    and writes what is kept; agreed: what all processes take to be missing; wrote: whether rows were written where they
    were made."""

    first, wrote = True, False

    def describe(self, order: Order, points: Sequence[Point]) -> Described:
        return describe(order, points)

    def agreed(self, mask: np.ndarray) -> np.ndarray:
        return mask

    def compute(
        self,
        order: Order,
        items: Sequence[Item],
        marks: Sequence[Sequence[int]],
        described: Described,
        store: Store | None,
        aside: Callable[[], bool],
    ) -> Iterator[tuple[int, list[Row] | str]]:
        """marks: of the rows of each item."""
        return compute(order, items, described, store, aside)


def compute(
    order: Order,
    items: Sequence[Item],
    described: Described,
    store: Store | None,
    aside: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[int, list[Row] | str]]:
    """(number of the item, its rows, or why there are none), until `aside` says to stop."""
    work = _work(order)
    if work.traced:
        from corollary.runtime import prepare

        in_turn = getattr(work.found, "in_turn", False)
        prepare(str(store.path / "compiled") if store and "://" not in str(store.path) else None, not in_turn)
    where = _device() if work.traced else "Python"
    for number, rows in _computed(work, list(range(len(items))), items, store, aside):
        yield number, rows if isinstance(rows, str) else [row | {"device": where} for row in rows]


def _computed(
    work: Work, numbers: list[int], items: Sequence[Item], store: Store | None, aside: Callable[[], bool]
) -> Iterator[tuple[int, list[Row] | str]]:
    """All of them together; when one of them fails, those that are left in halves."""
    left = dict.fromkeys(numbers)
    if not numbers:
        return
    try:
        for index, rows in work.rows([items[number] for number in numbers], store):
            left.pop(numbers[index])
            yield numbers[index], rows
            if aside():
                return
    except (ValueError, ArithmeticError, MemoryError, RuntimeError) as error:  # RuntimeError: XLA's, out of memory
        if len(numbers) == 1:
            yield numbers[0], str(error).partition("\n")[0] or type(error).__name__
            return
        rest = list(left)
        for half in (rest[: len(rest) // 2], rest[len(rest) // 2 :]):
            if half and not aside():
                yield from _computed(work, half, items, store, aside)


def _device() -> str:
    from corollary.runtime import devices

    found = devices()
    return f"{len(found)} x {found[0].device_kind}"


def _work(order: Order) -> Work:
    return _known(order) if isinstance(order.target, str) and ".py" not in order.target else work_of(order)


@lru_cache(maxsize=8)
def _known(order: Order) -> Work:
    return work_of(order)


def _name(target: Any, work: Work) -> str:
    if isinstance(target, str):
        place, name = split_target(target)
        return f"{Path(place).stem}/{name}" if place.endswith(".py") else target
    return getattr(target, "id", "") or getattr(target, "name", "") or measure_name(target)
