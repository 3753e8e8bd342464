"""Evaluation of SymPy expressions over scalars and matrices, cheap for hundreds of variants of one tree.

Expressions are entered into a `Program`, which numbers every distinct operation once (value numbering): a
variant that differs from another in one node shares all other nodes with it. `Program.evaluate` then walks
the numbers over an arithmetic of `corollary.formulas.arithmetic`: NumPy in float64, mpmath at any precision, or JAX.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping
from typing import Any

from corollary.formulas.functions import check_known

Operation = Callable[..., Any]


@functools.lru_cache(maxsize=4096)
def free_symbols(line: Any) -> frozenset[Any]:
    """The expression's own, kept: the lines of a closed form are shared by hundreds of its variants."""
    return frozenset(line.free_symbols)


class Program:
    """Numbered operations, entered by `add` and carried out by `evaluate`."""

    def __init__(self, functions: Mapping[str, Callable[..., Any]] | None = None):
        self._functions = dict(functions or {})
        self._numbers: dict[Any, int] = {}
        self._operations: list[tuple[Operation, tuple[int, ...]]] = []
        # What is numbered already, by what the defined symbols of the line stand for: a variant of one line finds
        # every line that does not depend on it, and its own unchanged branches.
        self._known: dict[frozenset[tuple[Any, int]], dict[Any, int]] = {}

    def add(self, expression: Any, definitions: tuple[tuple[Any, Any], ...] = ()) -> int:
        """The number of `expression`, in which each defined symbol stands for its definition.

        Raises ValueError, in one line that names it, on a function or an operation that no rule evaluates.
        """
        defined: dict[Any, int] = {}
        for symbol, definition in definitions:
            defined[symbol] = self._line(definition, defined)
        return self._line(expression, defined)

    def _line(self, line: Any, defined: Mapping[Any, int]) -> int:
        stands_for = {symbol: defined[symbol] for symbol in free_symbols(line) if symbol in defined}
        known = self._known.setdefault(frozenset(stands_for.items()), dict(stands_for))
        return self._number(line, known)

    def evaluate(self, number: int, inputs: Mapping[str, Any], xp: Any, memo: dict[int, Any]) -> Any:
        """The value of an operation at `inputs` (name -> scalar or array); `memo` holds the known values."""
        if number not in memo:
            operation, operands = self._operations[number]
            if operation is _piecewise and xp.chooses:
                memo[number] = self._chosen(operands, inputs, xp, memo)
            else:
                values = [self.evaluate(operand, inputs, xp, memo) for operand in operands]
                memo[number] = operation(xp, inputs, *values)
        return memo[number]

    def _chosen(self, operands: tuple[int, ...], inputs: Mapping[str, Any], xp: Any, memo: dict[int, Any]) -> Any:
        """The first branch whose condition is met: no other is carried out. NaN where none is met, or one is NaN."""
        for branch, condition in zip(operands[::2], operands[1::2], strict=True):
            met = self.evaluate(condition, inputs, xp, memo)
            if met != met:
                return xp.nan
            if met:
                return self.evaluate(branch, inputs, xp, memo)
        return xp.nan

    def _number(self, node: Any, known: dict[Any, int]) -> int:
        if node not in known:
            label, operation, children = _operation(node, self._functions)
            operands = tuple(self._number(child, known) for child in children)
            key = (label, operands)
            if key not in self._numbers:
                self._numbers[key] = len(self._operations)
                self._operations.append((operation, operands))
            known[node] = self._numbers[key]
        return known[node]


def _operation(node: Any, functions: Mapping[str, Any]) -> tuple[Any, Callable[..., Any], tuple]:
    """A node's label (equal labels on equal operands are the same operation), its action and its operands."""
    kind = type(node).__name__
    if kind in ("Symbol", "Dummy", "MatrixSymbol"):
        name = node.name
        return ("input", name), lambda xp, inputs: inputs[name], ()
    if kind == "ImaginaryUnit":
        raise ValueError("a closed form cannot contain the imaginary unit: its values are real")
    if getattr(node, "is_number", False) and not node.args:
        return ("number", node), lambda xp, inputs: xp.number(node), ()
    if kind in functions:
        function = functions[kind]
        return ("function", kind), lambda xp, inputs, *args: xp.given(function)(*args), node.args
    if kind == "Mod" or (getattr(node, "is_Function", False) and kind != "Piecewise"):
        check_known(node)
        return ("function", kind), lambda xp, inputs, *args: xp.function(kind)(*args), node.args
    if kind in _SIMPLE:
        return kind, _SIMPLE[kind], node.args
    if kind in ("Mul", "MatMul"):
        scalars = tuple(arg for arg in node.args if not arg.is_Matrix)
        matrices = tuple(arg for arg in node.args if arg.is_Matrix)
        return ("product", len(scalars)), functools.partial(_product, len(scalars)), scalars + matrices
    if kind == "Trace":
        return _trace(node.arg)
    if kind in ("BlockMatrix", "BlockDiagMatrix"):
        return _entries("block", node.blocks, _block)
    if kind in ("ImmutableDenseMatrix", "MutableDenseMatrix"):
        return _entries("entries", node, _explicit)
    if kind == "Piecewise":
        pairs = tuple(part for branch, condition in node.args for part in (branch, condition))
        return "Piecewise", _piecewise, pairs
    raise ValueError(f"a closed form cannot contain {kind}: no rule evaluates it")


def _product(scalar_count: int, xp: Any, inputs: Any, *values: Any) -> Any:
    scalars, matrices = values[:scalar_count], values[scalar_count:]
    scale = functools.reduce(operator.mul, scalars) if scalars else None
    if not matrices:
        return scale
    product = _chain(matrices)
    return product if scale is None else scale * product


def _chain(matrices: tuple) -> Any:
    if matrices[-1].shape[-1] == 1:  # matrix times vector costs d^2, from the right
        return functools.reduce(lambda right, left: left @ right, reversed(matrices))
    return functools.reduce(operator.matmul, matrices)


def _trace(inner: Any) -> tuple[Any, Callable[..., Any], tuple]:
    """Trace of a product without forming the last product: Tr(PQ) = sum of P * Q^T."""
    if type(inner).__name__ != "MatMul":
        return "Trace", lambda xp, inputs, matrix: xp.trace(matrix), (inner,)
    scalars = tuple(arg for arg in inner.args if not arg.is_Matrix)
    matrices = tuple(arg for arg in inner.args if arg.is_Matrix)
    count = len(scalars)

    def act(xp: Any, inputs: Any, *values: Any) -> Any:
        *rest, last = values[count:]
        trace = xp.sum(_chain(tuple(rest)) * last.T) if rest else xp.trace(last)
        return functools.reduce(operator.mul, values[:count], trace)

    return ("trace of product", count), act, scalars + matrices


def _entries(label: str, source: Any, build: Callable[..., Any]) -> tuple[Any, Callable[..., Any], tuple]:
    rows, columns = source.shape
    entries = tuple(source[i, j] for i in range(rows) for j in range(columns))
    return (label, source.shape), functools.partial(build, source.shape), entries


def _block(shape: tuple[int, int], xp: Any, inputs: Any, *blocks: Any) -> Any:
    rows, columns = shape
    return xp.block([list(blocks[i * columns : (i + 1) * columns]) for i in range(rows)])


def _explicit(shape: tuple[int, int], xp: Any, inputs: Any, *entries: Any) -> Any:
    return xp.array(entries).reshape(shape)


def _piecewise(xp: Any, inputs: Any, *parts: Any) -> Any:
    return xp.piecewise(*zip(parts[::2], parts[1::2], strict=True))


def _relation(relation: Callable[[Any, Any], Any]) -> Operation:
    return lambda xp, inputs, left, right: xp.compare(relation, left, right)


def _power(xp: Any, inputs: Any, base: Any, exponent: Any) -> Any:
    return base**exponent


def _matrix_power(xp: Any, inputs: Any, base: Any, exponent: Any) -> Any:
    count = int(exponent)
    if count != exponent:
        raise ValueError(f"a matrix has no power {exponent}: a whole number is needed")
    factor = base if count > 0 else xp.inv(base)
    return functools.reduce(operator.matmul, [factor] * abs(count)) if count else xp.eye(base.shape[0])


_SIMPLE: dict[str, Operation] = {
    "Add": lambda xp, inputs, *terms: functools.reduce(operator.add, terms),
    "MatAdd": lambda xp, inputs, *terms: functools.reduce(operator.add, terms),
    "Pow": _power,
    "MatPow": _matrix_power,
    "Inverse": lambda xp, inputs, matrix, *_: xp.inv(matrix),
    "Transpose": lambda xp, inputs, matrix: matrix.T,
    "Determinant": lambda xp, inputs, matrix: xp.det(matrix),
    "Identity": lambda xp, inputs, size: xp.eye(int(size)),
    "GenericIdentity": lambda xp, inputs: 1.0,
    "ZeroMatrix": lambda xp, inputs, rows, columns: xp.zeros((int(rows), int(columns))),
    "OneMatrix": lambda xp, inputs, rows, columns: xp.zeros((int(rows), int(columns))) + 1,
    "HadamardProduct": lambda xp, inputs, *factors: functools.reduce(operator.mul, factors),
    "HadamardPower": _power,
    "MatrixElement": lambda xp, inputs, matrix, row, column: matrix[int(row), int(column)],
    "BooleanTrue": lambda xp, inputs: 1.0,
    "BooleanFalse": lambda xp, inputs: 0.0,
    "StrictLessThan": _relation(operator.lt),
    "LessThan": _relation(operator.le),
    "StrictGreaterThan": _relation(operator.gt),
    "GreaterThan": _relation(operator.ge),
    "Equality": _relation(operator.eq),
    "Unequality": _relation(operator.ne),
}
