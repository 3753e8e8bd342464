"""Exact expectations of polynomials in independent standard normals (Isserlis): E z^k = (k - 1)!! for even k.

Polynomials are elements of a `sympy.polys.rings` ring, some of whose generators are the normals; the others
stay.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any


def gaussian_mean(polynomial: Any, normals: Sequence[int]) -> Any:
    """The expectation over the generators at the indices `normals`: a polynomial in the others."""
    return mean_of_product(polynomial, polynomial.ring.one, normals)


def mean_of_product(left: Any, right: Any, normals: Sequence[int]) -> Any:
    """E left * right without forming the product: only terms of equal parity in every normal meet."""
    groups = defaultdict(list)
    for exponents, coefficient in right.terms():
        groups[tuple(exponents[i] & 1 for i in normals)].append((exponents, coefficient))
    kept = set(range(left.ring.ngens)) - set(normals)
    total: dict[tuple[int, ...], Any] = defaultdict(int)
    for exponents, coefficient in left.terms():
        for others, factor in groups.get(tuple(exponents[i] & 1 for i in normals), ()):
            weight = math.prod(_DOUBLE_FACTORIAL[exponents[i] + others[i]] for i in normals)
            key = tuple(exponents[i] + others[i] if i in kept else 0 for i in range(left.ring.ngens))
            total[key] += coefficient * factor * weight
    return left.ring.from_dict({key: value for key, value in total.items() if value})


_DOUBLE_FACTORIAL = [math.prod(range(1, k, 2)) for k in range(40)]
"""(k - 1)!!, read at even k only."""
