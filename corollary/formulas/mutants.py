"""Machine-made wrong variants: every first-order mutant of a closed form's SymPy tree.

A mutant differs from the original in one place: a term dropped, a sign flipped, an exponent or an integer constant
off by one, two symbols of the same kind swapped, a function or a condition replaced by its neighbour, or the branches
of a piecewise form exchanged.
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
    sp.cot: sp.tan,
    sp.sec: sp.csc,
    sp.csc: sp.sec,
    sp.sinc: sp.cos,
    sp.asin: sp.acos,
    sp.acos: sp.asin,
    sp.atan: sp.atanh,
    sp.acot: sp.atan,
    sp.asec: sp.acsc,
    sp.acsc: sp.asec,
    sp.tanh: sp.tan,
    sp.coth: sp.tanh,
    sp.sinh: sp.cosh,
    sp.cosh: sp.sinh,
    sp.sech: sp.csch,
    sp.csch: sp.sech,
    sp.asinh: sp.acosh,
    sp.acosh: sp.asinh,
    sp.atanh: sp.atan,
    sp.acoth: sp.acot,
    sp.asech: sp.acsch,
    sp.acsch: sp.asech,
    sp.exp: sp.cosh,
    sp.erf: sp.erfc,
    sp.erfc: sp.erf,
    sp.erfi: sp.erf,
    sp.erfinv: sp.erfcinv,
    sp.erfcinv: sp.erfinv,
    sp.gamma: sp.loggamma,
    sp.loggamma: sp.digamma,
    sp.factorial: sp.gamma,
    sp.harmonic: sp.digamma,
    sp.lowergamma: sp.uppergamma,
    sp.uppergamma: sp.lowergamma,
    sp.beta: sp.binomial,
    sp.betainc: sp.betainc_regularized,
    sp.betainc_regularized: sp.betainc,
    sp.binomial: sp.FallingFactorial,
    sp.RisingFactorial: sp.FallingFactorial,
    sp.FallingFactorial: sp.RisingFactorial,
    sp.besselj: sp.bessely,
    sp.bessely: sp.besselj,
    sp.besseli: sp.besselk,
    sp.besselk: sp.besseli,
    sp.jn: sp.yn,
    sp.yn: sp.jn,
    sp.airyai: sp.airybi,
    sp.airybi: sp.airyai,
    sp.airyaiprime: sp.airybiprime,
    sp.airybiprime: sp.airyaiprime,
    sp.Ei: sp.li,
    sp.li: sp.Ei,
    sp.Si: sp.Shi,
    sp.Shi: sp.Si,
    sp.Ci: sp.Chi,
    sp.Chi: sp.Ci,
    sp.fresnels: sp.fresnelc,
    sp.fresnelc: sp.fresnels,
    sp.elliptic_k: sp.elliptic_e,
    sp.elliptic_e: sp.elliptic_k,
    sp.legendre: sp.chebyshevt,
    sp.chebyshevt: sp.chebyshevu,
    sp.chebyshevu: sp.chebyshevt,
    sp.hermite: sp.laguerre,
    sp.laguerre: sp.hermite,
    sp.Max: sp.Min,
    sp.Min: sp.Max,
    sp.floor: sp.ceiling,
    sp.ceiling: sp.floor,
    sp.frac: sp.floor,
    sp.And: sp.Or,
    sp.Or: sp.And,
    sp.Xor: sp.Or,
}
RELATIONS: dict[Any, tuple[Any, ...]] = {
    sp.Eq: (sp.Ne,),
    sp.Ne: (sp.Eq,),
    sp.Lt: (sp.Le, sp.Gt),
    sp.Le: (sp.Lt, sp.Ge),
    sp.Gt: (sp.Ge, sp.Lt),
    sp.Ge: (sp.Gt, sp.Le),
}
"""Another strictness, and the other direction."""

SEVERAL = (sp.Max, sp.Min, sp.And, sp.Or)
ORDERED = (
    *(sp.atan2, sp.binomial, sp.Mod, sp.RisingFactorial, sp.FallingFactorial, sp.lowergamma, sp.uppergamma),
    *(sp.besselj, sp.bessely, sp.besseli, sp.besselk),
)
"""Functions whose two arguments play different roles."""


DROPS = "drops "
"""How the name of a mutant begins in which a term is left out, or a factor."""


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
            yield f"{DROPS}{_short(term)}", node.func(*rest) if len(rest) > 1 else rest[0]
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
    elif isinstance(node, sp.Piecewise):
        yield from _other_branches(node)
    elif isinstance(node, sp.Function | sp.Not):
        yield from _other_function(node)
    for relation in RELATIONS.get(node.func, ()):
        yield f"{_short(relation(*node.args))} for {_short(node)}", relation(*node.args)
    if node.func in ORDERED:
        yield f"exchanges the arguments of {_short(node)}", node.func(*reversed(node.args))
    if isinstance(node, SEVERAL) and len(node.args) > 1:
        for index, part in enumerate(node.args):
            rest = [*node.args[:index], *node.args[index + 1 :]]
            yield f"drops {_short(part)} from {node.func.__name__}", node.func(*rest)


def _other_branches(node: sp.Piecewise) -> Iterator[tuple[str, Any]]:
    """A branch left out, or the values of two neighbouring ones exchanged."""
    pairs = [tuple(pair) for pair in node.args]
    for index, (value, condition) in enumerate(pairs[:-1]):
        rest = [*pairs[:index], *pairs[index + 1 :]]
        yield f"drops the branch where {_short(condition)}", sp.Piecewise(*rest)
        following = pairs[index + 1]
        exchanged = [*pairs[:index], (following[0], condition), (value, following[1]), *pairs[index + 2 :]]
        yield f"exchanges the branches where {_short(condition)} and where not", sp.Piecewise(*exchanged)


def _other_function(node: Any) -> Iterator[tuple[str, Any]]:
    """Changes of functions that have no neighbour."""
    argument: Any = node.args[0] if node.args else None
    if isinstance(node, sp.Abs):
        yield f"{_short(argument)} for {_short(node)}", argument
    elif isinstance(node, sp.sign | sp.KroneckerDelta):
        yield f"1 for {_short(node)}", sp.Integer(1)
    elif isinstance(node, sp.Not):
        yield f"{_short(argument)} for {_short(node)}", argument
    elif isinstance(node, sp.Heaviside):
        yield f"{_short(node)} mirrored", sp.Heaviside(-argument, *node.args[1:])
    elif isinstance(node, sp.zeta) and len(node.args) == 1:
        yield f"{_short(node)} without its first term", sp.zeta(argument, 2)
    elif isinstance(node, sp.LambertW):
        lower = len(node.args) > 1 and node.args[1] == -1
        yield f"the {'upper' if lower else 'lower'} branch of {_short(node)}", sp.LambertW(argument, 0 if lower else -1)


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
