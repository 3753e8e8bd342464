"""What an argument may be: numbers, intervals, whole numbers, words, truth values, vectors, matrices, distributions.

A number may be of any kind (int, float, NumPy's, Fraction, Decimal, SymPy's, or a text such as "0.1" or "3/10"); it is
compared as it is, unrounded, and handed on as a float.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from corollary.formulas.exact_numbers import as_float, exact_number, float64, typed_decimal

SYMMETRY_TOLERANCE = 1e-10
SUM_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Domain:
    """What a value may be: `check` returns it converted or raises ValueError; `shape` names dimensions."""

    says: str
    check: Callable[[Any], Any]
    shape: tuple[str, ...] = ()


def _exactly(value: Any) -> Fraction:
    if isinstance(value, bool | np.bool_):
        raise ValueError
    try:
        found = exact_number(value)
    except ValueError:
        raise ValueError from None
    if not isinstance(found, Fraction) or not math.isfinite(as_float(found)):
        raise ValueError
    return found


def _where(condition: Callable[[Fraction], bool]) -> Callable[[Any], float]:
    def check(value: Any) -> float:
        found = _exactly(value)
        if not condition(found):
            raise ValueError
        return float(found)

    return check


def above(bound: float) -> Domain:
    """Numbers larger than `bound`."""
    return Domain(f"a number > {bound:g}", _where(lambda value: value > bound))


def interval(low: float, high: float, closed: str = "", says: str = "") -> Domain:
    """Numbers between two ends, of which `closed` says which belong to it: "", "low", "high" or "both".

    says: what it is called where "a number in (low, high)" does not do. Raises ValueError on another `closed`.
    """
    if closed not in ("", "low", "high", "both"):
        raise ValueError(f"closed={closed!r}; allowed: '', 'low', 'high', 'both'")
    with_low, with_high = closed in ("low", "both"), closed in ("high", "both")

    def inside(value: Fraction) -> bool:
        return (value >= low if with_low else value > low) and (value <= high if with_high else value < high)

    ends = f"{'[' if with_low else '('}{low:g}, {high:g}{']' if with_high else ')'}"
    return Domain(says or f"a number in {ends}", _where(inside))


finite = Domain("a finite number", _where(lambda value: True))
positive = above(0)
nonnegative = Domain("a number >= 0", _where(lambda value: value >= 0))
probability = interval(0, 1, "both", "a probability in [0, 1]")


def integer(at_least: int, at_most: int | None = None) -> Domain:
    """Whole numbers from `at_least` on, up to `at_most` where that is given."""

    def check(value: Any) -> int:
        found = value if type(value) is int else _exactly(value)
        if found != int(found) or found < at_least or (at_most is not None and found > at_most):
            raise ValueError
        return int(found)

    says = f"an integer >= {at_least}" if at_most is None else f"an integer in {at_least}..{at_most}"
    return Domain(says, check)


def _rational(value: Any) -> Fraction:
    return Fraction(typed_decimal(value)) if isinstance(value, float) else _exactly(value)


rational = Domain("a rational such as -1/2 or 0.25", _rational)
"""Handed on as a Fraction; a float is read as it is printed, 0.1 as 1/10."""


def one_of(*names: str) -> Domain:
    """One of the given words."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in names:
            near = difflib.get_close_matches(str(value), names, 1)
            raise ValueError(f"did you mean {near[0]!r}?" if near else "")
        return value

    return Domain("one of " + ", ".join(names), check)


def _boolean(value: Any) -> bool:
    words = {"true": True, "false": False}
    if isinstance(value, str) and value.lower() in words:
        return words[value.lower()]
    if np.ndim(value) == 0 and not isinstance(value, str) and value in (0, 1):
        return bool(value)
    raise ValueError


boolean = Domain("true or false", _boolean)


def vector(size: str) -> Domain:
    """Finite vectors [size]; 0 stands for the zero vector."""

    def check(value: Any) -> Any:
        if np.ndim(value) == 0 and _exactly(value) == 0:
            return 0.0
        return _array(value, 1)

    return Domain(f"a vector of length {size}, or 0", check, (size,))


def numbers(size: str, each: Domain = finite) -> Domain:
    """Vectors [size] of numbers, every one of which lies in `each`; of floats, or of ints where that hands on ints."""

    def check(value: Any) -> np.ndarray:
        entries = np.asarray(value, dtype=object)
        if entries.ndim != 1 or entries.size == 0:
            raise ValueError(f"its shape is {entries.shape}" if entries.ndim else "")
        for index, entry in enumerate(entries):
            try:
                entries[index] = each.check(entry)
            except ValueError:
                raise ValueError(f"number {index + 1} of them is {entry}, and must be {each.says}") from None
        return np.array(entries.tolist())

    return Domain(f"a list of numbers such as [1,2], each {each.says}", check, (size,))


def matrix(size: str) -> Domain:
    """Finite matrices [size, size]; a number stands for that multiple of the identity."""

    def check(value: Any) -> Any:
        return float(_exactly(value)) if np.ndim(value) == 0 else _square(value)

    return Domain(f"a {size} x {size} matrix, or a number (times the identity)", check, (size, size))


def rows(count: str, size: str, least: int = 1) -> Domain:
    """Finite matrices [count, size] of `least` rows and columns at least."""

    def check(value: Any) -> np.ndarray:
        found = _array(value, 2)
        if min(found.shape) < least:
            raise ValueError(f"its shape is {found.shape}")
        return found

    at_least = f", at least {least} x {least}" if least > 1 else ""
    return Domain(f"a {count} x {size} matrix, one row each{at_least}", check, (count, size))


def covariance(size: str) -> Domain:
    """Symmetric positive definite matrices [size, size]; a number > 0 is that multiple of the identity."""

    def check(value: Any) -> Any:
        if np.ndim(value) == 0:
            return positive.check(value)
        found = _square(value)
        scale = np.abs(found).max(initial=0.0)
        if not np.allclose(found, found.T, rtol=0.0, atol=SYMMETRY_TOLERANCE * scale):
            raise ValueError("it is not symmetric")
        smallest = np.linalg.eigvalsh(found)[0]
        if smallest <= 0:
            raise ValueError(f"its smallest eigenvalue is {smallest:.3g}")
        return found

    says = f"a symmetric positive definite {size} x {size} matrix, or a number > 0 (times the identity)"
    return Domain(says, check, (size, size))


def simplex(size: str, positive: bool = False) -> Domain:
    """Vectors [size] of probabilities that sum to 1 (to 1e-9), all of them above 0 where `positive`."""
    kind = "probabilities > 0" if positive else "probabilities"
    return Domain(
        f"a vector of {kind} that sum to 1, such as [0.9,0.1]",
        lambda value: _distribution(_array(value, 1), positive),
        (size,),
    )


def simplex_rows(count: str, size: str, positive: bool = False) -> Domain:
    """Matrices [count, size] whose rows are probabilities that sum to 1 (to 1e-9), all above 0 where `positive`."""

    def check(value: Any) -> np.ndarray:
        found = _array(value, 2)
        for index, row in enumerate(found):
            try:
                _distribution(row, positive)
            except ValueError as error:
                raise ValueError(f"row {index + 1}: {error}") from None
        return found

    kind = "probabilities > 0" if positive else "probabilities"
    return Domain(f"rows of {kind} that sum to 1, such as [[0.9,0.1],[0.5,0.5]]", check, (count, size))


def _distribution(found: np.ndarray, positive: bool) -> np.ndarray:
    if (found < 0).any():
        raise ValueError(f"{found.min():.6g} is negative")
    if positive and (found == 0).any():
        raise ValueError("it holds a 0")
    if abs(found.sum() - 1) > SUM_TOLERANCE:
        raise ValueError(f"it sums to {found.sum():.10g}")
    return found


def _square(value: Any) -> np.ndarray:
    found = _array(value, 2)
    if found.shape[0] != found.shape[1]:
        raise ValueError(f"its shape is {found.shape}")
    return found


def _array(value: Any, dimensions: int) -> np.ndarray:
    try:
        found = np.asarray(float64(value))
    except (TypeError, ValueError):
        raise ValueError("its rows differ in length or it holds what is no real number") from None
    if dimensions == 1 and found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.ndim != dimensions or found.size == 0:
        raise ValueError(f"its shape is {found.shape}")
    if not np.isfinite(found).all():
        raise ValueError("it holds a NaN or an infinity")
    return found
