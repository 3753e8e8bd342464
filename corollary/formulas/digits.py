"""Values to a number of decimal digits, each of which is known: computed at two precisions until they agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

GUARD_DIGITS = 15
LARGEST_RISE = 4
LEAST_CEILING = 3000
"""Cancellation is followed to so many digits of work at least, and to `LARGEST_RISE` times those asked for."""


def known_digits(evaluate: Callable[[int], Any], digits: int) -> Any:
    """The value to `digits` significant digits, all of them known: an mpmath number or an object array of them.

    evaluate: (decimal digits of work) -> the value computed with so many. It is computed with guard digits and again
    with more, until two in a row agree; a zero, an infinity or a NaN has to come out at the highest precision too.
    Raises ValueError where the terms cancel so far that the digits are not known even there, or there is no value.
    """
    import mpmath

    first = digits + GUARD_DIGITS
    ceiling = max(LARGEST_RISE * first, LEAST_CEILING)
    precisions = [first, first + max(GUARD_DIGITS, first // 4)]
    while precisions[-1] < ceiling:
        precisions.append(min(ceiling, 2 * precisions[-1]))
    value = _carried_out(evaluate, first)
    while len(precisions) > 1:
        precisions.pop(0)
        better = _carried_out(evaluate, precisions[0])
        agree, ordinary = _agreement(value, better, digits)
        value = better
        if agree and not ordinary and len(precisions) > 1:
            precisions = precisions[-2:]
            value = _carried_out(evaluate, precisions[0])
        elif agree:
            with mpmath.workdps(digits):
                return _rounded(value)
    size = mpmath.nstr(np.max(np.abs(np.atleast_1d(value))), 3)
    raise ValueError(
        f"{digits} digits are not known: the terms cancel, and {ceiling} digits of work leave fewer (a value of "
        f"about {size}, which may be 0)"
    )


def _carried_out(evaluate: Callable[[int], Any], working: int) -> Any:
    import mpmath

    with mpmath.workdps(working):
        try:
            return evaluate(working)
        except (ArithmeticError, mpmath.mp.NoConvergence) as error:
            raise ValueError(f"there is no value here ({str(error) or type(error).__name__})") from None


def _agreement(one: Any, other: Any, digits: int) -> tuple[bool, bool]:
    """(whether all entries agree to the digits, whether all of them are finite and other than 0)."""
    import mpmath

    first, second = (np.atleast_1d(np.asarray(value, dtype=object)).ravel() for value in (one, other))
    if len(first) != len(second):
        return False, False
    ordinary = True
    with mpmath.workdps(digits + GUARD_DIGITS):
        for a, b in zip(first, second, strict=True):
            if b == 0 or not all(mpmath.isfinite(entry) for entry in (a, b)):
                ordinary = False
                if not (a == b or (mpmath.isnan(a) and mpmath.isnan(b))):
                    return False, False
            elif not abs(a - b) <= abs(b) / mpmath.mpf(10) ** digits:
                return False, False
    return True, ordinary


def _rounded(value: Any) -> Any:
    import mpmath

    if np.ndim(value) == 0:
        return +mpmath.mpmathify(value)
    entries = np.empty(value.size, dtype=object)
    entries[:] = [+mpmath.mpmathify(entry) for entry in value.ravel()]
    return entries.reshape(value.shape)
