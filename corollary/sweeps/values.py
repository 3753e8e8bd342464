"""Inputs as they are typed: name=value, numbers and fractions, matrices as JSON or .npz files, and axes of a sweep."""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from fractions import Fraction
from typing import Any

import numpy as np

from corollary.formulas.exact_numbers import NUMBER, as_float, read_number

MOST_VALUES = 1_000_000
_ENTRY = re.compile(rf"{NUMBER}(?:\s*/\s*{NUMBER})?", re.ASCII)
_WHOLE = re.compile(r"\s*[+-]?\d+\s*", re.ASCII)


def parse_assignments(texts: tuple[str, ...]) -> dict[str, str]:
    """{"name": "value"} from "name=value" texts. Raises ValueError on anything else, or a name given twice."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier() or not value:
            raise ValueError(f"argument {text!r} is malformed; allowed: name=value, such as tau=1.5")
        if name in found:
            raise ValueError(f"argument {name!r} is given twice")
        found[name] = value
    return found


def parse_value(name: str, text: str, exact: bool = False) -> Any:
    """What a text says: a number, a fraction such as 3/10, a JSON list (vector or matrix, of numbers or fractions), an
    array of an .npz file ("file.npz:key"), or a word.

    Whole numbers become ints, fractions Fractions, other numbers floats, arrays float64. exact: other numbers are
    Fractions too, and lists arrays of them, for evaluation to many digits. Raises ValueError on a malformed list, and
    on a file that cannot be read, holds complex numbers, or several arrays of which none is named.
    """
    if text.startswith("["):
        return _from_list(name, text, exact)
    if ".npz" in text:
        return _from_file(name, text, exact)
    try:
        number = read_number(text)
    except ValueError:
        return text
    if _WHOLE.fullmatch(text):
        return int(number)
    return number if exact or "/" in text else as_float(number)


def parse_axis(name: str, text: str) -> list[Any]:
    """The values of a sweep's axis: "1,2,4", "1/2,3/4", "0.1:10:log:32", "0:1:lin:11", or a single value. Fractions
    become floats.

    Raises ValueError on a malformed range, and on one of more than a million values.
    """
    if text.startswith("[") or ".npz" in text:
        return [parse_value(name, text)]
    if ":" not in text:
        values = [parse_value(name, part) for part in text.split(",")]
        return [as_float(value) if isinstance(value, Fraction) else value for value in values]
    try:
        low_text, high_text, spacing, count_text = text.split(":")
        low, high, count = as_float(read_number(low_text)), as_float(read_number(high_text)), int(count_text)
        if spacing not in ("lin", "log") or not 2 <= count <= MOST_VALUES or (spacing == "log" and low <= 0):
            raise ValueError
        if not -np.inf < low < high < np.inf:
            raise ValueError
    except ValueError:
        raise ValueError(
            f"{name}={text} is not a range; allowed: low:high:lin:count or low:high:log:count with low < high, "
            f"2 <= count <= {MOST_VALUES}, and low > 0 for log"
        ) from None
    spaced = np.geomspace(low, high, count) if spacing == "log" else np.linspace(low, high, count)
    return [float(value) for value in spaced]


def _from_list(name: str, text: str, exact: bool) -> np.ndarray:
    try:
        nested = json.loads(_ENTRY.sub(lambda number: f'"{number.group()}"', text))
        entries = np.array(_numbers(nested), dtype=object)
    except (ValueError, RecursionError):
        raise ValueError(
            f"{name}={_short(text)} is not a list of numbers; allowed: JSON such as [1,2] or [[1,0],[0,3/10]] with "
            "rows of one length, or a file.npz"
        ) from None
    if exact:
        return entries
    return np.array([as_float(entry) for entry in entries.ravel()], dtype=np.float64).reshape(entries.shape)


def _numbers(nested: Any) -> Any:
    """Texts as Fractions, in lists of one length at every level."""
    if not isinstance(nested, list):
        return read_number(nested if isinstance(nested, str) else "")
    inner = [_numbers(entry) for entry in nested]
    if len({np.shape(entry) if isinstance(entry, list) else () for entry in inner}) > 1:
        raise ValueError
    return inner


def _from_file(name: str, text: str, exact: bool) -> np.ndarray:
    path, _, key = text.rpartition(".npz")
    key = key.removeprefix(":")
    try:
        with open(path + ".npz", "rb") as file, np.load(file, allow_pickle=False) as arrays:
            names = list(arrays.files)
            wanted = key or (name if name in names else names[0] if len(names) == 1 else "")
            found = arrays[wanted] if wanted in names else None
    except (OSError, ValueError, KeyError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error):
        # What NumPy and zipfile raise for files that are broken, or packed in a way they do not read.
        raise ValueError(f"{name}={text} cannot be read; allowed: an .npz file of arrays of numbers") from None
    if found is None:
        reason = f"holds no array {key!r}" if key else "holds several arrays" if names else "holds no array"
        allowed = f"allowed: {path}.npz:key with one of {', '.join(names)}" if names else "allowed: a file that does"
        raise ValueError(f"{name}={text} {reason}; {allowed}")
    if found.dtype.kind not in "biuf":
        kind = "complex numbers" if found.dtype.kind == "c" else f"values of type {found.dtype}"
        raise ValueError(f"{name}={text} holds {kind}; allowed: real numbers")
    return found.astype(object if exact and found.dtype.kind in "iu" else np.float64)


def _short(text: str) -> str:
    return text if len(text) <= 100 else text[:97] + "..."
