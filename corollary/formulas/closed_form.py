"""A closed form: a short SymPy program over scalars and matrices that can be evaluated, traced and rewritten.

`ClosedForm` holds named intermediate results (`definitions`) and a final `expression`. `values_at` evaluates
many variants of one form at many points and shares what they have in common. `Argument` and `Quantity` (what
the command line evaluates) live in `corollary.formulas.quantity` and are exported here too. Importing this module does
not import SymPy.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from corollary.formulas.matrix_program import Program, free_symbols, multiprecision, namespace
from corollary.formulas.quantity import Argument, Quantity

__all__ = ["Argument", "ClosedForm", "Quantity", "values_at"]

GUARD_DIGITS = 15


@dataclass(frozen=True)
class ClosedForm:
    """A straight-line program: each definition may use the ones before it, the expression may use all.

    expression: SymPy scalar or matrix expression.
    definitions: ordered (Symbol or MatrixSymbol, expression) pairs.
    functions: name of a `sympy.Function` in the program -> numerical function (mpmath numbers under `exact`).
    meanings: symbol name -> one line.
    """

    expression: Any
    definitions: tuple[tuple[Any, Any], ...] = ()
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict, compare=False, repr=False)
    meanings: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    def __call__(self, **values: Any) -> Any:
        """The value in float64 at named inputs (scalars, arrays [rows, columns], columns also [rows]).

        Matrix dimensions are read off the arrays. Extra names are ignored. Raises ValueError on a missing or
        ill-shaped value.
        """
        with np.errstate(all="ignore"):
            inputs = _bind(self.symbols, values, np.float64)
            result = self._program.evaluate(self._result, inputs, namespace(np), {})
        return float(result) if np.ndim(result) == 0 else result

    def exact(self, digits: int = 50, **values: Any) -> Any:
        """The value to `digits` decimal digits: an mpmath number or an object array of them.

        Numbers may be int, float (its binary value), Fraction, Decimal, a SymPy number or a decimal string.
        """
        import mpmath

        with mpmath.workdps(digits + GUARD_DIGITS):
            inputs = _bind(self.symbols, values, _multiprecise)
            result = self._program.evaluate(self._result, inputs, multiprecision(), {})
        with mpmath.workdps(digits):
            return +result

    def compile(self, module: Any) -> Callable[..., Any]:
        """The form as a function of keyword arrays over a module with NumPy's names (`jax.numpy`)."""
        symbols, program, number, operations = self.symbols, self._program, self._result, namespace(module)

        def as_array(value: Any) -> Any:  # an int may be a dimension and has to stay static
            return float(value) if isinstance(value, int) else module.asarray(value, dtype="float64")

        def evaluate(**values: Any) -> Any:
            inputs = _bind(symbols, values, as_array)
            return program.evaluate(number, inputs, operations, {})

        return evaluate

    @property
    def lines(self) -> tuple[Any, ...]:
        """The right-hand sides in order: every definition's, then the final expression."""
        return (*(definition for _, definition in self.definitions), self.expression)

    def replace(self, line: int, expression: Any) -> ClosedForm:
        """The same program with one of its `lines` exchanged."""
        if line in (-1, len(self.definitions)):
            return replace(self, expression=expression)
        definitions = list(self.definitions)
        definitions[line] = (definitions[line][0], expression)
        return replace(self, definitions=tuple(definitions))

    def inlined(self) -> Any:
        """The final expression with every definition substituted."""
        known: dict[Any, Any] = {}
        for symbol, definition in self.definitions:
            known[symbol] = definition.xreplace(known)
        return self.expression.xreplace(known)

    @functools.cached_property
    def symbols(self) -> dict[str, Any]:
        """Name -> Symbol or MatrixSymbol of every input, the matrix dimensions included."""
        defined = {symbol for symbol, _ in self.definitions}
        used = {atom for line in self.lines for atom in free_symbols(line)}
        sizes = {size for atom in used if atom.is_Matrix for size in atom.shape}
        found = sorted(used.union(*(size.free_symbols for size in sizes)) - defined, key=str)
        symbols = {atom.name: atom for atom in found}
        if len(symbols) < len(found):
            twice = next(atom for atom in found if symbols[atom.name] != atom)
            raise ValueError(f"a closed form uses two different symbols named {twice.name!r}: make them one")
        return symbols

    @functools.cached_property
    def _program(self) -> Program:
        return Program(self.functions)

    @functools.cached_property
    def _result(self) -> int:
        return self._program.add(self.expression, self.definitions)


def values_at(forms: Sequence[ClosedForm], points: Iterable[Mapping[str, Any]]) -> np.ndarray:
    """Float64 values [forms, points] of scalar forms, variants of one another; NaN where there is no value.

    Operations that several forms share are carried out once a point, so a first-order variant costs its
    changed branch only. There is no value where an input is absent, shapes disagree, a matrix is singular, or
    the result is complex.
    """
    points = list(points)
    program = Program({name: function for form in forms for name, function in form.functions.items()})
    numbers = [_number_of(form, program) for form in forms]
    table = np.full((len(forms), len(points)), np.nan)
    with np.errstate(all="ignore"):
        for column, point in enumerate(points):
            memo: dict[int, Any] = {}
            bound: dict[Any, Any] = {}
            for row, (form, number) in enumerate(zip(forms, numbers, strict=True)):
                table[row, column] = _scalar_or_nan(program, number, form, point, memo, bound)
    return table


def _number_of(form: ClosedForm, program: Program) -> int | None:
    try:
        return program.add(form.expression, form.definitions)
    except (ValueError, TypeError):
        return None


def _scalar_or_nan(
    program: Program, number: int | None, form: ClosedForm, point: Mapping[str, Any], memo: dict, bound: dict
) -> float:
    if number is None:
        return np.nan
    names = tuple(form.symbols.items())
    try:
        if names not in bound:
            bound[names] = _bind(form.symbols, point, np.float64)
        value = program.evaluate(number, bound[names], namespace(np), memo)
        return np.nan if np.iscomplexobj(value) else float(np.asarray(value).item())
    except (ValueError, TypeError, ArithmeticError, np.linalg.LinAlgError):
        return np.nan


def _bind(symbols: Mapping[str, Any], values: Mapping[str, Any], number: Callable[[Any], Any]) -> dict[str, Any]:
    """Inputs by name, converted entry by entry, with every symbolic dimension bound by the arrays' shapes."""
    inputs: dict[str, Any] = {}
    sizes: dict[str, int] = {}
    for name, symbol in symbols.items():
        if getattr(symbol, "is_Matrix", False):
            inputs[name] = _array(name, symbol, values, number)
            _bind_size(name, symbol, inputs[name].shape, sizes)
    for name, symbol in symbols.items():
        if getattr(symbol, "is_Matrix", False):
            continue
        given = values.get(name, sizes.get(name))
        if given is None:
            raise ValueError(f"{name} is missing: the closed form needs {', '.join(symbols)}")
        if np.ndim(given) != 0:
            raise ValueError(f"{name} has shape {np.shape(given)}: a number is needed")
        inputs[name] = number(given)
        if name in sizes and int(given) != sizes[name]:
            raise ValueError(f"{name} = {given} disagrees with arrays of dimension {sizes[name]}")
    return inputs


def _array(name: str, symbol: Any, values: Mapping[str, Any], number: Callable[[Any], Any]) -> Any:
    if values.get(name) is None:
        raise ValueError(f"{name} is missing: an array of shape {symbol.shape} is needed")
    given = values[name]
    array: Any = number(given)
    if array.ndim == 1 and symbol.shape[1] == 1:
        array = array.reshape(-1, 1)
    if array.ndim != 2:
        raise ValueError(f"{name} has shape {np.shape(given)}: an array of shape {symbol.shape} is needed")
    return array


def _bind_size(name: str, symbol: Any, shape: tuple[int, int], sizes: dict[str, int]) -> None:
    for expected, found in zip(symbol.shape, shape, strict=True):
        if expected.is_Symbol:
            wanted = sizes.setdefault(expected.name, found)
        else:
            wanted = int(expected) if expected.is_Integer else found
        if wanted != found:
            raise ValueError(f"{name} has shape {shape}: {symbol.shape} with {expected} = {wanted} is needed")


def _multiprecise(value: Any) -> Any:
    """An mpmath number, or an object array of them, at mpmath's current precision."""
    import mpmath

    if np.ndim(value) > 0:
        entries = np.asarray(value, dtype=object)
        flat = [_multiprecise(entry) for entry in entries.ravel()]
        return np.array(flat, dtype=object).reshape(entries.shape)
    numerator, denominator = getattr(value, "numerator", None), getattr(value, "denominator", None)
    if isinstance(numerator, int) and isinstance(denominator, int):
        return mpmath.mpf(numerator) / denominator
    if getattr(value, "is_Rational", False):
        return mpmath.mpf(value.p) / value.q
    return mpmath.mpf(value if isinstance(value, (str, mpmath.mpf)) else float(value))
