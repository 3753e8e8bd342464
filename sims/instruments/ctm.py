"""Tables of algorithmic complexity of small binary blocks, by the coding theorem method: -log2 of how often small
Turing machines print them. Our own are enumerated once and kept in a results folder; the published ones are read where
the package that carries them, pybdm, is installed."""

from __future__ import annotations

import gzip
import importlib.util
import math
import pickle
from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jaxtyping import Float

from corollary.sims.instruments.turing import STEP_BOUNDS, output_distribution
from corollary.storage.store import Store


@partial(jax.tree_util.register_dataclass, data_fields=["complexities"], meta_fields=["rows", "columns"])
@dataclass(frozen=True)
class Table:
    """Complexities, in bits, of all binary blocks of a shape.

    complexities: float64 [2 ** cells], by the block's bits in row-major order, the first the most significant; NaN for
    blocks that no machine printed. rows, columns: of a block; a string is a block of one row.
    """

    complexities: Float[np.ndarray, " blocks"]
    rows: int
    columns: int


def own_table(rows: int, columns: int, states: int = 4, store: Store | None = None) -> Table:
    """Complexities of blocks read row by row as strings, from D(states). The tables of up to 8 cells have no gap at 4
    states.

    store: where D(4) is kept and read again, as its enumeration takes several seconds.
    Raises ValueError for more than 12 cells or an enumeration out of reach.
    """
    cells = rows * columns
    if rows < 1 or columns < 1 or cells > 12:
        raise ValueError(f"block of {rows} x {columns} cells; allowed: 1 to 12 cells")
    if states not in STEP_BOUNDS:
        raise ValueError(f"states={states}; allowed: {', '.join(map(str, STEP_BOUNDS))}")
    name = f"turing/strings-{states}-states-{cells}-cells.npz"
    stored = store.read_arrays(name) if store is not None else None
    if stored is None:
        complexities = np.full(2**cells, np.nan)
        for output, share in output_distribution(states).items():
            if len(output) == cells:
                complexities[int(output, 2)] = math.log2(share.denominator) - math.log2(share.numerator)
        stored = {"complexities": complexities}
        if store is not None:
            store.write_arrays(name, stored)
    return Table(stored["complexities"], rows, columns)


def published_table(rows: int, columns: int) -> Table | None:
    """The table of pybdm 0.1 for strings (one row, up to 12 columns) or square blocks (up to 4 x 4), complete and
    symmetric under complement; None where the package is not installed.

    Raises ValueError for a shape that it does not have.
    """
    shape = (columns,) if rows == 1 else (rows, columns)
    if not ((rows == 1 and 1 <= columns <= 12) or (rows == columns and 2 <= rows <= 4)):
        raise ValueError(f"no published table for {rows} x {columns} blocks; allowed: 1 x 1..12, 2 x 2, 3 x 3, 4 x 4")
    spec = importlib.util.find_spec("pybdm")
    if spec is None or not spec.submodule_search_locations:
        return None
    # Read as data: importing the package needs pkg_resources, which recent Pythons lack.
    name = "ctm-b2-d12.pkl.gz" if rows == 1 else "ctm-b2-d4x4.pkl.gz"
    with gzip.open(Path(spec.submodule_search_locations[0]) / "ctmdata" / name) as file:
        canonical = _PlainUnpickler(file).load()[shape]
    complexities = np.full(2 ** (rows * columns), np.nan)
    for bits, value in canonical.items():
        number = int(bits, 2)
        complexities[[number, len(complexities) - 1 - number]] = value
    return Table(complexities, rows, columns)


class _PlainUnpickler(pickle.Unpickler):
    """Reads dictionaries and runs nothing."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in (("collections", "OrderedDict"), ("collections", "defaultdict")):
            return {"OrderedDict": OrderedDict, "defaultdict": defaultdict}[name]
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed in a table")
