"""Where results live: JSON records and .npz arrays, each written atomically, in a local folder or a bucket."""

from __future__ import annotations

import hashlib
import io
import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
from etils import epath

try:
    import fcntl
except ImportError:  # no Unix
    fcntl = None  # type: ignore[assignment]


class CorruptRecord(ValueError):
    """A stored record that cannot be read. Its path is in the message; nothing of it is used."""


def digest(*parts: Any) -> str:
    """A 20-hex-digit address of what determines a result: strings, numbers, dicts and arrays, in order."""
    state = hashlib.sha256()
    for part in parts:
        state.update(_canonical(part))
        state.update(b"\x00")
    return state.hexdigest()[:20]


def _canonical(part: Any) -> bytes:
    if type(part) is float or type(part) is str or type(part) is int:
        return f"{type(part).__name__}:{part!r}".encode()
    if isinstance(part, dict):
        inner = (_canonical(name) + b"=" + _canonical(part[name]) for name in sorted(part))
        return b"{" + b";".join(inner) + b"}"
    if isinstance(part, list | tuple):
        return b"[" + b";".join(_canonical(item) for item in part) + b"]"
    if isinstance(part, np.ndarray):
        return f"{part.dtype}{part.shape}".encode() + np.ascontiguousarray(part).tobytes()
    return f"{type(part).__name__}:{part!r}".encode()


CHECKED = "checksum"
"""The entry of a JSON record that says what its other entries were when it was written."""


def _checksum(record: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:16]


class Store:
    """A results folder. Reading never creates it; the first write does.

    path: a local folder or a bucket address that `etils.epath` understands.
    Raises ValueError when the folder cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str]):
        self.path = epath.Path(path)

    def check_writable(self) -> None:
        """Fails now, with one line, rather than after the work is done."""
        probe = self.path / f".probe-{uuid.uuid4().hex}"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise ValueError(
                f"out={str(self.path)!r} cannot be written ({error.strerror or error}); allowed: a folder that "
                "exists or can be created, with permission to write"
            ) from None

    def write(self, name: str, content: bytes) -> epath.Path:
        """Writes `name` as a whole or not at all: to a temporary neighbour first, then renamed over. Raises OSError
        where there is no room for it."""
        target = self.path / name
        temporary = target.parent / f".{target.name}.{uuid.uuid4().hex}"
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(content)
            temporary.replace(target)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink()
            why = f"{error.strerror or error}; what was stored before is whole, and the same command goes on from it"
            raise OSError(error.errno, why, str(target)) from error
        return target

    def write_json(self, name: str, record: Any) -> epath.Path:
        """A mapping also gets the digest of its text, by which damage is seen."""
        kept = plain(record)
        if isinstance(kept, dict):
            kept = {**kept, CHECKED: _checksum(kept)}
        return self.write(name, (json.dumps(kept, indent=1, allow_nan=True) + "\n").encode())

    def write_arrays(self, name: str, arrays: dict[str, np.ndarray]) -> epath.Path:
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **arrays)
        return self.write(name, buffer.getvalue())

    def read_json(self, name: str) -> Any | None:
        """The record, or None where there is none. Raises CorruptRecord on anything unreadable."""
        target = self.path / name
        if not target.exists():
            return None
        try:
            found = json.loads(target.read_bytes())
            if isinstance(found, dict) and found:
                name, checksum = found.popitem()
                # Records of older versions have none; where the sum is right and its name is not, the name is damaged.
                if name != CHECKED and checksum != _checksum(found):
                    found[name] = checksum
                elif name != CHECKED or checksum != _checksum(found):
                    raise ValueError
        except (ValueError, UnicodeDecodeError):
            raise CorruptRecord(
                f"record {str(target)!r} is truncated or corrupt; remove it to compute it again"
            ) from None
        return found

    def read_arrays(self, name: str) -> dict[str, np.ndarray] | None:
        """The arrays, or None where there are none. Raises CorruptRecord on anything unreadable."""
        target = self.path / name
        if not target.exists():
            return None
        try:
            with np.load(io.BytesIO(target.read_bytes()), allow_pickle=False) as loaded:
                return {key: loaded[key] for key in loaded.files}
        except Exception:  # a changed bit can name another compression, an encryption, or a shape beyond memory
            raise CorruptRecord(
                f"record {str(target)!r} is truncated or corrupt; remove it to compute it again"
            ) from None

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Keeps other processes of this machine, or of one that shares the disk, out of what `name` stands for, and
        waits for one that is in it. A process that is killed leaves at once. A bucket has no such lock."""
        if "://" in str(self.path) or fcntl is None:
            yield
            return
        place = self.path / f".{name}.lock"
        place.parent.mkdir(parents=True, exist_ok=True)
        with open(str(place), "wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def names(self, pattern: str) -> list[str]:
        """Names of stored files that match a glob pattern below the folder, sorted."""
        if not self.path.exists():
            return []
        return sorted(str(found.relative_to(self.path)) for found in self.path.glob(pattern))


def plain(value: Any) -> Any:
    """The value as JSON can hold it: arrays as lists, NumPy scalars as Python's, SymPy numbers as strings."""
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)
