"""Derivation steps that take an exact Gaussian expectation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import DIGITS, POINTS, Check, Point
from corollary.theory.calculus.quadrature import degree_five_nodes


def averaged(name: str, mean: str, covariance: str) -> Check:
    """The step is the mean of the one before over the vector `name` ~ N(mean, covariance), in which the one
    before
    is a polynomial of degree 5 or less: a cubature exact for those, at 50 digits and 20 random points."""

    def check(before: ClosedForm, after: ClosedForm, points: Callable[..., Iterator[Point]]) -> str:
        agreed = all(_same_mean(before, after, point, (name, mean, covariance)) for point in points(before, after))
        return f"exact cubature to {DIGITS} digits at {POINTS} points" if agreed else ""

    return check


def _same_mean(before: ClosedForm, after: ClosedForm, point: Point, names: tuple[str, str, str]) -> bool:
    name, mean, covariance = names
    working = DIGITS + 20
    with mpmath.workdps(working + 15):
        entries = [[_number(entry) for entry in row] for row in point[covariance]]
        root = np.array(mpmath.cholesky(mpmath.matrix(entries)).tolist(), dtype=object)
        centre = np.array([_number(entry) for entry in np.ravel(point[mean])], dtype=object)
        total: Any = 0
        for node, weight in zip(*_exact_nodes(len(centre)), strict=True):
            total = total + weight * before.exact(working, **{**point, name: centre + root @ node})
        stated = after.exact(working, **point)
        scale = np.max(np.abs(np.atleast_1d(stated)))
        return bool(np.max(np.abs(np.atleast_1d(total - stated))) <= scale / 10**DIGITS)


def _exact_nodes(dimension: int) -> tuple[list[Any], list[Any]]:
    """The degree-five nodes and weights at the working precision, from their float pattern."""
    nodes, weights = degree_five_nodes(dimension)
    radius = mpmath.sqrt(dimension + 2)
    single = [radius * np.sign(np.round(node, 9)).astype(int) for node in nodes]
    counts = [int(np.sum(np.abs(node) > 0)) for node in nodes]
    exact = [node / mpmath.sqrt(max(count, 1)) for node, count in zip(single, counts, strict=True)]
    return exact, [_number(Fraction(float(weight)).limit_denominator(10**6)) for weight in weights]


def _number(value: Any) -> Any:
    fraction = Fraction(value)
    return mpmath.mpf(fraction.numerator) / fraction.denominator
