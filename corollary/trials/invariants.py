"""Invariants: what holds of every correct value, whatever it is: probabilities, symmetry, causality, ranges.

Each check returns an `Invariant`, true or false as a condition, and with the reason where it is false:
`assert probabilities(rows)` in a test, `states=True` or a count of faults in a claim. Exact numbers (int, Fraction) are
held exactly, floating-point ones to `tolerance`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Invariant:
    """Whether it holds, and why not."""

    holds: bool
    why: str = ""

    def __bool__(self) -> bool:
        return self.holds


HOLDS = Invariant(True)


def finite(values: Any) -> Invariant:
    """Every entry is a finite real number. values: an array, a mapping of names to arrays, or nested lists of them."""
    for name, array in _arrays(values):
        if array.dtype.kind == "c":
            return Invariant(False, f"{name}is complex")
        if array.dtype.kind == "O" and all(isinstance(entry, int | Fraction) for entry in array.flat):
            continue
        if not np.all(good := np.isfinite(array.astype(np.float64))):
            return _first(name, array, ~good, "is no finite number")
    return HOLDS


def within(values: Any, low: Any, high: Any, tolerance: float = TOLERANCE) -> Invariant:
    """Every entry lies in [low, high]; numbers, or arrays that broadcast. values: as for `finite`."""
    low, high = np.asarray(low), np.asarray(high)
    for name, array in _arrays(values):
        slack = 0 if _is_exact(array) else tolerance
        if not np.all(good := (array >= low - slack) & (array <= high + slack)):
            return _first(name, array, ~np.asarray(good, bool), f"lies outside [{_shown(low)}, {_shown(high)}]")
    return HOLDS


def probabilities(values: Any, axis: int | None = -1, tolerance: float = TOLERANCE) -> Invariant:
    """Every entry lies in [0, 1], and they sum to 1 along `axis`, or over all of an array where it is None.

    values: an array [..., outcomes, ...], or a law {outcome: probability}. Of a single number only [0, 1] is asked.
    """
    if isinstance(values, Mapping) and all(np.ndim(value) == 0 for value in values.values()):
        values, axis = _array(list(values.values())), None
    if not (inside := within(values, 0, 1, tolerance)):
        return inside
    for name, array in _arrays(values):
        total = np.asarray(array.sum(axis=axis)) if array.ndim else np.asarray(1)
        slack = 0 if _is_exact(array) else tolerance
        if not np.all(good := abs(total - 1) <= slack):
            return _first(name + "the sum ", total, ~np.asarray(good, bool), "is not 1")
    return HOLDS


def symmetric(matrices: Any, tolerance: float = TOLERANCE) -> Invariant:
    """Matrices [..., n, n] equal their transposes, relative to their largest entry."""
    for name, array in _arrays(matrices):
        if array.ndim < 2 or array.shape[-1] != array.shape[-2]:
            return Invariant(False, f"{name}has the shape {array.shape}, which is not square")
        slack = 0 if _is_exact(array) else tolerance * np.abs(array).max(initial=0.0)
        if not np.all(good := abs(array - np.swapaxes(array, -1, -2)) <= slack):
            return _first(name, array, ~np.asarray(good, bool), "differs from its mirror image")
    return HOLDS


def positive_semidefinite(matrices: Any, tolerance: float = TOLERANCE) -> Invariant:
    """Symmetric matrices [..., n, n] without an eigenvalue below 0, relative to the largest."""
    if not (even := symmetric(matrices, tolerance)):
        return even
    for name, array in _arrays(matrices):
        eigenvalues = np.linalg.eigvalsh(array.astype(np.float64))
        if np.any(low := eigenvalues < -tolerance * np.abs(eigenvalues).max(initial=0.0)):
            return _first(name + "eigenvalue ", eigenvalues, low, "is negative")
    return HOLDS


def causal(
    function: Callable[[Any], Any],
    inputs: Any,
    axis: int = 1,
    output_axis: int | None = None,
    change: Callable[[Any], Any] = lambda entries: entries + 1,
    tolerance: float = TOLERANCE,
) -> Invariant:
    """What the function returns at a position depends on no later position of its inputs, and does on its own.

    function: inputs [..., length, ...] -> outputs [..., length, ...]. axis, output_axis: of positions, the same unless
    given. change: what an entry is changed to, such as another token. Every position is changed in turn.
    """
    inputs = np.asarray(inputs)
    out = axis if output_axis is None else output_axis
    before = np.asarray(function(inputs))
    slack = tolerance * max(np.abs(before).max(initial=0.0), 1e-300)
    for position in range(inputs.shape[axis]):
        changed = inputs.copy()
        here = _at(inputs.ndim, axis, position)
        changed[here] = change(inputs[here])
        moved = np.abs(np.asarray(function(changed)) - before) > slack
        if np.any(moved[_at(moved.ndim, out, slice(0, position))]):
            where = int(np.flatnonzero(np.moveaxis(moved, out, 0).reshape(moved.shape[out], -1).any(1))[0])
            return Invariant(False, f"the output at {where} depends on the later input at {position}")
        if not np.any(moved[_at(moved.ndim, out, position)]):
            return Invariant(False, f"the output at {position} does not depend on the input there")
    return HOLDS


def independent_of(function: Callable[..., Any], point: Mapping[str, Any], **others: Any) -> Invariant:
    """The function of named inputs returns the same bits whatever the inputs in `others` are set to."""
    before = [array for _, array in _arrays(function(**point))]
    for name, value in others.items():
        after = [array for _, array in _arrays(function(**{**point, name: value}))]
        if len(before) != len(after) or not all(map(np.array_equal, before, after)):
            return Invariant(False, f"it changes with {name} = {_shown(value)}")
    return HOLDS


def keys_used_once(
    measure: Callable[[Any, Mapping[str, Any]], Any], point: Mapping[str, Any], seed: int = 0
) -> Invariant:
    """A traced measure draws from no key twice, in loops and inner functions neither. It is traced, not run."""
    import jax

    try:
        with jax.debug_key_reuse(True):
            jax.eval_shape(jax.jit(lambda key: measure(key, point)), jax.random.key(seed))
    except jax.errors.KeyReuseError as error:
        return Invariant(False, str(error).splitlines()[0])
    return HOLDS


def every(checks: Iterable[Invariant]) -> Invariant:
    """All of them hold; the first that does not says why."""
    return next((check for check in checks if not check), HOLDS)


def _arrays(values: Any, name: str = "") -> list[tuple[str, np.ndarray]]:
    """(name and a space, array) of all that is in `values`."""
    if isinstance(values, Mapping):
        return [pair for key, value in values.items() for pair in _arrays(value, f"{name}{key} ")]
    return [(name, _array(values))]


def _array(values: Any) -> np.ndarray:
    """An array; of exact numbers, one of objects that are ints and Fractions."""
    array = np.asarray(values)
    if array.dtype == object and not all(isinstance(entry, int | Fraction) for entry in array.flat):
        array = array.astype(np.float64)
    return array


def _is_exact(array: np.ndarray) -> bool:
    return array.dtype.kind in "biuO"


def _at(dimensions: int, axis: int, index: int | slice) -> tuple[int | slice, ...]:
    selected: list[int | slice] = [slice(None)] * dimensions
    selected[axis] = index
    return tuple(selected)


def _first(name: str, array: np.ndarray, bad: np.ndarray, says: str) -> Invariant:
    place: Sequence[int] = np.argwhere(bad)[0].tolist()
    where = f" at {tuple(place)}" if place else ""
    return Invariant(False, f"{name}{_shown(array[tuple(place)])}{where} {says}")


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float | np.floating) else str(value)
