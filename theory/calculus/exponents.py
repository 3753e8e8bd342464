"""How the sizes of a product that is trained scale with width: max-plus arithmetic on rational exponents.

gamma[x] = c says that x has root mean square Theta(n^c). Products add exponents, sums take the larger, and zero has
exponent -inf (the notation is that of arXiv 2402.12354). A product z = alpha v of a scalar and a vector in R^n takes
steps along g = dL/dz, whose n coordinates are Theta(n^-kappa). Its vector is a random start, which knows nothing of g,
plus updates aligned with g, so that <g, v> grows as sqrt(n) times a term of the one and n times a term of the other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

Exponent = Fraction | float
"""A rational, or -inf."""

ZERO = -math.inf
"""The exponent of zero."""

OPTIMIZERS = ("adam", "sgd")
TERMS = ("d1", "d2", "d3", "z", "gd1", "gd2", "gd3")
"""alpha dv, dalpha v, dalpha dv; z before the step; and their inner products with g, the first-order loss changes."""


def exponent(name: str, value: Any) -> Exponent:
    """The exact exponent of a number, or of a text such as "-1/2"; "-inf" is zero's.

    Floats are read as they are printed, 0.1 as 1/10. Raises ValueError on what is not rational.
    """
    if isinstance(value, str) and value.strip() == "-inf":
        return ZERO
    if isinstance(value, float | np.floating) and value == ZERO:
        return ZERO
    try:
        if isinstance(value, bool):
            raise ValueError
        return Fraction(value if isinstance(value, int | Fraction) else str(value))
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"{name} = {value}: must be a rational such as -1/2 or 0.25, or -inf for zero") from None


@dataclass(frozen=True)
class Parameterisation:
    """How a trained product scales with width.

    optimizer: "adam" (updates have entries of size 1) or "sgd". alpha_0, v_0: exponents of the initial factor and of
    the coordinates of the initial vector; eta_alpha, eta_v: of the learning rates; each a rational, or -inf for zero.
    kappa: g has coordinates Theta(n^-kappa). fan_in: the factor is a product A x with n^fan_in inputs, A random; 0 for
    a plain scalar. Raises ValueError on an unknown optimizer or on exponents that are not rational.
    """

    optimizer: str
    alpha_0: Any
    v_0: Any
    eta_alpha: Any
    eta_v: Any
    kappa: Any = Fraction(1)
    fan_in: Any = Fraction(0)

    def __post_init__(self) -> None:
        if self.optimizer not in OPTIMIZERS:
            raise ValueError(f"optimizer = {self.optimizer!r}: must be one of {', '.join(OPTIMIZERS)}")
        for name in ("alpha_0", "v_0", "eta_alpha", "eta_v", "kappa", "fan_in"):
            object.__setattr__(self, name, exponent(name, getattr(self, name)))
        for name in ("kappa", "fan_in"):
            if getattr(self, name) == ZERO:
                raise ValueError(f"{name} = -inf: must be a rational such as 1 or 1/2")


def table(given: Parameterisation, steps: int = 3) -> list[dict[str, Exponent]]:
    """The exponents of every term at each of the first `steps` steps; `TERMS` names and explains them.

    Raises ValueError when steps < 1.
    """
    if steps < 1:
        raise ValueError(f"steps = {steps}: must be an integer >= 1")
    numbers = (given.alpha_0, given.v_0, given.eta_alpha, given.eta_v, given.kappa, given.fan_in)
    unit = 2 * math.lcm(*(number.denominator for number in numbers if isinstance(number, Fraction)))
    a0, b0, p, q, kappa, fan_in = (float(number * unit) for number in numbers)
    # A random row of n^fan_in entries gives A x the square root of the sum; its updates follow x and add up in full.
    rows = terms(given.optimizer, (a0 + fan_in / 2, b0, p + fan_in, q), kappa, unit, steps)
    return [{name: _reduced(float(value), unit) for name, value in row.items()} for row in rows]


def terms(
    optimizer: str, exponents: Sequence[Any], kappa: float, unit: int, steps: int
) -> Iterator[dict[str, np.ndarray]]:
    """Term -> exponents at each step in turn, for arrays of parameterisations of any one shape.

    All exponents are whole multiples of 1 / unit, given and returned as that multiple: floats hold these exactly.
    exponents: of the factor and the vector at the start, and of their learning rates. unit: even.
    """
    a0, b0, p, q = exponents
    a, random, aligned = np.asarray(a0, float), np.asarray(b0, float), np.asarray(ZERO)
    for _ in range(steps):
        overlap = np.maximum(random + unit / 2 - kappa, aligned + unit - kappa)
        b = np.maximum(random, aligned)
        if optimizer == "adam":
            da, db = p + np.where(overlap > ZERO, 0.0, ZERO), q + np.where(a > ZERO, 0.0, ZERO)
        else:
            da, db = p + overlap, q + a - kappa
        coherent = unit - kappa
        yield {
            "d1": a + db,
            "d2": da + b,
            "d3": da + db,
            "z": a + b,
            "gd1": a + db + coherent,
            "gd2": da + overlap,
            "gd3": da + db + coherent,
        }
        a, aligned = np.maximum(a, da), np.maximum(aligned, db)


def verdict(given: Parameterisation) -> str:
    """What becomes of training at large width: whether z stays bounded, and which of its two halves keep learning."""
    rows = table(given, 12)
    if any(row["z"] > 0 for row in rows):
        return "blows up"
    last = rows[-1]
    learned = {"direction": last["d1"] == 0, "factor": last["d2"] == 0}
    if all(learned.values()):
        start = next(step for step in range(12) if all(row["d1"] == row["d2"] == 0 for row in rows[step:]))
        return "stable and efficient" if start <= 1 else f"stable, efficient from step {start + 1}"
    if not any(learned.values()):
        return "does not learn"
    return "stable, " + " and ".join(f"{name} not learned" for name, seen in learned.items() if not seen)


def _reduced(value: float, unit: int) -> Exponent:
    return ZERO if value == ZERO else Fraction(round(value), unit)
