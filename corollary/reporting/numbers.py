"""Numbers as people write them."""

from __future__ import annotations

import math
from typing import Any

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
DIGITS = 4


def number(value: Any, digits: int = DIGITS) -> str:
    """A number to so many significant digits: 590,000, 0.0392, 3.1 × 10⁻⁷; exact integers whole; other values as text;
    a list as (a, b, ...)."""
    if isinstance(value, list | tuple):
        return "(" + ", ".join(number(one, digits) for one in value) + ")"
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) or not math.isfinite(value):
        return f"{value:,}" if isinstance(value, int) else str(value)
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(value)))
    if -4 <= exponent < 7:
        rounded = float(f"{value:.{digits - 1}e}")
        return _without_zeros(f"{rounded:,.{max(0, digits - 1 - exponent)}f}")
    mantissa, _, power = f"{value:.{max(digits - 2, 0)}e}".partition("e")
    mantissa = _without_zeros(mantissa)
    times = {"1": "", "-1": "-"}.get(mantissa, f"{mantissa} × ")
    return f"{times}10{str(int(power)).translate(SUPERSCRIPTS)}"


def _without_zeros(text: str) -> str:
    """A decimal number without the zeros that end it."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def interval(low: Any, high: Any) -> str:
    """[low, high], with as many digits as tell the two ends apart; of lists, one pair after the other."""
    if isinstance(low, list | tuple):
        return " ".join(interval(a, b) for a, b in zip(low, high, strict=True))
    digits = DIGITS
    if math.isfinite(low) and math.isfinite(high) and low != high:
        digits = min(9, max(DIGITS, 2 + math.ceil(math.log10(max(abs(low), abs(high)) / abs(high - low)))))
    ends = [number(low, digits), number(high, digits)]
    if not any(mark in end for end in ends for mark in "⁰¹²³⁴⁵⁶⁷⁸⁹n"):  # nor inf, nan
        decimals = max(len(end.partition(".")[2]) for end in ends)
        ends = [f"{end:,.{decimals}f}" for end in (low, high)]
    return f"[{ends[0]}, {ends[1]}]"


def percent(share: float, signed: bool = False) -> str:
    """A share as a percentage of two digits, beyond tenfold as a factor: 0.4%, +12%, 31 times."""
    if not math.isfinite(share):
        return "without bound"
    if abs(share) >= 10:
        return f"{number(share, 2)} times"
    points = 100 * share
    if points == 0:
        return "0%"
    text = number(points, 2)
    return f"+{text}%" if signed and points > 0 else f"{text}%"
