"""What a finished training leaves on disk: one record and one file of arrays a seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from corollary.storage.store import CorruptRecord, Store


@dataclass(frozen=True)
class Outcome:
    """One seed's share of a training: history up to the step at which it stopped, and evaluation. What a run measures
    of them is computed whenever it is asked for, so that an edit of it counts at once."""

    history: dict[str, np.ndarray]
    evaluation: dict[str, np.ndarray]
    stopped: int


def write_record(store: Store, seed: int, identity: dict[str, Any], outcome: Outcome, seconds: float) -> None:
    """The arrays first, so that a record that exists is whole."""
    import jax

    arrays = {f"history/{name}": values for name, values in outcome.history.items()}
    arrays |= {f"evaluation/{name}": values for name, values in outcome.evaluation.items()}
    store.write_arrays(f"seed-{seed}.npz", arrays)
    about = {"seed": seed, "seconds": seconds, "device": jax.devices()[0].device_kind, "stopped": outcome.stopped}
    store.write_json(f"seed-{seed}.json", {**identity, **about})


def read_record(store: Store, seed: int, identity: dict[str, Any]) -> Outcome | None:
    """The seed's outcome, or None where there is none. Raises CorruptRecord when it is damaged and ValueError when it
    belongs to another configuration."""
    record, arrays = store.read_json(f"seed-{seed}.json"), store.read_arrays(f"seed-{seed}.npz")
    if record is None:
        return None
    path = str(store.path / f"seed-{seed}.json")
    if arrays is None or not isinstance(record, dict) or "stopped" not in record:
        raise CorruptRecord(f"record {path!r} is truncated or corrupt; remove it to compute it again")
    if {name: record.get(name) for name in identity} != identity:
        raise ValueError(f"record {path!r} belongs to another configuration; choose another out or remove it")

    def part(kind: str) -> dict[str, np.ndarray]:
        return {name.removeprefix(kind): values for name, values in arrays.items() if name.startswith(kind)}

    return Outcome(part("history/"), part("evaluation/"), int(record["stopped"]))
