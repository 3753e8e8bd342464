"""A derivation: named steps, each checked against the one before it.

A step states an expression and why it follows. Most steps are equalities; `differentiated`, `solved`,
`substituted`, `limit` and `series` say that a step is the result of that operation on an earlier one, and are
checked by carrying the operation out; `agreeing` compares a step with another closed form and `exactly` hands
it to an argument of its own. Two expressions agree when SymPy proves it, else when 50 digits agree at 20
random points of the symbols' domain.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from corollary.formulas.closed_form import ClosedForm

DIGITS = 50
POINTS = 20
GIVEN = "given"
SYMBOLIC = "symbolic"
NUMERIC = f"{DIGITS} digits at {POINTS} points"
MOST_OPERATIONS = 400  # beyond this size SymPy's simplifier costs more than the numerical check is worth

Point = dict[str, Any]
Draw = Callable[[random.Random, tuple[int, ...]], Any]
Check = Callable[[ClosedForm, ClosedForm, Callable[..., Iterator[Point]]], str]


class BrokenStep(ValueError):
    """A step of a derivation does not follow."""


def equal(before: ClosedForm, after: ClosedForm, points: Callable[..., Iterator[Point]]) -> str:
    """How two forms were found equal: SYMBOLIC, NUMERIC, or "" when they differ."""
    if _proved(before, after):
        return SYMBOLIC
    return NUMERIC if all(_same(before, after, point) for point in points(before, after)) else ""


def stated(before: ClosedForm, after: ClosedForm, points: Callable[..., Iterator[Point]]) -> str:
    """The step introduces something new, which later steps use: nothing to check."""
    return GIVEN


def derived(operation: Callable[[Any], Any]) -> Check:
    """The step is `operation` (a function of a SymPy expression) applied to the step before."""

    def check(before: ClosedForm, after: ClosedForm, points: Callable[..., Iterator[Point]]) -> str:
        return equal(ClosedForm(operation(before.inlined()), functions=before.functions), after, points)

    return check


def differentiated(symbol: Any, times: int = 1) -> Check:
    """The step is the derivative of the one before."""
    return derived(lambda expression: sp.diff(expression, symbol, times))


def substituted(values: Mapping[Any, Any]) -> Check:
    """The step is the one before with symbols replaced."""
    return derived(lambda expression: expression.subs(dict(values), simultaneous=True))


def limit(symbol: Any, to: Any) -> Check:
    """The step is the limit of the one before."""
    return derived(lambda expression: sp.limit(sp.together(expression), symbol, to))


def series(symbol: Any, order: int, about: Any = 0) -> Check:
    """The step is the Taylor polynomial of the one before, up to but without `symbol**order`."""
    return derived(lambda expression: sp.series(expression, symbol, about, order).removeO())


def solved(symbol: Any) -> Check:
    """The step is the only value of the positive `symbol` at which the one before vanishes."""

    def check(before: ClosedForm, after: ClosedForm, points: Callable[..., Iterator[Point]]) -> str:
        roots = [ClosedForm(root, functions=before.functions) for root in sp.solve(before.inlined(), symbol)]
        if len(roots) > 1:
            drawn = list(points(before))
            roots = [root for root in roots if all(root.exact(**point) > 0 for point in drawn)]
        return equal(roots[0], after, points) if len(roots) == 1 else ""

    return check


def positive(check: Check) -> Check:
    """What `check` says, and the step is positive by the assumptions on its symbols."""
    return lambda before, after, points: check(before, after, points) if after.inlined().is_positive else ""


def agreeing(form: ClosedForm) -> Check:
    """The step equals another closed form."""
    return lambda before, after, points: equal(form, after, points)


def abstracted(before: ClosedForm, after: ClosedForm, points: Callable[..., Iterator[Point]]) -> str:
    """The step is the one before with some defined symbols set free."""
    kept = set(after.definitions) <= set(before.definitions)
    return SYMBOLIC if kept and before.expression == after.expression else ""


def exactly(argument: Callable[[ClosedForm], bool], how: str) -> Check:
    """The step, as a closed form, passes an argument of its own; `how` says what that argument is."""
    return lambda before, after, points: how if argument(after) else ""


@dataclass(frozen=True)
class Step:
    """One line of a derivation.

    expression: SymPy scalar or matrix expression. reason: why it follows. check: how it is checked against
    the step named by `follows` (empty: the one before). symbol: what the line is the value of, for display.
    where: definitions of this step alone.
    """

    name: str
    expression: Any
    reason: str
    check: Check = equal
    follows: str = ""
    symbol: Any = None
    where: tuple[tuple[Any, Any], ...] = ()


@dataclass(frozen=True)
class Derivation:
    """A chain of steps that ends in a closed form.

    definitions: shared (symbol, expression) pairs that the steps use. functions: as in ClosedForm.
    domain: symbol name -> draw(random, shape), where the default (positive: (0, 4], real: [-3, 3], integer:
    1..9, matrix entries [-2, 2], dimensions 1..3) does not fit. checks: step name -> how it was checked, once it was.
    """

    name: str
    says: str
    source: str
    steps: tuple[Step, ...]
    closed_form: ClosedForm | None = None
    definitions: tuple[tuple[Any, Any], ...] = ()
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict, compare=False, repr=False)
    domain: Mapping[str, Draw] = field(default_factory=dict, compare=False, repr=False)
    checks: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    def verify(self, watch: Callable[[str], None] = lambda step: None) -> dict[str, str]:
        """Step name -> how it was checked; a first step without a check of its own is GIVEN. watch: told each step's
        name before it is checked.

        Raises BrokenStep naming the first step that does not follow, and ValueError where one contains a function that
        no numerical function is known to agree with.
        """
        results: dict[str, str] = {}
        forms = {step.name: self._form(step) for step in self.steps}
        previous = self.steps[0].name
        for step in self.steps:
            watch(step.name)
            if step is self.steps[0] and step.check is equal:
                results[step.name] = GIVEN
            else:
                before = forms[step.follows or previous]
                results[step.name] = self._confirm(step.name, step.check, before, forms[step.name])
            previous = step.name
        if self.closed_form is not None:
            watch("closed form")
            last = forms[self.steps[-1].name]
            results["closed form"] = self._confirm("closed form", equal, last, self.closed_form)
        return results

    def verified(self, watch: Callable[[str], None] = lambda step: None) -> Derivation:
        """The same derivation, with how each step was checked in its `checks`. Raises as `verify` does."""
        return replace(self, checks=self.verify(watch))

    def text(self, unicode: bool = True, width: int = 100) -> str:
        """The chain for a terminal of so many columns, in Unicode or with formulas in ASCII."""
        from corollary.formulas import derivation_text

        return derivation_text.text(self, width, unicode)

    def __str__(self) -> str:
        return self.text()

    def _repr_markdown_(self) -> str:
        from corollary.formulas import derivation_text

        return derivation_text.markdown(self)

    def _repr_latex_(self) -> str:
        from corollary.formulas import derivation_text

        return derivation_text.latex(self)

    def latex(self) -> list[str]:
        """One LaTeX formula a step."""
        return [sp.latex(_equation(step.symbol, step.expression)) for step in self.steps]

    def mathml(self) -> list[str]:
        """One presentation MathML element a step."""
        from sympy.printing.mathml import mathml

        opening = '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">'
        equations = [_equation(step.symbol, step.expression) for step in self.steps]
        return [opening + mathml(line, printer="presentation") + "</math>" for line in equations]

    def _form(self, step: Step) -> ClosedForm:
        return ClosedForm(step.expression, (*self.definitions, *step.where), self.functions)

    def _confirm(self, name: str, check: Check, before: ClosedForm, after: ClosedForm) -> str:
        source = random.Random(f"{self.name}/{name}")

        def points(*forms: ClosedForm) -> Iterator[Point]:
            symbols = {key: symbol for form in forms for key, symbol in form.symbols.items()}
            return (random_point(symbols, self.domain, source) for _ in range(POINTS))

        how = check(before, after, points)
        if not how:
            raise BrokenStep(f"derivation {self.name!r}: step {name!r} does not follow")
        return how


def integers(low: int, high: int) -> Draw:
    """Draws integers low..high."""
    return lambda source, shape: source.randint(low, high)


def reals(low: float, high: float) -> Draw:
    """Draws rationals in [low, high]."""
    start, width = Fraction(low), Fraction(high) - Fraction(low)
    return lambda source, shape: start + width * Fraction(source.randint(1, 999), 1000)


def positive_definite(source: random.Random, shape: tuple[int, ...]) -> Any:
    """Draws a rational symmetric positive definite matrix."""
    factor = _entries(source, shape)
    return factor @ factor.T + np.diag([Fraction(1, 2)] * shape[0])


def _entries(source: random.Random, shape: tuple[int, ...]) -> Any:
    flat = [Fraction(source.randint(-20, 20), 10) for _ in range(int(np.prod(shape)))]
    return np.array(flat, dtype=object).reshape(shape)


def random_point(symbols: Mapping[str, Any], domain: Mapping[str, Draw], source: random.Random) -> Point:
    """A rational value for every symbol, inside its domain; symbolic dimensions are drawn first."""
    point: Point = {}
    matrices = {name: symbol for name, symbol in symbols.items() if getattr(symbol, "is_Matrix", False)}
    shapes = [size for symbol in matrices.values() for size in symbol.shape]
    dimensions = {atom.name for size in shapes for atom in size.free_symbols}
    for name, symbol in symbols.items():
        if name in matrices:
            continue
        default = integers(1, 3) if name in dimensions else _default(symbol)
        point[name] = domain.get(name, default)(source, ())
    sizes = {symbol: point[name] for name, symbol in symbols.items() if name in dimensions}
    for name, symbol in matrices.items():
        shape = tuple(int(size.subs(sizes)) for size in symbol.shape)
        point[name] = domain.get(name, _entries)(source, shape)
    return point


def _default(symbol: Any) -> Draw:
    if symbol.is_integer:
        return integers(1, 9)
    return reals(0, 4) if symbol.is_positive or symbol.is_nonnegative else reals(-3, 3)


def _proved(before: ClosedForm, after: ClosedForm) -> bool:
    if before == after:
        return True
    symbols = [*before.symbols.values(), *after.symbols.values()]
    symbols += [symbol for symbol, _ in (*before.definitions, *after.definitions)]
    if any(symbol.is_Matrix for symbol in symbols):
        return False
    left, right = before.inlined(), after.inlined()
    difference = left - right
    if difference.count_ops() > MOST_OPERATIONS:
        return False
    if difference.is_rational_function():
        return sp.cancel(sp.together(difference)) == 0
    return sp.simplify(difference) == 0


def _same(before: ClosedForm, after: ClosedForm, point: Point) -> bool:
    """Agreement to DIGITS digits, with some more carried; with as many as it takes where that is not enough."""
    if _agree(before.working_with(DIGITS + 20, **point), after.working_with(DIGITS + 20, **point)):
        return True
    try:
        return _agree(before.exact(DIGITS + 20, **point), after.exact(DIGITS + 20, **point))
    except ValueError:  # a side cancels to nothing that is known
        return False


def _agree(one: Any, other: Any) -> bool:
    left, right = np.atleast_1d(one), np.atleast_1d(other)
    scale = max(np.abs(left).max(), np.abs(right).max())
    with mpmath.workdps(DIGITS + 20):
        return left.shape == right.shape and bool(np.abs(left - right).max() <= scale / mpmath.mpf(10) ** DIGITS)


def _equation(symbol: Any, expression: Any) -> Any:
    if symbol is None or symbol == expression:
        return expression
    return sp.Eq(symbol, expression, evaluate=False)
