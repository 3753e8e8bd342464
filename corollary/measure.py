"""A measure: whatever is observed, as a pure function (key, point) -> values, an array or a mapping of names to arrays.

Which inputs of a point fix shapes or branches is declared beside the function, `@static("d", "l")`, and never read off
how a number was typed: without a declaration, inputs that are whole numbers do, typed 1 or 1.0. A measure that JAX
cannot trace (a linear program, exact enumeration, a learner that asks an oracle) says so once, `@untraced`, and one
whose digits float32 cannot hold says why, `@needs_float64("differences of nearly equal probabilities")`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import numpy as np

from corollary.point import Point

Measure = Callable[..., Any]
"""(key, point) -> array, or {name: array}."""

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


def static(*names: str) -> Callable[[F], F]:
    """Declares the inputs of a measure that fix shapes or branches; all other numbers are data. They are given to it
    as int; booleans and strings need no declaration."""

    def declare(measure: F) -> F:
        setattr(measure, "_static", frozenset(names))  # noqa: B010 -- functions have no such attribute of their own
        return measure

    return declare


def untraced(measure: F) -> F:
    """Declares a measure that JAX cannot trace: it is called in Python, once a key."""
    setattr(measure, "_untraced", True)  # noqa: B010
    return measure


def needs_float64(reason: str) -> Callable[[T], T]:
    """Declares a measure, or a training run, that must not be computed in float32, and why in a few words. Raises
    ValueError without a reason."""
    if not reason.strip():
        raise ValueError(f"reason={reason!r}; allowed: why float32 does not do, in a few words")

    def declare(found: T) -> T:
        # A run is frozen; and this is no field of it, which would change the address of what it gave.
        object.__setattr__(found, "_needs_float64", reason)
        return found

    return declare


def float64_reason(found: Any) -> str:
    """Why a measure or a training run must not be computed in float32; "" where it may."""
    return str(getattr(_inner(found), "_needs_float64", ""))


def is_traced(measure: Measure) -> bool:
    return not getattr(_inner(measure), "_untraced", False)


def measure_name(measure: Measure) -> str:
    """Module and name, as they stand in the repository."""
    inner = _inner(measure)
    named = inner if hasattr(inner, "__qualname__") else type(inner)
    return f"{named.__module__.removeprefix('corollary.')}.{named.__qualname__}"


def split(point: Point, measure: Measure | None = None) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """(static, traced): what fixes shapes and branches, as bool, int or str; and the data, as float64 arrays.

    Raises ValueError when an input that is declared static is no whole number.
    """
    declared: frozenset[str] | None = getattr(_inner(measure), "_static", None) if measure is not None else None
    fixed: dict[str, Any] = {}
    data: dict[str, np.ndarray] = {}
    for name, value in point.items():
        if type(value) is float and (not value.is_integer() if declared is None else name not in declared):
            data[name] = np.array(value)  # most inputs, quickly
        elif isinstance(value, bool | np.bool_ | str):
            fixed[name] = bool(value) if isinstance(value, np.bool_) else value
        elif declared is None and np.ndim(value) == 0 and float(value).is_integer():
            fixed[name] = int(value)
        elif declared is not None and name in declared:
            fixed[name] = _whole(name, value)
        else:
            data[name] = np.asarray(value, dtype=np.float64)
    return fixed, data


def canonical(point: Point, measure: Measure | None = None) -> Point:
    """The point as the measure gets it, in the point's order: one experiment however its numbers were typed."""
    return joined(point, *split(point, measure))


def joined(point: Point, fixed: dict[str, Any], data: dict[str, np.ndarray]) -> Point:
    """What `split` took apart, in the point's order."""
    return {name: fixed[name] if name in fixed else data[name].tolist() for name in point}


def seed_of(key: Any) -> int:
    """The integer that a key was made from, or that its bits spell: for NumPy's generators in untraced measures."""
    import jax

    words = np.asarray(jax.random.key_data(key)).ravel().tolist()
    return int(sum(word << (32 * place) for place, word in enumerate(reversed(words))))


def named(values: Any) -> Mapping[str, Any]:
    """Values by name; those of an unnamed array are called ""."""
    return values if isinstance(values, Mapping) else {"": values}


def _inner(measure: Any) -> Any:
    while isinstance(measure, partial):
        measure = measure.func
    return measure


def _whole(name: str, value: Any) -> int:
    if np.ndim(value) != 0 or not float(value).is_integer():
        raise ValueError(f"{name}={value!r} fixes a shape or a branch; allowed: a whole number")
    return int(value)
