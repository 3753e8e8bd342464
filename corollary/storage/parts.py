"""Rows in columns: appended in parts, each a Parquet file that is named by its own digest.

A part is written whole or not at all, and never changed; the folder's listing is the manifest. So several writers never
hurt each other, and a part that was cut off or changed on the disk no longer has its name. A row has a mark; of rows of
one mark, whoever wrote them, any is as good as the other. Many small parts are joined into a larger one now and then:
the larger one exists before the small ones go.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from corollary.storage.store import CorruptRecord, Store

if TYPE_CHECKING:
    import pyarrow

MARK = "mark"
"""The column of marks, uint64."""

MOST_PARTS = 64
"""So many parts of a folder are joined."""

SHAPE = ":shape"
"""What ends the name of the column of the shapes of an array's column."""

_NAME = re.compile(r"part-([0-9a-f]{32})\.parquet")


class Parts:
    """The rows of one folder of a store.

    Reading raises CorruptRecord for a part that is damaged; `set_damaged_aside` renames those, so that their rows are
    missing and are made again.
    """

    def __init__(self, store: Store, folder: str):
        self.store, self.folder = store, folder

    def append(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """rows: {"mark": int, name: number, text or array}."""
        if not rows:
            return
        self._write(_table(rows))
        if len(self._names()) > MOST_PARTS:
            self.join()

    def marks(self) -> np.ndarray:
        """Of all rows, sorted, uint64."""
        found = [part.column(MARK).to_numpy() for part in self._tables([MARK])]
        return np.unique(np.concatenate(found)) if found else np.empty(0, np.uint64)

    def columns(self) -> dict[str, Any]:
        """Name -> type of every column but the mark."""
        return {
            field.name: field.type
            for part in self._tables(None, schema=True)
            for field in part.schema
            if field.name != MARK and not field.name.endswith(SHAPE)
        }

    def read(self, name: str, marks: np.ndarray) -> list[Any]:
        """A column's values for the marks, in their order: a list with None where there is none."""
        import pyarrow as pa

        wanted = [MARK, name, name + SHAPE]
        parts = [part for part in self._tables(wanted) if name in part.column_names]
        if not parts:
            return [None] * len(marks)
        table = pa.concat_tables(parts, promote_options="permissive")
        own = table.column(MARK).to_numpy()
        order = np.argsort(own, kind="stable")
        place = np.searchsorted(own[order], marks)
        found = place < len(own)
        found[found] = own[order][place[found]] == marks[found]
        rows = order[np.where(found, place, 0)] if len(own) else np.zeros(len(marks), int)
        values = table.column(name).take(pa.array(rows)).to_pylist()
        if name + SHAPE in table.column_names:
            shapes = table.column(name + SHAPE).take(pa.array(rows)).to_pylist()
            values = [
                v if v is None or s is None else np.array(v, np.float64).reshape(s)
                for v, s in zip(values, shapes, strict=True)
            ]
        return [value if there else None for value, there in zip(values, found, strict=True)]

    def set_damaged_aside(self) -> list[str]:
        """Renames every damaged part to damaged-...; returns their paths."""
        aside = []
        for name in self._names():
            content = self._content(name)
            if content is not None and not _whole(name, content):
                path = self.store.path / self.folder / name
                path.replace(path.parent / f"damaged-{name}")
                aside.append(str(path))
        return aside

    def join(self) -> None:
        """All parts as one. Another writer may do the same: both then have all rows."""
        import pyarrow as pa

        names = self._names()
        tables = [table for table in map(self._table, names) if table is not None]
        if len(tables) < 2:
            return
        table = pa.concat_tables(tables, promote_options="permissive")
        _, first = np.unique(table.column(MARK).to_numpy(), return_index=True)
        joined = self._write(table.take(pa.array(first)))
        for name in names:
            if name != joined:
                (self.store.path / self.folder / name).unlink(missing_ok=True)

    def _write(self, table: pyarrow.Table) -> str:
        import pyarrow.parquet as pq

        buffer = io.BytesIO()
        pq.write_table(table, buffer, compression="zstd")
        content = buffer.getvalue()
        name = f"part-{hashlib.sha256(content).hexdigest()[:32]}.parquet"
        self.store.write(f"{self.folder}/{name}", content)
        return name

    def _names(self) -> list[str]:
        names = [name.rpartition("/")[2] for name in self.store.names(f"{self.folder}/part-*.parquet")]
        return [name for name in names if _NAME.fullmatch(name)]

    def _content(self, name: str) -> bytes | None:
        """The part's bytes; None when another writer has joined it meanwhile."""
        try:
            return bytes((self.store.path / self.folder / name).read_bytes())
        except FileNotFoundError:
            return None

    def _table(self, name: str, columns: Iterable[str] | None = None, schema: bool = False) -> Any:
        import pyarrow.parquet as pq

        content = self._content(name)
        if content is None:
            return None
        if not _whole(name, content):
            path = str(self.store.path / self.folder / name)
            raise CorruptRecord(f"record {path!r} is truncated or corrupt; the same sweep again computes it again")
        file = pq.ParquetFile(io.BytesIO(content))
        if schema:
            return file.schema_arrow.empty_table()
        known = None if columns is None else [c for c in columns if c in file.schema_arrow.names]
        return file.read(columns=known)

    def _tables(self, columns: Iterable[str] | None, schema: bool = False) -> list[Any]:
        """Every part; once more from the start where one was joined under our eyes."""
        while True:
            names = self._names()
            tables = [self._table(name, columns, schema) for name in names]
            if all(table is not None for table in tables):
                return tables


def _whole(name: str, content: bytes) -> bool:
    match = _NAME.fullmatch(name)
    return match is not None and hashlib.sha256(content).hexdigest().startswith(match.group(1))


def _table(rows: Sequence[Mapping[str, Any]]) -> pyarrow.Table:
    import pyarrow as pa

    columns: dict[str, Any] = {MARK: pa.array([row[MARK] for row in rows], pa.uint64())}
    for name in dict.fromkeys(name for row in rows for name in row if name != MARK):
        values = [row.get(name) for row in rows]
        if any(np.ndim(value) > 0 for value in values if value is not None):
            arrays = [None if value is None else np.asarray(value, np.float64) for value in values]
            columns[name] = pa.array([None if a is None else a.ravel() for a in arrays], pa.list_(pa.float64()))
            columns[name + SHAPE] = pa.array([None if a is None else a.shape for a in arrays], pa.list_(pa.int64()))
        else:
            columns[name] = pa.array([value.item() if isinstance(value, np.generic) else value for value in values])
    return pa.table(columns)
