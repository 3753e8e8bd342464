"""Sweeps on several hosts: the same command on each, points dealt out among them, rows gathered, one of them writes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from corollary.storage.store import Store, plain
from corollary.sweeps.computing import Described, Here, compute
from corollary.sweeps.work import Item, Order, Row

START_SECONDS = 120
"""In which all hosts have to be there."""

LOST_SECONDS = 30
"""After which a host that says nothing counts as lost, and the others end."""

AT_ONCE = 256
"""Points of a host between two gatherings, at most."""


class Hosts(Here):
    """where: "auto" on a TPU slice, under SLURM or wherever else JAX finds out by itself; or "ADDRESS:PORT,INDEX,COUNT"
    with the address of host 0. Raises ValueError for anything else, and when not all hosts are there in time."""

    def __init__(self, where: str):
        import jax

        from corollary.runtime import prepare, use_own_devices

        match = re.fullmatch(r"([^,]+:\d+),(\d+),(\d+)", where)
        if where != "auto" and (match is None or int(match[2]) >= int(match[3])):
            raise ValueError(f"hosts={where!r} is not allowed; allowed: auto, or ADDRESS:PORT,INDEX,COUNT")
        prepare()
        given: dict[str, Any] = {}
        if match is not None:
            given = {"coordinator_address": match[1], "process_id": int(match[2]), "num_processes": int(match[3])}
        try:
            jax.distributed.initialize(
                **given, initialization_timeout=START_SECONDS, heartbeat_timeout_seconds=LOST_SECONDS
            )
        except (RuntimeError, ValueError) as error:
            said = str(error).partition("\n")[0]
            raise ValueError(f"hosts={where!r}: not all hosts were there within {START_SECONDS} s: {said}") from None
        use_own_devices()
        self.index, self.count = jax.process_index(), jax.process_count()
        self.first = self.index == 0

    def agreed(self, mask: np.ndarray) -> np.ndarray:
        """The first host's mask, on every host."""
        from jax.experimental import multihost_utils

        return np.asarray(multihost_utils.broadcast_one_to_all(mask)).astype(bool)

    def compute(
        self,
        order: Order,
        items: Sequence[Item],
        marks: Sequence[Sequence[int]],
        described: Described,
        store: Store | None,
        aside: Callable[[], bool],
    ) -> Iterator[tuple[int, list[Row] | str]]:
        """All rows on every host; Ctrl-C on any host stops all."""
        each = max(1, min(described.at_once, AT_ONCE, -(-len(items) // self.count)))
        for first in range(0, len(items), each * self.count):
            own = range(first + self.index * each, min(first + (self.index + 1) * each, len(items)))
            found = [(own[place], rows) for place, rows in compute(order, [items[n] for n in own], described, store)]
            gathered = self._gathered({"rows": plain(found), "stop": aside()})
            for one in gathered:
                for number, rows in one["rows"]:
                    yield number, rows if isinstance(rows, str) else [_arrays(row) for row in rows]
            if any(one["stop"] for one in gathered):
                return

    def _gathered(self, own: Any) -> list[Any]:
        """What every host has, on every host."""
        from jax.experimental import multihost_utils

        content = np.frombuffer(json.dumps(own).encode(), np.uint8)
        lengths = np.asarray(multihost_utils.process_allgather(np.array([content.size]))).ravel()
        padded = np.zeros(int(lengths.max()), np.uint8)
        padded[: content.size] = content
        whole = np.asarray(multihost_utils.process_allgather(padded)).reshape(self.count, -1)
        return [json.loads(row[:length].tobytes()) for row, length in zip(whole, lengths, strict=True)]


def _arrays(row: Row) -> Row:
    return {name: np.array(value) if isinstance(value, list) else value for name, value in row.items()}
