"""Safetensors files, read through a memory map and written tensor by tensor.

The format: eight bytes with the length of a header, the header in JSON ({name: {dtype, shape, data_offsets}}), and the
tensors' bytes without gaps. Reading it needs no package, and a tensor is a view of the file until it is copied to its
place.
"""

from __future__ import annotations

import json
import math
import mmap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np

FLOATS: dict[str, Any] = {
    "F16": np.dtype(np.float16),
    "BF16": np.dtype(ml_dtypes.bfloat16),
    "F32": np.dtype(np.float32),
    "F64": np.dtype(np.float64),
}
"""The formats that weights may have."""

_BYTES = {
    **{name: dtype.itemsize for name, dtype in FLOATS.items()},
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2", "F8_E8M0"), 1),
    **dict.fromkeys(("I16", "U16"), 2),
    **dict.fromkeys(("I32", "U32"), 4),
    **dict.fromkeys(("I64", "U64", "C64"), 8),
}
_LONGEST_HEADER = 100_000_000


@dataclass(frozen=True)
class Stored:
    """One tensor in a file: dtype is the format's name for it, such as BF16; start counts bytes of the file."""

    name: str
    file: Path
    dtype: str
    shape: tuple[int, ...]
    start: int
    content: mmap.mmap

    def view(self) -> np.ndarray:
        """The tensor as the file has it, without copying. Its dtype is one of FLOATS."""
        flat = np.frombuffer(self.content, FLOATS[self.dtype], math.prod(self.shape), self.start)
        return flat.reshape(self.shape)


def read(file: Path) -> dict[str, Stored]:
    """All tensors of a file. Raises ValueError if it is cut short or does not follow the format."""
    size = file.stat().st_size
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        if size < 8 or not 2 <= length <= min(size - 8, _LONGEST_HEADER):
            raise ValueError(f"{file}: a header of {length} bytes in a file of {size} is not allowed; {_WHOLE}")
        header = _header(file, opened.read(length))
        content = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
    end, found = 0, {}
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        dtype, shape, (start, stop) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
        if dtype not in _BYTES:
            raise ValueError(f"{file}: {name} has dtype {dtype}, which is not allowed; allowed: {', '.join(FLOATS)}")
        if start != end or stop - start != _BYTES[dtype] * math.prod(shape):
            raise ValueError(f"{file}: {name} at bytes {start} to {stop} is not allowed; {_WHOLE}")
        end = stop
        found[name] = Stored(name, file, dtype, shape, 8 + length + start, content)
    if 8 + length + end != size:
        raise ValueError(f"{file}: {size} bytes is not allowed; allowed: {8 + length + end}, as its header says")
    return found


_WHOLE = "allowed: a whole safetensors file"


def _header(file: Path, text: bytes) -> dict[str, dict[str, Any]]:
    try:
        header = json.loads(text)
        header.pop("__metadata__", None)
        for entry in header.values():
            start, stop = entry["data_offsets"]
            whole = [start, stop, *entry["shape"]]
            if not isinstance(entry["dtype"], str) or not all(type(n) is int and n >= 0 for n in whole):
                raise TypeError
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{file}: its header is not allowed; {_WHOLE}") from error
    return header


def write(file: Path, tensors: Mapping[str, tuple[np.dtype, tuple[int, ...], Callable[[], np.ndarray]]]) -> None:
    """Writes tensors in their order, each given as dtype, shape and what makes it when its turn comes."""
    names = {dtype: name for name, dtype in FLOATS.items()}
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}  # without it, transformers refuses the file
    end = 0
    for name, (dtype, shape, _) in tensors.items():
        start, end = end, end + dtype.itemsize * math.prod(shape)
        header[name] = {"dtype": names[dtype], "shape": list(shape), "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # so that tensors are aligned
    with file.open("wb") as opened:
        opened.write(len(text).to_bytes(8, "little") + text)
        for dtype, _, make in tensors.values():
            array = np.ascontiguousarray(make(), dtype)
            opened.write(array.reshape(-1).view(np.uint8).data)
