"""A closed form as it is written: LaTeX, MathML, or lines for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corollary.formulas.closed_form import ClosedForm

MOST_OPERATIONS = 150
"""A formula beyond this size is read in its derivation, not at a glance."""


def at_a_glance(form: ClosedForm) -> bool:
    """Whether a form is short enough to be shown beside its claim."""
    return sum(_operations(line) for line in form.lines) <= MOST_OPERATIONS


def latex(form: ClosedForm) -> list[str]:
    """The expression, then each definition as an equation, in LaTeX."""
    import sympy

    return [sympy.latex(line) for line in _lines(form)]


def mathml(form: ClosedForm) -> list[str]:
    """The expression, then each definition as an equation, in presentation MathML (elements without `math` around)."""
    from sympy.printing.mathml import MathMLPresentationPrinter

    printer = MathMLPresentationPrinter({"mul_symbol": None})
    return [printer._print(line).toxml() for line in _lines(form)]


def lines(form: ClosedForm, width: int, unicode: bool = True) -> list[str]:
    """The expression and its definitions for a terminal of so many columns: drawn in two dimensions where that fits,
    else on one line, else with its repeated parts named."""
    import sympy

    shown: list[str] = []
    for line in _lines(form):
        drawn = sympy.pretty(line, use_unicode=unicode, wrap_line=False).splitlines()
        if max(map(len, drawn)) > width:
            drawn = _named(line, width)
        shown += [*([""] if shown and len(drawn) > 1 else []), *drawn]
    return shown


def _named(line: Any, width: int) -> list[str]:
    import sympy

    plain = str(line)
    if len(plain) <= width or getattr(line, "is_Matrix", False):
        return [plain]
    left = line.lhs if isinstance(line, sympy.Equality) else None
    parts, (rest,) = sympy.cse(line.rhs if left is not None else line, symbols=sympy.numbered_symbols("c", start=1))
    head = f"{left} = {rest}" if left is not None else str(rest)
    return [head, *(f"  {symbol} = {part}" for symbol, part in parts)]


def _lines(form: ClosedForm) -> list[Any]:
    """The expression, then the definitions as equations; what Python cannot call lambda is written as lambda."""
    import sympy

    equations = [sympy.Eq(symbol, value, evaluate=False) for symbol, value in form.definitions]
    found = [form.expression, *equations]
    called = {symbol for line in found for symbol in line.free_symbols if symbol.name in ("lam", "lam_")}
    names = {symbol: sympy.Symbol("lambda", **symbol.assumptions0) for symbol in called if symbol.is_Symbol}
    return [line.xreplace(names) for line in found]


def _operations(line: Any) -> int:
    import sympy

    return int(sympy.count_ops(line))
