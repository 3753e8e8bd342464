"""Where a straight line meets a multiple of the logarithm: n = a log(n), by Lambert's W."""

from __future__ import annotations

import math
from typing import Any

import sympy as sp


def branch(x: Any, k: int = 0) -> Any:
    """Lambert's W_k at a float or mpmath number; NaN where that branch is not real."""
    import mpmath

    if isinstance(x, mpmath.mpf):
        value = mpmath.lambertw(x, int(k))
        return value.real if abs(value.imag) < mpmath.mpf(10) ** (3 - mpmath.mp.dps) else mpmath.nan
    from scipy.special import lambertw

    found = complex(lambertw(complex(x), int(k)))
    return found.real if abs(found.imag) < 1e-12 else math.nan


FUNCTIONS = {"LambertW": branch}
"""For a ClosedForm that uses `sympy.LambertW`."""


def roots(a: Any) -> tuple[Any, Any]:
    """(smaller, larger) solution of n = a log(n), as SymPy expressions; real for a >= e, equal there."""
    return -a * sp.LambertW(-1 / a, 0), -a * sp.LambertW(-1 / a, -1)
