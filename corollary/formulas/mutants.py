"""Machine-made wrong variants: every first-order mutant of a closed form's SymPy tree.

A mutant differs from the original in one place: a term dropped, a sign flipped, an exponent or an integer constant
off by one, two symbols of the same kind swapped, or a function replaced by its neighbour.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from corollary.formulas.closed_form import ClosedForm

NEIGHBOURS: dict[Any, Any] = {
    sp.sin: sp.cos,
    sp.cos: sp.sin,
    sp.tan: sp.tanh,
    sp.tanh: sp.tan,
    sp.sinh: sp.cosh,
    sp.cosh: sp.sinh,
    sp.asin: sp.acos,
    sp.acos: sp.asin,
    sp.atan: sp.atanh,
    sp.exp: sp.cosh,
    sp.erf: sp.erfc,
    sp.erfc: sp.erf,
    sp.gamma: sp.loggamma,
    sp.loggamma: sp.digamma,
    sp.Max: sp.Min,
    sp.Min: sp.Max,
    sp.floor: sp.ceiling,
    sp.ceiling: sp.floor,
}


def first_order_mutants(form: Any) -> Iterator[tuple[str, ClosedForm]]:
    """(what was changed, the changed form) for every first-order mutant of a ClosedForm, each once; none for
    a formula without a tree (a plain function)."""
    if not isinstance(form, ClosedForm):
        return
    lines = [*form.definitions, (None, form.expression)]
    seen = {tuple(expression for _, expression in lines)}
    for index, (symbol, expression) in enumerate(lines):
        place = f" in {symbol}" if symbol is not None else ""
        for what, mutated in _mutations(expression):
            changed = [*lines]
            changed[index] = (symbol, mutated)
            key = tuple(e for _, e in changed)
            if key not in seen:
                seen.add(key)
                yield what + place, replace(form, definitions=tuple(changed[:-1]), expression=changed[-1][1])
    for what, swap in _swaps(form):
        changed = [(symbol, expression.xreplace(swap)) for symbol, expression in lines]
        key = tuple(e for _, e in changed)
        if key not in seen:
            seen.add(key)
            yield what, replace(form, definitions=tuple(changed[:-1]), expression=changed[-1][1])


def _mutations(expression: Any) -> Iterator[tuple[str, Any]]:
    """Every expression that differs from this one at one node: here, or in one argument."""
    yield from _here(expression)
    for index, argument in enumerate(expression.args):
        if not isinstance(argument, sp.Basic) or _is_dimension(expression, index):
            continue
        for what, mutated in _mutations(argument):
            rebuilt = _rebuild(expression, index, mutated)
            if rebuilt is not None:
                yield what, rebuilt


def _is_dimension(expression: Any, index: int) -> bool:
    """Whether an argument is the size of a matrix, which is no part of the formula."""
    return isinstance(expression, sp.MatrixSymbol | sp.Identity | sp.ZeroMatrix)


def _rebuild(expression: Any, index: int, argument: Any) -> Any | None:
    arguments = [*expression.args]
    arguments[index] = argument
    try:
        return expression.func(*arguments)
    except (TypeError, ValueError, AttributeError):  # shapes that no longer fit, or a factor of another kind
        return None


def _here(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, sp.Add | sp.MatAdd) and len(node.args) > 1:
        for index, term in enumerate(node.args):
            rest = [*node.args[:index], *node.args[index + 1 :]]
            yield f"drops {_short(term)}", node.func(*rest) if len(rest) > 1 else rest[0]
            yield f"flips the sign of {_short(term)}", node.func(*rest, -term)
    elif isinstance(node, sp.Mul):
        for factor in node.args:
            if isinstance(factor, sp.Symbol):
                yield f"{factor}**2 for {factor}", node * factor
    elif isinstance(node, sp.Pow):
        yield from _exponent_off_by_one(node)
    elif isinstance(node, sp.Rational) and not isinstance(node, sp.Integer):
        yield from _rational_off_by_one(node)
    elif isinstance(node, sp.Integer) and node != -1:
        yield f"{node + 1} for {node}", node + 1
        yield f"{node - 1} for {node}", node - 1
    elif isinstance(node, sp.Transpose):
        if node.arg.is_square:
            yield f"{_short(node.arg)} for its transpose", node.arg
    elif isinstance(node, sp.Inverse):
        yield f"{_short(node.arg)} for its inverse", node.arg
    elif isinstance(node, sp.MatrixSymbol) and node.shape[0] == node.shape[1]:
        yield f"{node} transposed", sp.Transpose(node)
    elif node.func in NEIGHBOURS and not isinstance(node, MatrixExpr):
        neighbour = NEIGHBOURS[node.func]
        yield f"{neighbour.__name__} for {node.func.__name__}", neighbour(*node.args)
    elif isinstance(node, sp.log):
        yield "log(1 + x) for log(x)", sp.log(1 + node.args[0])


def _exponent_off_by_one(node: sp.Pow) -> Iterator[tuple[str, Any]]:
    base, exponent = node.args
    if isinstance(exponent, sp.Rational):
        for shifted in (exponent + 1, exponent - 1):
            yield f"{_short(base)}**({shifted}) for {_short(node)}", sp.Pow(base, shifted)


def _rational_off_by_one(node: Any) -> Iterator[tuple[str, Any]]:
    for p, q in ((node.p + 1, node.q), (node.p - 1, node.q), (node.p, node.q + 1), (node.p, node.q - 1)):
        if q != 0:
            yield f"{sp.Rational(p, q)} for {node}", sp.Rational(p, q)


def _swaps(form: ClosedForm) -> Iterator[tuple[str, dict[Any, Any]]]:
    """Exchanges of two inputs of the same kind, everywhere at once."""
    defined = {symbol for symbol, _ in form.definitions}
    inputs: set[Any] = set()
    for expression in [*(e for _, e in form.definitions), form.expression]:
        inputs |= {s for s in expression.atoms(sp.Symbol, sp.MatrixSymbol) if s not in defined}
    sizes = {size for s in inputs if isinstance(s, sp.MatrixSymbol) for size in s.shape}
    for one, other in combinations(sorted(inputs - sizes, key=str), 2):
        if _kind(one) == _kind(other):
            yield f"swaps {one} and {other}", {one: other, other: one}


def _kind(symbol: Any) -> Any:
    if isinstance(symbol, sp.MatrixSymbol):
        return ("matrix", symbol.shape)
    return ("scalar", bool(symbol.is_integer))


def _short(expression: Any) -> str:
    text = " ".join(str(expression).split())
    return text if len(text) <= 40 else text[:37] + "..."
