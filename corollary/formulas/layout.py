"""Formulas in lines of limited width: a sum is broken between its terms, and what is still too wide gets parts of it
named. The same lines are drawn for a terminal and written in LaTeX."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sympy as sp
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.printing.pretty.pretty import PrettyPrinter
from sympy.printing.pretty.pretty_symbology import pretty_use_unicode
from sympy.printing.pretty.stringpict import prettyForm, stringPict

LEAST = 10
"""Columns below which a part is not worth a name."""

SIGNS = len("+ ")


@dataclass(frozen=True)
class Equation:
    """left: what the value is called, or None. rows: the terms of the right-hand side, row by row."""

    left: Any
    rows: tuple[tuple[Any, ...], ...]

    @property
    def right(self) -> Any:
        """The whole right-hand side."""
        terms = [term for row in self.rows for term in row]
        return terms[0] if len(terms) == 1 else _sum(terms)


@dataclass
class Layout:
    """Lays out one equation after the other, and remembers the names it gave.

    width: columns of a line. unicode: whether terminals show more than ASCII. taken: names that mean something else.
    names: part -> its name, given here or in an equation before.
    """

    width: int
    unicode: bool = True
    taken: set[str] = field(default_factory=set)
    names: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._widths: dict[Any, int] = {}
        self._printer = PrettyPrinter({"use_unicode": self.unicode, "wrap_line": False, "num_columns": None})
        self._free = (f"c_{number}" for number in itertools.count(1) if f"c_{number}" not in self.taken)

    def fitted(self, left: Any, right: Any) -> tuple[Equation, list[Equation]]:
        """The equation in rows that fit, and the definitions of the parts that had to be named for it. A row stays too
        wide only where no part of it can be named."""
        new: list[Any] = []
        room = self.width - (0 if left is None else self._width(left) + len(" = "))
        if not self._fits(right, room):
            right = self._with_known_names(left, right)
        while not self._fits(right, room):
            part, bound = self._best_part(right, room)
            if part is None:
                break
            name = self._name(part, bound)
            self.names[part] = name
            new.append((name, part))
            right = replaced(right, part, name)
        definitions: list[Equation] = []
        for name, part in new:
            equation, inner = self.fitted(name, part)
            definitions += [equation, *inner]
        return Equation(left, self._rows(right, room)), definitions

    def drawn(self, equation: Equation) -> list[str]:
        """The lines of an equation on a terminal."""
        lines: list[str] = []
        with self._alphabet():
            lead = None if equation.left is None else stringPict(*self._picture(equation.left).right(" = "))
            for number, row in enumerate(equation.rows):
                picture = self._drawn_row(row, first=number == 0)
                if lead is not None:
                    picture = stringPict(*lead.right(picture))
                    lead = stringPict(" " * lead.width())
                lines += [*([""] if lines else []), *(line.rstrip() for line in str(picture).splitlines())]
        return lines

    def latex(self, equation: Equation) -> str:
        """An equation in LaTeX, for a cell of an `aligned` block: its rows begin with `&`."""
        head = "& " if equation.left is None else f"{sp.latex(equation.left)} & = "
        rows = [_latex_row(row, first=number == 0) for number, row in enumerate(equation.rows)]
        return (r" \\ & \quad ").join([head + rows[0], *rows[1:]])

    def _fits(self, right: Any, room: int) -> bool:
        if self._width(right) <= room:
            return True
        terms = _terms(right)
        return len(terms) > 1 and all(self._width(term) <= room - SIGNS for term in terms)

    def _rows(self, right: Any, room: int) -> tuple[tuple[Any, ...], ...]:
        if self._width(right) <= room:
            return ((right,),)
        rows: list[tuple[Any, ...]] = []
        used = 0
        for term in _terms(right):
            width = self._width(term) + len(" + ")
            if rows and used + width <= room:
                rows[-1] = (*rows[-1], term)
                used += width
            else:
                rows.append((term,))
                used = width
        return tuple(rows)

    def _with_known_names(self, left: Any, right: Any) -> Any:
        for part, name in self.names.items():
            if name != left:
                right = replaced(right, part, name)
        return right

    def _best_part(self, right: Any, room: int) -> tuple[Any, tuple[Any, ...]]:
        """The part that, named, takes the most off: it fits on lines of its own, and is wide or occurs often."""
        found: dict[Any, tuple[Any, ...]] = {}
        times: dict[Any, int] = {}
        for part, bound in _parts(right):
            found[part] = bound
            times[part] = times.get(part, 0) + 1
        best, most = None, 0
        for part, bound in found.items():
            width = self._width(part)
            if width < LEAST + (len(bound) and 4) or not self._fits(part, room - 8):
                continue
            gain = times[part] * (width - 3)
            if gain > most:
                best, most = part, gain
        return (best, found[best]) if best is not None else (None, ())

    def _name(self, part: Any, bound: tuple[Any, ...]) -> Any:
        """A fresh symbol; of a part with a running index, a function of it."""
        name = next(self._free)
        if getattr(part, "is_Matrix", False):
            return sp.MatrixSymbol(name.upper(), *part.shape)
        return sp.Function(name)(*bound) if bound else sp.Symbol(name)

    def _picture(self, expression: Any) -> Any:
        return self._printer._print(expression)

    @contextmanager
    def _alphabet(self) -> Iterator[None]:
        """SymPy's characters are a setting of the whole process."""
        before = pretty_use_unicode(self.unicode)
        try:
            yield
        finally:
            pretty_use_unicode(before)

    def _width(self, expression: Any) -> int:
        if expression not in self._widths:
            with self._alphabet():
                self._widths[expression] = self._picture(expression).width()
        return self._widths[expression]

    def _drawn_row(self, row: Iterable[Any], first: bool) -> Any:
        picture: Any = None
        for term in row:
            negative, body = _signed(term)
            shown = self._picture(body)
            if isinstance(body, ExprWithLimits) or shown.binding > prettyForm.NEG:
                shown = prettyForm(*shown.parens())
            sign = "-" if negative else "+"
            if picture is None:
                lead = f"{sign} " if not first else "-" if negative else ""
                picture = stringPict(*shown.left(lead)) if lead else shown
            else:
                picture = stringPict(*picture.right(f" {sign} ", shown))
        return picture


def replaced(expression: Any, part: Any, name: Any) -> Any:
    """The expression with a part of it called by its name; of a sum, also where its terms stand among others."""
    if expression == part:
        return name
    if not getattr(expression, "args", ()):
        return expression
    if isinstance(expression, sp.Add) and isinstance(part, sp.Add) and set(part.args) <= set(expression.args):
        rest = [term for term in expression.args if term not in set(part.args)]
        return sp.Add(name, *(replaced(term, part, name) for term in rest))
    arguments = [replaced(argument, part, name) for argument in expression.args]
    if all(new is old for new, old in zip(arguments, expression.args, strict=True)):
        return expression
    return expression.func(*arguments)


def _parts(expression: Any, bound: tuple[Any, ...] = ()) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """What can be named inside an expression, with the running indices that it depends on. The whole is no part."""
    if isinstance(expression, sp.Derivative | sp.Subs | sp.Lambda):
        return
    if isinstance(expression, ExprWithLimits):
        inside = (*bound, *(symbol for symbol in expression.variables if symbol not in bound))
        children = [(expression.function, inside)]
    else:
        children = [(argument, bound) for argument in expression.args]
    for child, inside in children:
        if not child.args or isinstance(child, sp.MatrixSymbol):
            continue
        if isinstance(child, sp.Expr) and not child.is_number:
            used = tuple(symbol for symbol in inside if symbol in child.free_symbols)
            if not (used and getattr(child, "is_Matrix", False)):
                yield child, used
        yield from _parts(child, inside)


def _terms(expression: Any) -> list[Any]:
    if isinstance(expression, sp.Add):
        return list(expression.as_ordered_terms())
    return list(expression.args) if isinstance(expression, sp.MatAdd) else [expression]


def _sum(terms: list[Any]) -> Any:
    return sp.MatAdd(*terms) if getattr(terms[0], "is_Matrix", False) else sp.Add(*terms)


def _signed(term: Any) -> tuple[bool, Any]:
    """Whether a term is negative, and it without its sign."""
    coefficient, _ = term.as_coeff_Mul()
    return (True, -term) if getattr(coefficient, "is_negative", False) and len(term.args) > 1 else (False, term)


def _latex_row(row: Iterable[Any], first: bool) -> str:
    text = ""
    for term in row:
        negative, body = _signed(term)
        shown = sp.latex(body)
        shown = rf"\left({shown}\right)" if isinstance(body, sp.Add) and (text or not first or negative) else shown
        text += ("- " if negative else "+ " if text or not first else "") + shown + " "
    return text.strip()
