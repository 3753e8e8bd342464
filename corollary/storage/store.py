"""Where results live: JSON records and .npz arrays, each written atomically, in a local folder or a bucket."""

from __future__ import annotations

import hashlib
import io
import json
import os
import uuid
import zipfile
from typing import Any

import numpy as np
from etils import epath


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
    if isinstance(part, dict):
        inner = (_canonical(name) + b"=" + _canonical(part[name]) for name in sorted(part))
        return b"{" + b";".join(inner) + b"}"
    if isinstance(part, list | tuple):
        return b"[" + b";".join(_canonical(item) for item in part) + b"]"
    if isinstance(part, np.ndarray):
        return f"{part.dtype}{part.shape}".encode() + np.ascontiguousarray(part).tobytes()
    return f"{type(part).__name__}:{part!r}".encode()


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
        """Writes `name` as a whole or not at all: to a temporary neighbour first, then renamed over."""
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.parent / f".{target.name}.{uuid.uuid4().hex}"
        temporary.write_bytes(content)
        temporary.replace(target)
        return target

    def write_json(self, name: str, record: Any) -> epath.Path:
        return self.write(name, (json.dumps(plain(record), indent=1, allow_nan=True) + "\n").encode())

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
            return json.loads(target.read_bytes())
        except (ValueError, UnicodeDecodeError):
            raise CorruptRecord(
                f"record {str(target)!r} is truncated or corrupt; remove it to compute it again"
            ) from None

    def read_arrays(self, name: str) -> dict[str, np.ndarray] | None:
        """The arrays, or None where there are none. Raises CorruptRecord on anything unreadable."""
        target = self.path / name
        if not target.exists():
            return None
        try:
            with np.load(io.BytesIO(target.read_bytes()), allow_pickle=False) as loaded:
                return {key: loaded[key] for key in loaded.files}
        except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile):
            raise CorruptRecord(
                f"record {str(target)!r} is truncated or corrupt; remove it to compute it again"
            ) from None

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
