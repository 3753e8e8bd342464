"""Named quantities with checked arguments: what `corollary evaluate` calls.

An `Argument` pairs a name with a `Domain`; a `Quantity` resolves aliases, fills defaults, checks every value
and the agreement of all dimensions, and only then calls its function. Failures are one-line ValueErrors.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

REQUIRED = object()
SYMMETRY_TOLERANCE = 1e-10


@dataclass(frozen=True)
class Domain:
    """What a value may be: `check` returns it converted or raises ValueError; `shape` names dimensions."""

    says: str
    check: Callable[[Any], Any]
    shape: tuple[str, ...] = ()


def _number(value: Any) -> float:
    if isinstance(value, (bool, np.bool_)):
        raise ValueError
    try:
        found = float(value) if np.ndim(value) == 0 else math.nan
    except (TypeError, ValueError):
        raise ValueError from None
    if not math.isfinite(found):
        raise ValueError
    return found


def _where(condition: Callable[[float], bool]) -> Callable[[Any], float]:
    def check(value: Any) -> float:
        found = _number(value)
        if not condition(found):
            raise ValueError
        return found

    return check


def above(bound: float) -> Domain:
    """Numbers larger than `bound`."""
    return Domain(f"a number > {bound:g}", _where(lambda value: value > bound))


finite = Domain("a finite number", _number)
positive = above(0)
nonnegative = Domain("a number >= 0", _where(lambda value: value >= 0))


def integer(at_least: int) -> Domain:
    """Whole numbers from `at_least` on."""

    def check(value: Any) -> int:
        found = _number(value)
        if found != int(found) or found < at_least:
            raise ValueError
        return int(found)

    return Domain(f"an integer >= {at_least}", check)


def one_of(*names: str) -> Domain:
    """One of the given words."""

    def check(value: Any) -> str:
        if value not in names:
            near = difflib.get_close_matches(str(value), names, 1)
            raise ValueError(f"did you mean {near[0]!r}?" if near else "")
        return value

    return Domain("one of " + ", ".join(names), check)


def vector(size: str) -> Domain:
    """Finite vectors [size]; 0 stands for the zero vector."""

    def check(value: Any) -> Any:
        if np.ndim(value) == 0 and _number(value) == 0:
            return 0.0
        return _array(value, 1)

    return Domain(f"a vector of length {size}, or 0", check, (size,))


def matrix(size: str) -> Domain:
    """Finite matrices [size, size]; a number stands for that multiple of the identity."""

    def check(value: Any) -> Any:
        return _number(value) if np.ndim(value) == 0 else _array(value, 2)

    return Domain(f"a {size} x {size} matrix, or a number (times the identity)", check, (size, size))


def covariance(size: str) -> Domain:
    """Symmetric positive definite matrices [size, size]; a number > 0 is that multiple of the identity."""

    def check(value: Any) -> Any:
        if np.ndim(value) == 0:
            return positive.check(value)
        found = _array(value, 2)
        scale = np.abs(found).max(initial=0.0)
        if not np.allclose(found, found.T, rtol=0.0, atol=SYMMETRY_TOLERANCE * scale):
            raise ValueError("it is not symmetric")
        smallest = np.linalg.eigvalsh(found)[0]
        if smallest <= 0:
            raise ValueError(f"its smallest eigenvalue is {smallest:.3g}")
        return found

    says = f"a symmetric positive definite {size} x {size} matrix, or a number > 0 (times the identity)"
    return Domain(says, check, (size, size))


def _array(value: Any, dimensions: int) -> np.ndarray:
    try:
        found = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError("its rows differ in length or it holds no numbers") from None
    if dimensions == 1 and found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.ndim != dimensions or found.size == 0:
        raise ValueError(f"its shape is {found.shape}")
    if not np.isfinite(found).all():
        raise ValueError("it holds a NaN or an infinity")
    if dimensions == 2 and found.shape[0] != found.shape[1]:
        raise ValueError(f"its shape is {found.shape}")
    return found


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

    function: called with one keyword an argument (and `digits` when `multiprecise` and digits are asked for).
    remark: what a value means when it is exceptional ("the optimum is at infinity ..."), else None.
    """

    name: str
    function: Callable[..., Any]
    arguments: tuple[Argument, ...]
    meaning: str
    source: str
    multiprecise: bool = False
    remark: Callable[[Any], str | None] = lambda value: None

    def __call__(self, *, digits: int | None = None, **values: Any) -> Any:
        """The value; with `digits`, an mpmath number. A bad one raises ValueError."""
        checked = self.check(values)
        if digits is None:
            return self.function(**checked)
        if not self.multiprecise:
            raise ValueError(f"digits = {digits}: {self.name} is computed in float64 only")
        if integer(1).check(digits) > 10_000:
            raise ValueError(f"digits = {digits}: at most 10000 are allowed")
        exact = {self._resolve(name): value for name, value in values.items()}
        return self.function(**{**checked, **exact}, digits=digits)

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
            value = given.get(argument.name, argument.default)
            if value is REQUIRED:
                says = f"{argument.meaning}; {argument.domain.says}"
                raise ValueError(f"{self.name}: {argument.name} is missing ({says})")
            checked[argument.name] = None if value is None else self._check(argument, value)
        self._check_sizes(checked)
        return checked

    def _check(self, argument: Argument, value: Any) -> Any:
        try:
            return argument.domain.check(value)
        except ValueError as error:
            shown = " ".join(np.array2string(np.asarray(value, dtype=object), threshold=8).split())
            detail = f" ({error})" if str(error) else ""
            raise ValueError(f"{argument.name} = {shown}: must be {argument.domain.says}{detail}") from None

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
