"""Checkpoints of training runs: Orbax folders that say what they belong to and are restored to the bit."""

from __future__ import annotations

import gc
import hashlib
import logging
import os
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import jax
import numpy as np
import orbax.checkpoint as ocp
from etils import epath


class CorruptCheckpoint(ValueError):
    """A checkpoint that cannot be read whole. Its path is in the message; nothing of it is used."""


class Checkpoints:
    """The checkpoints of one run in one folder, one sub-folder a step; a context manager.

    A save appears under its step only when it is complete. Every checkpoint carries the identity that it was
    written with and the SHA-256 of its arrays, and is refused when either does not match.

    path: a local folder or a bucket address. identity: what determines the run's states, as JSON can hold it.
    """

    def __init__(self, path: str | os.PathLike[str], identity: Mapping[str, Any]):
        self.path = epath.Path(path)
        self.identity = dict(identity)
        logging.getLogger("absl").setLevel(logging.ERROR)
        options = ocp.CheckpointManagerOptions(enable_async_checkpointing=False)
        self._manager = ocp.CheckpointManager(self.path, options=options)

    def __enter__(self) -> Checkpoints:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._manager.close()

    def steps(self) -> list[int]:
        """The steps that have a complete checkpoint, ascending."""
        return sorted(self._manager.all_steps())

    def save(self, step: int, state: Any) -> None:
        """Writes a pytree of arrays as the checkpoint of `step`, as a whole or not at all."""
        about = {"identity": self.identity, "sha256": _fingerprint(state)}
        content = ocp.args.Composite(state=ocp.args.StandardSave(state), about=ocp.args.JsonSave(about))
        self._manager.save(step, args=content)

    def restore(self, step: int, like: Any) -> Any:
        """The state at `step`, bit for bit as it was saved.

        like: a pytree of arrays or `jax.ShapeDtypeStruct` with the state's structure, shapes and dtypes.
        Raises ValueError when there is none or it belongs to another configuration, CorruptCheckpoint when it
        is truncated or altered.
        """
        folder = self.path / str(step)
        if step not in self.steps():
            raise ValueError(f"step={step} has no checkpoint in {str(self.path)!r}; allowed: {self.steps()}")
        about = self._read(step, folder, about=ocp.args.JsonRestore())["about"]
        if about.get("identity") != self.identity:
            difference = _first_difference(about.get("identity"), self.identity)
            raise ValueError(
                f"checkpoint {str(folder)!r} belongs to another configuration ({difference}); "
                "choose another folder or remove it"
            )
        shapes = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype), like)
        state = self._read(step, folder, state=ocp.args.StandardRestore(shapes))["state"]
        if _fingerprint(state) != about.get("sha256"):
            raise CorruptCheckpoint(_corrupt(folder))
        return state

    def _read(self, step: int, folder: epath.Path, **items: Any) -> Any:
        # Damage surfaces in Orbax and TensorStore as many unrelated types: whichever it is, nothing is usable.
        try:
            return self._manager.restore(step, args=ocp.args.Composite(**items))
        except Exception:
            pass
        _collect_quietly()
        raise CorruptCheckpoint(_corrupt(folder))


def _collect_quietly() -> None:
    """Collects the reads that Orbax abandons when one of them fails: each would print a traceback of its own."""
    hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
    try:
        gc.collect()
    finally:
        sys.unraisablehook = hook


def _corrupt(folder: epath.Path) -> str:
    return f"checkpoint {str(folder)!r} is truncated or corrupt; remove it to resume from the one before"


def _fingerprint(state: Any) -> str:
    digest = hashlib.sha256()
    for leaf in jax.tree.leaves(state):
        array = np.asarray(leaf)
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _first_difference(found: Any, expected: Mapping[str, Any]) -> str:
    if not isinstance(found, dict):
        return "it does not say which"
    for name in sorted({*found, *expected}):
        theirs, ours = found.get(name), expected.get(name)
        if isinstance(theirs, dict) and isinstance(ours, dict) and theirs != ours:
            return _first_difference(theirs, ours)
        if theirs != ours:
            return f"{name}={theirs!r} there, {name}={ours!r} here"
    return "no field differs"
