"""Numbers as they are typed or handed over, without rounding: 3/10, 1e-5, 0.1, Decimal, Fraction, SymPy's, NumPy's."""

from __future__ import annotations

import math
import operator
import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

Exact = Fraction | float
"""A rational number, or an infinity or NaN as a float."""

MOST_EXPONENT = 100_000
MOST_CHARACTERS = 4000
NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_TYPED = re.compile(rf"\s*({NUMBER})(?:\s*/\s*({NUMBER}))?\s*", re.ASCII)


def read_number(text: str) -> Exact:
    """The number that a text says: "7", "0.1" (which is 1/10), "1e-5", "3/10", "inf", "nan".

    Raises ValueError on anything else, a division by zero, and numbers beyond 10^100000.
    """
    word = text.strip().lower()
    if word.lstrip("+-") in ("inf", "infinity", "nan"):
        return float(word)
    typed = _TYPED.fullmatch(text) if len(text) <= MOST_CHARACTERS else None
    if typed is None:
        raise ValueError(f"{_short(text)} is not a number; allowed: such as 7, 0.1, 1e-5 or 3/10")
    above, below = (_decimal(part) for part in (typed[1], typed[2] or "1"))
    if below == 0:
        raise ValueError(f"{_short(text)} divides by zero")
    return above / below


def exact_number(value: Any) -> Exact:
    """The value of a real number of any kind, unrounded: a float is its binary value, a text what it says.

    A number that is not rational (an mpmath or SymPy irrational) is not for this function. Raises ValueError on
    what is no real number.
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, str):
        return read_number(value)
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if getattr(value, "is_Rational", False):  # SymPy's
        return Fraction(int(value.p), int(value.q))
    try:
        return Fraction(operator.index(value))
    except TypeError:
        pass
    if isinstance(value, Decimal):
        return Fraction(value) if value.is_finite() else float(value)
    numerator, denominator = getattr(value, "numerator", None), getattr(value, "denominator", None)
    if isinstance(numerator, int) and isinstance(denominator, int):
        return Fraction(numerator, denominator)
    try:
        if np.ndim(value) != 0 or isinstance(value, complex | np.complexfloating):
            raise TypeError
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{_short(value)} is not a real number") from None
    return Fraction(number) if math.isfinite(number) else number


def as_float(number: Exact) -> float:
    """The nearest float64; an infinity beyond its range."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def typed_decimal(value: float) -> Exact:
    """A float as it is printed: 0.1 is 1/10. For constants and defaults that a reader sees in decimal."""
    return Fraction(repr(float(value))) if math.isfinite(value) else float(value)


def multiprecise(value: Any) -> Any:
    """An mpmath number, or an object array of them, at mpmath's current precision. Raises ValueError on what is no
    real number."""
    import mpmath

    if np.ndim(value) > 0:
        entries = np.asarray(value, dtype=object)
        converted = np.empty(entries.size, dtype=object)
        converted[:] = [multiprecise(entry) for entry in entries.ravel()]
        return converted.reshape(entries.shape)
    if isinstance(value, mpmath.mpf):
        return value
    if hasattr(value, "_mpf_"):  # SymPy's Float
        return mpmath.mp.make_mpf(value._mpf_)
    if getattr(value, "is_number", False) and not value.is_Rational:  # pi, sqrt(2) and their like
        found = mpmath.mpmathify(value.evalf(mpmath.mp.dps))
        if isinstance(found, mpmath.mpc):
            raise ValueError(f"{value} is not a real number")
        return found
    number = exact_number(value)
    return mpmath.mpf(number.numerator) / number.denominator if isinstance(number, Fraction) else mpmath.mpf(number)


def float64(value: Any) -> Any:
    """A float64, or a float64 array, of numbers of any kind. Raises ValueError on what is no real number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return np.float64(as_float(value))  # type: ignore[arg-type]
    if np.ndim(value) == 0:
        number = multiprecise(value) if hasattr(value, "is_number") or hasattr(value, "_mpf_") else exact_number(value)
        return np.float64(as_float(number))
    array = np.asarray(value)
    if array.dtype.kind in "biuf":
        return array.astype(np.float64)
    if array.dtype.kind == "c":
        raise ValueError("an array of complex numbers has no real value")
    flat = [float64(entry) for entry in np.asarray(value, dtype=object).ravel()]
    return np.array(flat, dtype=np.float64).reshape(array.shape)


def _decimal(text: str) -> Fraction:
    _, _, exponent = text.lower().partition("e")
    if len(exponent) > 7 or abs(int(exponent or 0)) > MOST_EXPONENT:
        raise ValueError(f"{_short(text)} is out of range; allowed: exponents up to {MOST_EXPONENT}")
    return Fraction(Decimal(text))


def _short(value: Any) -> str:
    text = str(value)
    return repr(text if len(text) <= 60 else text[:57] + "...")
