"""A closed form: a short SymPy program over scalars and matrices that can be evaluated, traced and rewritten.

`ClosedForm` holds named intermediate results (`definitions`) and a final `expression`. `values_at` evaluates
many variants of one form at many points and shares what they have in common. `Argument` and `Quantity` (what
the command line evaluates) live in `corollary.formulas.quantity` and are exported here too. Importing this module
imports neither SymPy nor SciPy.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

from corollary.formulas.arithmetic import multiprecision, namespace
from corollary.formulas.binding import bind
from corollary.formulas.digits import known_digits
from corollary.formulas.exact_numbers import float64, multiprecise
from corollary.formulas.matrix_program import Program, free_symbols
from corollary.formulas.quantity import Argument, Quantity

__all__ = ["Argument", "ClosedForm", "Quantity", "values_at"]

FLOAT_DIGITS = 17
MOST_ENTRIES = 1000
"""Where float64 over- or underflows, inputs of so many entries at most are computed again with more digits."""


@dataclass(frozen=True)
class ClosedForm:
    """A straight-line program: each definition may use the ones before it, the expression may use all.

    expression: SymPy scalar or matrix expression, or a number.
    definitions: ordered (Symbol or MatrixSymbol, expression) pairs.
    functions: name of a `sympy.Function` in the program -> numerical function (mpmath numbers under `exact`).
    meanings: symbol name -> one line.
    """

    expression: Any
    definitions: tuple[tuple[Any, Any], ...] = ()
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict, compare=False, repr=False)
    meanings: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "expression", _expression(self.expression))

    def __call__(self, /, **values: Any) -> Any:
        """The value in float64 at named inputs (scalars, arrays [rows, columns], columns also [rows]).

        Numbers may be of any kind: int, float, NumPy's, Fraction, Decimal, SymPy's, or a text such as "0.1" or "3/10".
        Matrix dimensions are read off the arrays. Extra names are ignored. Where an operation over- or underflows or is
        undefined in float64, the value is computed with more digits and then rounded; NaN where there is none.
        Raises ValueError on a missing or ill-shaped value, and on a function that is not known to mean the same in
        float64.
        """
        try:
            with np.errstate(all="raise"):
                return self._in_float64(values)
        except (ArithmeticError, np.linalg.LinAlgError):
            if (value := self._recomputed(values)) is not None:
                return value
        with np.errstate(all="ignore"):
            return self._in_float64(values)

    def rounded(self, /, **values: Any) -> Any:
        """The value in float64 to its last digit, though terms cancel: computed with more digits, and then rounded.

        The plain float64 value where that cannot be: a function given in `functions` that takes floats only, terms that
        cancel to 0, large arrays. Slower than a call. Raises what a call does.
        """
        value = self._recomputed(values)
        return self(**values) if value is None else value

    def exact(self, digits: int = 50, /, **values: Any) -> Any:
        """The value to `digits` decimal digits, all of them known: an mpmath number or an object array of them.

        Numbers are taken as they are: a float is its binary value, a text such as "0.1" or "3/10" what it says. Where
        terms cancel, more digits are carried until those asked for are known. Raises ValueError on a missing or
        ill-shaped value, where there is no value, and where digits stay unknown because the terms cancel to (nearly) 0.
        """
        return known_digits(lambda working: self.working_with(working, **values), digits)

    def value(self, digits: int | None = None, /, **values: Any) -> Any:
        """The value in float64, or to `digits` digits where they are asked for; raises what the two do."""
        return self(**values) if digits is None else self.exact(digits, **values)

    def working_with(self, digits: int, /, **values: Any) -> Any:
        """The value, computed once with so many digits: those that rounding and cancellation take are not known.

        Raises ValueError on a missing or ill-shaped value, ArithmeticError where there is none.
        """
        import mpmath

        with mpmath.workdps(digits):
            inputs = bind(self.symbols, values, multiprecise)
            return self._program.evaluate(self._result, inputs, multiprecision(), {})

    def compile(self, module: Any, /) -> Callable[..., Any]:
        """The form as a function of keyword arrays over a module with NumPy's names (`jax.numpy`)."""
        symbols, program, number, operations = self.symbols, self._program, self._result, namespace(module)

        def as_array(value: Any) -> Any:  # an int may be a dimension and has to stay static
            return float(value) if isinstance(value, int) else module.asarray(value, dtype="float64")

        def evaluate(**values: Any) -> Any:
            inputs = bind(symbols, values, as_array)
            return program.evaluate(number, inputs, operations, {})

        return evaluate

    def _in_float64(self, values: Mapping[str, Any]) -> Any:
        inputs = bind(self.symbols, values, float64)
        result = self._program.evaluate(self._result, inputs, namespace(np), {})
        return float(result) if np.ndim(result) == 0 else result

    def _recomputed(self, values: Mapping[str, Any]) -> Any:
        """The value with more digits, rounded to float64; None where there is none, or arrays are too large for it."""
        import mpmath

        if sum(np.size(values.get(name, 0)) for name in self.symbols) > MOST_ENTRIES:
            return None
        try:
            found = self.exact(FLOAT_DIGITS, **values)
            return float64(found) if np.ndim(found) else float(float64(found))
        except (ValueError, TypeError, ArithmeticError, np.linalg.LinAlgError, mpmath.mp.NoConvergence):
            return None

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


def _expression(given: Any) -> Any:
    """A SymPy expression that can be kept: numbers made SymPy's, matrices immutable."""
    if isinstance(given, int | float | Fraction | np.number):
        import sympy

        return sympy.sympify(given)
    if not hasattr(given, "free_symbols"):
        raise ValueError(f"{given!r} is no closed form; allowed: a SymPy expression or a number")
    return given.as_immutable() if hasattr(given, "as_immutable") else given


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
            bound[names] = bind(form.symbols, point, float64)
        value = program.evaluate(number, bound[names], namespace(np), memo)
        return np.nan if np.iscomplexobj(value) else float(np.asarray(value).item())
    except (ValueError, TypeError, ArithmeticError, np.linalg.LinAlgError):
        return np.nan
