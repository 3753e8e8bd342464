"""Matrix programs at rotation-invariant inputs become scalar ones.

When every input matrix is a multiple of the identity and every input vector zero, each matrix of a program
is a block matrix whose d x d blocks are multiples of the identity, whose 1 x 1 blocks are scalars and whose
d x 1 blocks vanish. Such matrices multiply like the small matrices of their multiples, and a trace counts
each block's size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from corollary.formulas.closed_form import ClosedForm


@dataclass(frozen=True)
class Blocks:
    """multiples: small SymPy matrix of the blocks' multiples; rows, columns: the blocks' sizes."""

    multiples: Any
    rows: tuple[Any, ...]
    columns: tuple[Any, ...]


def scalar_form(form: ClosedForm, multiples: Mapping[str, Any]) -> Any:
    """The scalar expression that a scalar matrix program becomes, with every definition resolved.

    multiples: name -> c for each MatrixSymbol that is c I (square) or 0 (a column); other symbols stay.
    """
    known: dict[Any, Any] = {}
    for name, symbol in form.symbols.items():
        if symbol.is_Matrix:
            known[symbol] = Blocks(sp.Matrix([[multiples.get(name, 0)]]), symbol.shape[:1], symbol.shape[1:])
    for symbol, definition in form.definitions:
        known[symbol] = _reduce(definition, known)
    return _reduce(form.expression, known)


def _reduce(node: Any, known: Mapping[Any, Any]) -> Any:
    if node in known:
        return known[node]
    if isinstance(node, sp.Identity):
        return Blocks(sp.eye(1), node.shape[:1], node.shape[1:])
    if isinstance(node, sp.ZeroMatrix):
        return Blocks(sp.zeros(1), node.shape[:1], node.shape[1:])
    if isinstance(node, sp.matrices.MatrixBase):
        return Blocks(
            sp.Matrix(node.shape[0], node.shape[1], [_reduce(entry, known) for entry in node]),
            (sp.S.One,) * node.shape[0],
            (sp.S.One,) * node.shape[1],
        )
    if isinstance(node, sp.BlockMatrix):
        return _stack(node.blocks, known)
    if not node.args:
        return node
    parts = [_reduce(arg, known) for arg in node.args]
    if isinstance(node, sp.Trace):
        return sum(parts[0].multiples[i, i] * size for i, size in enumerate(parts[0].rows))
    if isinstance(node, sp.Transpose):
        return Blocks(parts[0].multiples.T, parts[0].columns, parts[0].rows)
    if isinstance(node, sp.MatAdd):
        return Blocks(sum((part.multiples for part in parts[1:]), parts[0].multiples), parts[0].rows, parts[0].columns)
    if isinstance(node, sp.MatMul):
        return _product(parts)
    return node.func(*parts)


def _product(parts: list[Any]) -> Blocks:
    matrices = [part for part in parts if isinstance(part, Blocks)]
    scale = sp.Mul(*(part for part in parts if not isinstance(part, Blocks)))
    multiples = matrices[0].multiples
    for matrix in matrices[1:]:
        multiples = multiples * matrix.multiples
    return Blocks(scale * multiples, matrices[0].rows, matrices[-1].columns)


def _stack(blocks: Any, known: Mapping[Any, Any]) -> Blocks:
    count_rows, count_columns = blocks.shape
    grid = [[_reduce(blocks[i, j], known) for j in range(count_columns)] for i in range(count_rows)]
    multiples = sp.Matrix.vstack(*(sp.Matrix.hstack(*(block.multiples for block in row)) for row in grid))
    rows = tuple(size for row in grid for size in row[0].rows)
    return Blocks(multiples, rows, tuple(size for block in grid[0] for size in block.columns))
