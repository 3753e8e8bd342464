"""Inputs as they are typed: name=value, matrices as JSON or .npz files, and axes of a sweep."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np


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
    """A number, a JSON list (vector or matrix) as float64, an array of an .npz file ("file.npz:key"), or a word.

    exact: keep a number that is not an integer as its text, for evaluation to many digits.
    Raises ValueError on malformed JSON and unreadable files.
    """
    if text.startswith("["):
        try:
            return np.array(ast.literal_eval(text), dtype=np.float64)
        except (ValueError, TypeError, SyntaxError):
            raise ValueError(
                f"{name}={text} is not a matrix; allowed: JSON such as [[1,0],[0,1]], or a file.npz"
            ) from None
    if ".npz" in text:
        return _from_file(name, text)
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return text
    return text if exact else number


def parse_axis(name: str, text: str) -> list[Any]:
    """The values of a sweep's axis: "1,2,4", "0.1:10:log:32", "0:1:lin:11", or a single value.

    Raises ValueError on a malformed range.
    """
    if text.startswith("[") or ".npz" in text:
        return [parse_value(name, text)]
    if ":" not in text:
        return [parse_value(name, part) for part in text.split(",")]
    try:
        low_text, high_text, spacing, count_text = text.split(":")
        low, high, count = float(low_text), float(high_text), int(count_text)
        if spacing not in ("lin", "log") or count < 2 or not low < high or (spacing == "log" and low <= 0):
            raise ValueError
    except ValueError:
        raise ValueError(
            f"{name}={text} is not a range; allowed: low:high:lin:count or low:high:log:count with low < high, "
            "count >= 2, and low > 0 for log"
        ) from None
    values = np.geomspace(low, high, count) if spacing == "log" else np.linspace(low, high, count)
    return [float(value) for value in values]


def _from_file(name: str, text: str) -> np.ndarray:
    path, _, key = text.partition(".npz")
    try:
        with np.load(path + ".npz", allow_pickle=False) as arrays:
            wanted = key.lstrip(":") or (name if name in arrays.files else arrays.files[0])
            return np.asarray(arrays[wanted], dtype=np.float64)
    except (OSError, ValueError, KeyError, IndexError):
        raise ValueError(
            f"{name}={text} cannot be read; allowed: an .npz file, with :key when it holds several arrays"
        ) from None
