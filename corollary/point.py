"""Points: flat dicts of named inputs at which a claim is put on trial, and grids of them by depth."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

Point = dict[str, Any]
T = TypeVar("T")
DEPTHS = ("quick", "standard", "full")


@dataclass(frozen=True)
class Depths(Generic[T]):
    """A setting that differs by depth. A depth left out takes the next lower one's value; `quick` left out means
    that the claim belongs to the deeper ones only."""

    quick: T | None = None
    standard: T | None = None
    full: T | None = None

    def at(self, depth: str) -> T | None:
        chosen = None
        for name in DEPTHS[: DEPTHS.index(depth) + 1]:
            value = getattr(self, name)
            chosen = chosen if value is None else value
        return chosen


def at_depth(setting: Any, depth: str) -> Any:
    """The value of a setting at a depth: what a `Depths` says, or the setting itself."""
    return setting.at(depth) if isinstance(setting, Depths) else setting


def grid(**axes: Iterable[Any]) -> list[Point]:
    """Every combination of the named axes' values, the last axis fastest: grid(d=[2, 3], tau=[1.0, 2.0])."""
    points: list[Point] = [{}]
    for name, values in axes.items():
        points = [{**point, name: value} for point in points for value in values]
    return points


def call_at(function: Callable[..., Any], point: Point) -> Any:
    """Calls a function of named inputs at a point, passing only the inputs that it names."""
    accepted = _accepted(function)
    if accepted is None:
        return function(**point)
    missing = [name for name, required in accepted.items() if required and name not in point]
    if missing:
        raise ValueError(f"point={sorted(point)} lacks {missing[0]!r}, which {_name(function)} needs")
    return function(**{name: point[name] for name in accepted if name in point})


def _accepted(function: Callable[..., Any]) -> Mapping[str, bool] | None:
    parameters = inspect.signature(function).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    return {p.name: p.default is p.empty for p in parameters}


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__qualname__", repr(function))


def label(point: Point) -> str:
    """The point in one line: scalars as name=value, then arrays by their shape."""
    scalars, arrays = [], []
    for name, value in point.items():
        array = np.asarray(value)
        if array.ndim == 0:
            scalars.append(f"{name}={value:.6g}" if isinstance(value, float) else f"{name}={value}")
        else:
            arrays.append(f"{name}[{'x'.join(map(str, array.shape))}]")
    return " ".join(scalars + arrays)
