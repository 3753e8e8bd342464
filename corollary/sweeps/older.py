"""Records of the time when each point of a sweep was a JSON file of its own: read once, and kept as rows."""

from __future__ import annotations

import numpy as np

from corollary.storage.parts import MARK, Parts
from corollary.storage.store import Store, digest, plain
from corollary.sweeps.computing import Described
from corollary.sweeps.grid import Grid
from corollary.sweeps.work import Order

COLUMNS = ("value", "predicted", "measured", "low", "high", "samples", "resolution", "verdict", "rejected", "seconds")


def take_in(store: Store, rows: Parts, order: Order, described: Described, grid: Grid, marks: np.ndarray) -> None:
    """Adds the rows of a quantity or a claim that an older version computed from the same code and libraries."""
    if described.kind not in ("quantity", "claim") or not store.names("sweeps/*.json"):
        return
    there, found = set(rows.marks().tolist()), []
    for number, mark in enumerate(marks[:, 0].tolist()):
        if mark in there:
            continue
        point = {name: plain(value) for name, value in grid.point(number).items()}
        at = digest(order.target, described.legacy, point, order.depth, order.alpha, order.seed)
        record = store.read_json(f"sweeps/{at}.json")
        if record is not None:
            found.append({MARK: mark} | {name: record[name] for name in COLUMNS if record.get(name) is not None})
    rows.append(found)
