"""Checkpoints of training runs: Orbax folders that say what they belong to and are restored to the bit."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import jax
import numpy as np
import orbax.checkpoint as ocp
from etils import epath

from corollary.runtime import has_own_devices
from corollary.storage.store import Store


class CorruptCheckpoint(ValueError):
    """A checkpoint that cannot be read whole. Its path is in the message; nothing of it is used."""


class Checkpoints:
    """The checkpoints of one run in one folder, one sub-folder a step; a context manager.

    Beside each step's folder lies `STEP.json`, written last: what the checkpoint belongs to and the SHA-256
    of its files. A step without one was interrupted and does not count.

    path: a local folder or a bucket address. identity: what determines the run's states, as JSON can hold it.
    """

    def __init__(self, path: str | os.PathLike[str], identity: Mapping[str, Any]):
        address = os.fspath(path)
        self.path = epath.Path(address if "://" in address else os.path.abspath(address))  # Orbax refuses relative ones
        self.identity = dict(identity)
        self._store = Store(self.path)
        logging.getLogger("absl").setLevel(logging.ERROR)
        self._manager = ocp.CheckpointManager(self.path, options=_options(self.path))

    def __enter__(self) -> Checkpoints:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._manager.close()

    def steps(self) -> list[int]:
        """The steps that have a complete checkpoint, ascending."""
        return sorted(step for step in self._manager.all_steps() if (self.path / f"{step}.json").exists())

    def save(self, step: int, state: Any) -> None:
        """Writes a pytree of arrays as the checkpoint of `step`, as a whole or not at all."""
        if step in self._manager.all_steps():
            self._manager.delete(step)
        if has_own_devices():  # Orbax takes only arrays of all hosts, or of none
            state = jax.tree.map(np.asarray, state)
        self._manager.save(step, args=ocp.args.StandardSave(state))
        files = _fingerprints(self.path / str(step))
        self._store.write_json(f"{step}.json", {"identity": self.identity, "sha256": files})

    def restore(self, step: int, like: Any) -> Any:
        """The state at `step`, bit for bit as it was saved.

        like: a pytree of arrays or `jax.ShapeDtypeStruct` with the state's structure, shapes and dtypes; a leaf is
        placed on its devices.
        Raises ValueError when there is none or it belongs to another configuration, CorruptCheckpoint when it
        is truncated or altered.
        """
        if step not in self.steps():
            raise ValueError(f"step={step} has no checkpoint in {str(self.path)!r}; allowed: {self.steps()}")
        folder = self.path / str(step)
        about: dict[str, Any] = self._store.read_json(f"{step}.json")  # type: ignore[assignment]
        if about["identity"] != self.identity:
            raise ValueError(
                f"checkpoint {str(folder)!r} belongs to another configuration "
                f"({_first_difference(about['identity'], self.identity)}); choose another folder or remove it"
            )
        if _fingerprints(folder) != about["sha256"]:
            raise CorruptCheckpoint(
                f"checkpoint {str(folder)!r} is truncated or corrupt; remove it to resume from the one before"
            )
        if has_own_devices():
            blank = jax.tree.map(lambda leaf: np.empty(leaf.shape, leaf.dtype), like)
            found = self._manager.restore(step, args=ocp.args.StandardRestore(blank))
            return jax.tree.map(lambda leaf, value: jax.device_put(value, leaf.sharding), like, found)
        shapes = jax.tree.map(_description, like)
        return self._manager.restore(step, args=ocp.args.StandardRestore(shapes))


def _options(path: epath.Path) -> ocp.CheckpointManagerOptions:
    """Where every host has trainings of its own, Orbax waits for no other host."""
    if not has_own_devices():
        return ocp.CheckpointManagerOptions(enable_async_checkpointing=False)
    path.mkdir(parents=True, exist_ok=True)
    own = jax.process_index()
    alone = ocp.options.MultiprocessingOptions(
        primary_host=own, active_processes={own}, barrier_sync_key_prefix=f"host-{own}"
    )
    return ocp.CheckpointManagerOptions(enable_async_checkpointing=False, create=False, multiprocessing_options=alone)


def _description(leaf: Any) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=getattr(leaf, "sharding", None))


def _fingerprints(folder: epath.Path) -> dict[str, str]:
    """File name -> SHA-256, for every file below the folder."""
    found: dict[str, str] = {}
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            found |= {f"{path.name}/{name}": digest for name, digest in _fingerprints(path).items()}
        else:
            found[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def _first_difference(found: Mapping[str, Any], expected: Mapping[str, Any]) -> str:
    for name in sorted({*found, *expected}):
        theirs, ours = found.get(name), expected.get(name)
        if isinstance(theirs, dict) and isinstance(ours, dict) and theirs != ours:
            return _first_difference(theirs, ours)
        if theirs != ours:
            return f"{name}={theirs!r} there, {name}={ours!r} here"
    raise AssertionError("called on equal identities")
