"""Named quantities with checked arguments: what `corollary evaluate` calls.

An `Argument` pairs a name with a `Domain`; a `Quantity` resolves aliases, fills defaults, checks every value
and the agreement of all dimensions, and only then calls its function. Failures are one-line ValueErrors.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from corollary.formulas.digits import known_digits
from corollary.formulas.domains import (
    Domain,
    above,
    boolean,
    covariance,
    finite,
    integer,
    interval,
    matrix,
    nonnegative,
    numbers,
    one_of,
    positive,
    probability,
    rational,
    rows,
    simplex,
    simplex_rows,
    vector,
)
from corollary.formulas.exact_numbers import as_float, exact_number, typed_decimal

__all__ = [
    "REQUIRED",
    "Argument",
    "Domain",
    "Quantity",
    "above",
    "boolean",
    "covariance",
    "finite",
    "integer",
    "interval",
    "matrix",
    "nonnegative",
    "numbers",
    "one_of",
    "positive",
    "probability",
    "rational",
    "rows",
    "simplex",
    "simplex_rows",
    "vector",
]

REQUIRED = object()
MOST_DIGITS = 10_000


@dataclass(frozen=True)
class Argument:
    """A named input. Without a default it must be given; default None means what `meaning` says."""

    name: str
    meaning: str
    domain: Domain
    default: Any = REQUIRED
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Quantity:
    """A function of checked arguments.

    function: a ClosedForm of symbols that are named like the arguments, or a function called with one keyword an
    argument (and `digits` when `multiprecise` and digits are asked for, with numbers as exact Fractions then).
    name, meaning: what the paper declares; they may be left out here, and are then filled in from there.
    remark: what a value means when it is exceptional ("the optimum is at infinity ..."), else None. A value that is not
    finite and has no remark is an error.
    """

    name: str = ""
    function: Any = None
    arguments: tuple[Argument, ...] = ()
    meaning: str = ""
    source: str = ""
    multiprecise: bool = False
    remark: Callable[[Any], str | None] = lambda value: None

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise ValueError(f"quantity {self.name!r} has no function; allowed: a ClosedForm or a function")

    def __call__(self, /, *, digits: int | None = None, **values: Any) -> Any:
        """The value; with `digits`, an mpmath number all of whose digits are known.

        Raises ValueError on a bad argument, where there is no finite value (and `remark` does not say what that means),
        and where digits are asked for that are not known.
        """
        checked = self.check(values)
        try:
            with np.errstate(all="ignore"):
                value = self._value(checked) if digits is None else self._digits(digits, values, checked)
        except (ArithmeticError, np.linalg.LinAlgError, RecursionError, MemoryError) as error:
            raise ValueError(f"{self.name}: there is no value at {_point(values)} ({_reason(error)})") from None
        if not _is_finite(value) and self.remark(value) is None:
            raise ValueError(f"{self.name}: there is no finite value at {_point(values)}")
        return value

    def _value(self, checked: dict[str, Any]) -> Any:
        if not _is_form(self.function):
            return self.function(**checked)
        return self.function.rounded(**self._inputs(checked))

    def _digits(self, digits: int, values: Mapping[str, Any], checked: dict[str, Any]) -> Any:
        if not (self.multiprecise or _is_form(self.function)):
            raise ValueError(f"digits = {digits}: {self.name} is computed in float64 only")
        if integer(1).check(digits) > MOST_DIGITS:
            raise ValueError(f"digits = {digits}: at most {MOST_DIGITS} are allowed")
        given = {self._resolve(name): value for name, value in values.items()}
        exact = {one.name: _exact(given.get(one.name), one.default, checked[one.name]) for one in self.arguments}
        if _is_form(self.function):
            return self.function.exact(digits, **self._inputs(exact))
        first = self.function(**exact, digits=digits)
        if np.ndim(first) == 0 and not hasattr(first, "_mpf_"):
            if isinstance(first, float | np.floating) and math.isfinite(first):
                raise ValueError(f"digits = {digits}: {self.name} is computed in float64 only here")
            return first
        return known_digits(lambda working: self.function(**exact, digits=working), digits)

    def _inputs(self, checked: dict[str, Any]) -> dict[str, Any]:
        """The inputs of a closed form: numbers that stand for a vector or a matrix written out."""
        inputs = dict(checked)
        sizes = {name: value for name, value in checked.items() if isinstance(value, int)}
        for argument in self.arguments:
            sizes.update(zip(argument.domain.shape, np.shape(checked[argument.name]), strict=False))
        for argument in self.arguments:
            value, shape = checked[argument.name], argument.domain.shape
            if not shape or value is None or np.ndim(value) > 0:
                continue
            if shape[0] not in sizes:
                raise ValueError(f"{shape[0]} is missing: give it, or an array that has it")
            identity = np.eye(sizes[shape[0]], dtype=np.float64 if isinstance(value, float) else object)
            inputs[argument.name] = value * (identity if len(shape) == 2 else identity[0])
        return inputs

    def check(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Every argument's value by its full name, checked, with defaults filled in."""
        given: dict[str, Any] = {}
        for name, value in values.items():
            full = self._resolve(name)
            if full in given:
                raise ValueError(f"{self.name}: {full} is given twice (also as {name})")
            given[full] = value
        checked: dict[str, Any] = {}
        for argument in self.arguments:
            value = given.get(argument.name)
            value = argument.default if value is None else value
            if value is REQUIRED:
                says = f"{argument.meaning}; {argument.domain.says}"
                raise ValueError(f"{self.name}: {argument.name} is missing ({says})")
            checked[argument.name] = None if value is None else self._check(argument, value)
        self._check_sizes(checked)
        return checked

    def _check(self, argument: Argument, value: Any) -> Any:
        try:
            return argument.domain.check(value)
        except (ValueError, TypeError, OverflowError) as error:
            detail = f" ({error})" if str(error) and isinstance(error, ValueError) else ""
            raise ValueError(f"{argument.name} = {_shown(value)}: must be {argument.domain.says}{detail}") from None

    def _check_sizes(self, checked: dict[str, Any]) -> None:
        """Arrays fix the dimensions that their domains name, and all of them must agree."""
        sizes: dict[str, tuple[str, int]] = {}
        for argument in self.arguments:
            value = checked[argument.name]
            for dimension, size in zip(argument.domain.shape, np.shape(value), strict=False):
                source, known = sizes.setdefault(dimension, (argument.name, size))
                if known != size:
                    here = f"{argument.name} has {dimension} = {size}"
                    raise ValueError(f"{here}: {source} has {known}, must agree")
        for dimension, (source, size) in sizes.items():
            if checked.get(dimension, size) not in (None, size):
                raise ValueError(f"{dimension} = {checked[dimension]}: {source} has {size}, must agree")
            if dimension in checked:
                checked[dimension] = size

    def _resolve(self, name: str) -> str:
        words = {word: one.name for one in self.arguments for word in (one.name, *one.aliases)}
        if name not in words:
            near = difflib.get_close_matches(name, words, 1)
            hint = f", did you mean {near[0]}?" if near else ""
            raise ValueError(f"{self.name} has no argument {name!r}{hint} (arguments: {', '.join(words)})")
        return words[name]


def _is_form(function: Any) -> bool:
    """Whether it is a ClosedForm, whose module imports this one."""
    return hasattr(function, "exact") and hasattr(function, "rounded")


def _exact(given: Any, default: Any, checked: Any) -> Any:
    """A checked value unrounded: the number that was given, or the default as it is printed. What the domain changed
    into something else (a normalised vector, a word) stays what the domain made of it."""
    if given is None and isinstance(default, float):
        return typed_decimal(default)
    if given is None or not isinstance(checked, float | np.ndarray):
        return checked
    if isinstance(checked, float):
        exact = _unrounded(given)
        return exact if _rounds_to(exact, checked) else checked
    entries = np.asarray(given, dtype=object).ravel()
    if checked.dtype.kind != "f" or entries.size != checked.size:
        return checked
    exact = np.empty(entries.size, dtype=object)
    exact[:] = [_unrounded(entry) for entry in entries]
    same = all(_rounds_to(one, other) for one, other in zip(exact, checked.ravel(), strict=True))
    return exact.reshape(checked.shape) if same else checked


def _unrounded(value: Any) -> Any:
    if hasattr(value, "_mpf_") or (getattr(value, "is_number", False) and not value.is_Rational):
        return value  # mpmath's and SymPy's own
    try:
        return exact_number(value)
    except ValueError:
        return value


def _rounds_to(exact: Any, value: float) -> bool:
    try:
        return bool(as_float(exact) == value)
    except (TypeError, ValueError):
        return False


def _is_finite(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(_is_finite(item) for item in value.values())
    if isinstance(value, list | tuple | np.ndarray):
        return all(_is_finite(item) for item in value)
    if isinstance(value, complex | np.complexfloating) or hasattr(value, "_mpc_"):
        return False
    if isinstance(value, float | np.floating) or hasattr(value, "_mpf_"):
        return bool(value == value and abs(value) != math.inf)
    return True


def _point(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {_shown(value)}" for name, value in values.items()) or "the defaults"


def _shown(value: Any) -> str:
    if isinstance(value, Fraction):
        as_decimal = as_float(value)
        return f"{as_decimal!r}" if Fraction(repr(as_decimal)) == value else str(value)
    if isinstance(value, np.ndarray) and value.dtype == object:
        value = np.array([as_float(exact_number(entry)) for entry in value.ravel()]).reshape(value.shape)
    text = " ".join(np.array2string(np.asarray(value, dtype=object), threshold=8).split())
    return text if len(text) <= 200 else text[:197] + "..."


def _reason(error: BaseException) -> str:
    message = error.args[-1] if error.args else ""
    return " ".join(str(message).split()) or type(error).__name__
