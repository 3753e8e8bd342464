"""Inputs of a closed form: named values, converted entry by entry, with shapes that agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np


def bind(symbols: Mapping[str, Any], values: Mapping[str, Any], number: Callable[[Any], Any]) -> dict[str, Any]:
    """Inputs by name, converted by `number`, with every symbolic dimension bound by the arrays' shapes.

    symbols: name -> Symbol or MatrixSymbol. Raises ValueError on a missing, complex or
    ill-shaped value.
    """
    inputs: dict[str, Any] = {}
    sizes: dict[str, int] = {}
    for name, symbol in symbols.items():
        if getattr(symbol, "is_Matrix", False):
            inputs[name] = _array(name, symbol, values, number)
            _bind_size(name, symbol, inputs[name].shape, sizes)
    for name, symbol in symbols.items():
        if getattr(symbol, "is_Matrix", False):
            continue
        given = values.get(name, sizes.get(name))
        if given is None:
            raise ValueError(f"{name} is missing: the closed form needs {', '.join(symbols)}")
        if np.ndim(given) != 0:
            raise ValueError(f"{name} has shape {np.shape(given)}: a number is needed")
        inputs[name] = _converted(name, given, number)
        if name in sizes and inputs[name] != sizes[name]:
            raise ValueError(f"{name} = {given} disagrees with arrays of dimension {sizes[name]}")
    return inputs


def _converted(name: str, given: Any, number: Callable[[Any], Any]) -> Any:
    try:
        return number(given)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _array(name: str, symbol: Any, values: Mapping[str, Any], number: Callable[[Any], Any]) -> Any:
    if values.get(name) is None:
        raise ValueError(f"{name} is missing: an array of shape {symbol.shape} is needed")
    given = values[name]
    if np.ndim(given) == 0:
        raise ValueError(f"{name} has shape (): an array of shape {symbol.shape} is needed")
    array: Any = _converted(name, given, number)
    if array.ndim == 1 and symbol.shape[1] == 1:
        array = array.reshape(-1, 1)
    if array.ndim != 2:
        raise ValueError(f"{name} has shape {np.shape(given)}: an array of shape {symbol.shape} is needed")
    return array


def _bind_size(name: str, symbol: Any, shape: tuple[int, int], sizes: dict[str, int]) -> None:
    for expected, found in zip(symbol.shape, shape, strict=True):
        if expected.is_Symbol:
            wanted = sizes.setdefault(expected.name, found)
        else:
            wanted = int(expected) if expected.is_Integer else found
        if wanted != found:
            raise ValueError(f"{name} has shape {shape}: {symbol.shape} with {expected} = {wanted} is needed")
