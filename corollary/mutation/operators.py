"""Mistakes that people make, as changes of one node of a function's syntax tree."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice, pairwise
from typing import Any

NEIGHBOURS = {
    "min": "max",
    "max": "min",
    "minimum": "maximum",
    "maximum": "minimum",
    "nanmin": "min",
    "nanmax": "max",
    "nanmean": "mean",
    "mean": "sum",
    "sum": "mean",
    "argmin": "argmax",
    "argmax": "argmin",
    "std": "var",
    "var": "std",
    "floor": "ceil",
    "ceil": "floor",
    "sin": "cos",
    "cos": "sin",
    "cumsum": "cumprod",
    "all": "any",
    "any": "all",
    "zeros": "ones",
    "ones": "zeros",
    "triu": "tril",
    "tril": "triu",
    "log1p": "log",
    "expm1": "exp",
    "hstack": "vstack",
    "outer": "multiply",
    "sort": "asarray",
    "abs": "asarray",
    "sqrt": "square",
}
OPERATORS: dict[type, type] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}

Change = tuple[str, int, Callable[[Any], None]]
"""(what is changed, its line, the change of the node)."""

Site = tuple[int, int]
"""(which node of the function, in the order of `ast.walk`; which of its changes)."""


def sites(function: ast.FunctionDef) -> list[tuple[Site, str, int]]:
    """(site, what is changed there, its line) for every mistake in one place of a function."""
    alone = _left_alone(function)
    return [
        ((number, choice), what, line)
        for number, node in enumerate(ast.walk(function))
        if id(node) not in alone
        for choice, (what, line, _) in enumerate(_changes(node))
    ]


def changed(function: ast.FunctionDef, site: Site) -> ast.FunctionDef:
    """A copy of the function with the mistake of a site."""
    copied = copy.deepcopy(function)
    number, choice = site
    node = next(islice(ast.walk(copied), number, None))
    _, _, change = list(_changes(node))[choice]
    change(node)
    return ast.fix_missing_locations(copied)


def _left_alone(function: ast.FunctionDef) -> set[int]:
    """What decides no number: what is raised or formatted, annotations, docstrings."""
    outer: list[ast.AST] = [*function.decorator_list, *([function.returns] if function.returns else [])]
    for node in ast.walk(function):
        if isinstance(node, ast.Raise | ast.JoinedStr | ast.Assert):
            outer.append(node)
        elif isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
            outer.append(node.annotation)
        elif isinstance(node, ast.If) and node.body and isinstance(node.body[0], ast.Raise):
            outer += [node.test]
    guards = {
        id(node) for node in ast.walk(function) if isinstance(node, ast.If) and isinstance(node.body[0], ast.Raise)
    }
    return {id(inner) for node in outer for inner in ast.walk(node)} | guards


def _changes(node: ast.AST) -> Iterator[Change]:
    line = getattr(node, "lineno", 0)
    if isinstance(node, ast.BinOp):
        yield from _of_operation(node, line)
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in OPERATORS:
        other = OPERATORS[type(node.ops[0])]
        yield f"{_name(other)} for {_name(type(node.ops[0]))}", line, lambda n: n.ops.__setitem__(0, other())
    elif isinstance(node, ast.BoolOp):
        other = OPERATORS[type(node.op)]
        yield f"{_name(other)} for {_name(type(node.op))}", line, lambda n: setattr(n, "op", other())
    elif isinstance(node, ast.Constant):
        yield from _of_constant(node, line)
    elif isinstance(node, ast.Attribute):
        yield from _of_attribute(node, line)
    elif isinstance(node, ast.Call):
        yield from _of_call(node, line)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "sign", line, lambda n: setattr(n, "op", ast.UAdd())
    elif isinstance(node, ast.If | ast.IfExp):
        yield "branches exchanged", line, lambda n: setattr(n, "test", ast.UnaryOp(ast.Not(), n.test))
    elif isinstance(node, ast.Assign) and _splits(node):
        yield "a split key used again", line, _reuse


def _of_operation(node: ast.BinOp, line: int) -> Iterator[Change]:
    kind = type(node.op)
    if kind in OPERATORS:
        other = OPERATORS[kind]
        yield f"{_name(other)} for {_name(kind)}", line, lambda n: setattr(n, "op", other())
    if isinstance(node.op, ast.Mult | ast.Add):
        what = "factor" if isinstance(node.op, ast.Mult) else "term"
        yield f"left {what} alone", line, lambda n: _become(n, n.left)
        yield f"right {what} alone", line, lambda n: _become(n, n.right)
    if isinstance(node.op, ast.MatMult):
        yield "product the other way round", line, _exchange_sides
    if isinstance(node.op, ast.Pow):
        yield "base for its power", line, lambda n: _become(n, n.left)


def _of_constant(node: ast.Constant, line: int) -> Iterator[Change]:
    if isinstance(node.value, bool):
        yield f"{not node.value} for {node.value}", line, lambda n: setattr(n, "value", not n.value)
    elif isinstance(node.value, int):
        yield f"{node.value + 1} for {node.value}", line, lambda n: setattr(n, "value", n.value + 1)
        yield f"{node.value - 1} for {node.value}", line, lambda n: setattr(n, "value", n.value - 1)
    elif isinstance(node.value, float) and abs(node.value) > 1e-6:
        yield f"1.3 times {node.value:g}", line, lambda n: setattr(n, "value", n.value * 1.3)


def _of_attribute(node: ast.Attribute, line: int) -> Iterator[Change]:
    if node.attr in ("T", "mT"):
        yield "not transposed", line, lambda n: _become(n, n.value)
    elif node.attr in NEIGHBOURS:
        other = NEIGHBOURS[node.attr]
        yield f"{other} for {node.attr}", line, lambda n: setattr(n, "attr", other)


def _of_call(node: ast.Call, line: int) -> Iterator[Change]:
    for number, keyword in enumerate(node.keywords):
        if keyword.arg in ("ddof", "keepdims", "where", "initial"):
            yield f"{keyword.arg} dropped", line, partial(_drop_keyword, number)
    plain = [index for index, one in enumerate(node.args) if isinstance(one, ast.Name | ast.Attribute | ast.Subscript)]
    for one, other in pairwise(plain):
        if other == one + 1:
            yield "two arguments exchanged", line, partial(_exchange, one, other)


def _splits(node: ast.Assign) -> bool:
    value, target = node.value, node.targets[0]
    called = isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "split"
    return called and isinstance(target, ast.Tuple) and len(target.elts) > 1


def _reuse(node: ast.AST) -> None:
    """`a, b = split(key)` becomes `a, b = (split(key)[0],) * 2`."""
    assert isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple)
    first = ast.Subscript(node.value, ast.Constant(0), ast.Load())
    node.value = ast.BinOp(ast.Tuple([first], ast.Load()), ast.Mult(), ast.Constant(len(node.targets[0].elts)))


def _exchange_sides(node: ast.AST) -> None:
    assert isinstance(node, ast.BinOp)
    node.left, node.right = node.right, node.left


def _drop_keyword(number: int, node: ast.Call) -> None:
    node.keywords.pop(number)


def _exchange(one: int, other: int, node: ast.Call) -> None:
    node.args[one], node.args[other] = node.args[other], node.args[one]


def _become(node: ast.AST, other: ast.AST) -> None:
    """Turns a node into another in its place."""
    node.__class__ = other.__class__
    node.__dict__.clear()
    node.__dict__.update(other.__dict__)


def _name(kind: type) -> str:
    names: dict[Any, str] = {
        ast.Add: "+",
        ast.Sub: "-",
        ast.Mult: "*",
        ast.Div: "/",
        ast.FloorDiv: "//",
        ast.Lt: "<",
        ast.LtE: "<=",
        ast.Gt: ">",
        ast.GtE: ">=",
        ast.Eq: "==",
        ast.NotEq: "!=",
        ast.And: "and",
        ast.Or: "or",
        ast.BitAnd: "&",
        ast.BitOr: "|",
    }
    return names[kind]
