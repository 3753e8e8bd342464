"""The operations that a program of `corollary.formulas.matrix_program` needs, in float64, on JAX arrays, and on mpmath
numbers."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from corollary.formulas.exact_numbers import multiprecise, typed_decimal
from corollary.formulas.functions import functions_of

Condition = Callable[[Any, Any], Any]


@functools.cache
def namespace(module: Any) -> SimpleNamespace:
    """The operations over a module with NumPy's names: `numpy` (float64 scalars and arrays) or `jax.numpy`.

    chooses: whether a condition is known when it is computed, so that only the branch taken is carried out.
    """
    concrete = module is np
    functions = functions_of("float64" if concrete else "jax")

    def compare(relation: Condition, left: Any, right: Any) -> Any:
        unknown = (left != left) | (right != right)
        if concrete:
            return np.nan if unknown else np.float64(relation(left, right))
        return module.where(unknown, module.nan, module.where(relation(left, right), 1.0, 0.0))

    def piecewise(*pairs: tuple[Any, Any]) -> Any:
        value = module.nan
        for branch, condition in reversed(pairs):
            chosen = module.where(condition == 1, branch, value)
            value = module.where(condition != condition, module.nan, chosen)
        return value

    return SimpleNamespace(
        number=_float64_constant,
        array=module.stack,
        eye=lambda size: module.eye(size, dtype="float64"),
        zeros=lambda shape: module.zeros(shape, dtype="float64"),
        block=module.block,
        trace=module.trace,
        sum=module.sum,
        inv=module.linalg.inv,
        det=module.linalg.det,
        chooses=concrete,
        piecewise=piecewise,
        compare=compare,
        nan=np.nan,
        function=functions.__getitem__,
        given=lambda function: function,
    )


@functools.cache
def multiprecision() -> SimpleNamespace:
    """The same operations on mpmath numbers (object arrays), at mpmath's current precision."""
    import mpmath

    functions = functions_of("mpmath")

    def filled(shape: tuple[int, int], diagonal: int) -> Any:
        array = np.full(shape, mpmath.mpf(0), dtype=object)
        for i in range(min(shape)):
            array[i, i] = mpmath.mpf(diagonal)
        return array

    def inverse(matrix: Any) -> Any:
        return np.array((mpmath.matrix(matrix.tolist()) ** -1).tolist(), dtype=object).reshape(matrix.shape)

    def compare(relation: Condition, left: Any, right: Any) -> Any:
        left, right = (value.real if getattr(value, "imag", 0) == 0 else value for value in (left, right))
        if mpmath.isnan(left) or mpmath.isnan(right):
            return mpmath.nan
        try:
            return mpmath.mpf(bool(relation(left, right)))
        except TypeError:  # complex numbers have no order
            return mpmath.nan

    def given(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            value = function(*arguments)
            if isinstance(value, float | np.floating):
                name = getattr(function, "__name__", repr(function))
                raise ValueError(f"{name} is computed in float64 only: it returns a float for mpmath numbers")
            return value

        return call

    return SimpleNamespace(
        number=_multiprecise_constant,
        array=lambda entries: np.array(entries, dtype=object),
        eye=lambda n: filled((n, n), 1),
        zeros=lambda shape: filled(shape, 0),
        block=np.block,
        trace=np.trace,
        sum=np.sum,
        inv=inverse,
        det=lambda matrix: mpmath.det(mpmath.matrix(matrix.tolist())),
        chooses=True,
        compare=compare,
        nan=mpmath.nan,
        function=functions.__getitem__,
        given=given,
    )


def _float64_constant(node: Any) -> np.float64:
    """A SymPy number; one beyond float64's range is an overflow, of which NumPy is told."""
    if not node.is_extended_real:
        return np.float64(np.nan)
    try:
        return np.float64(node)
    except OverflowError:
        return np.float64(np.finfo(np.float64).max) * np.float64(2 if node.is_positive else -2)


def _multiprecise_constant(node: Any) -> Any:
    """A SymPy number. A decimal of 15 digits, such as 0.3 in a formula, is what it says: 3/10."""
    import mpmath

    if not node.is_extended_real:
        return mpmath.nan
    if node.is_Rational:
        return mpmath.mpf(node.p) / node.q
    if node.is_Float and node._prec == 53:
        return multiprecise(typed_decimal(float(node)))
    return mpmath.mpmathify(node.evalf(mpmath.mp.dps))
