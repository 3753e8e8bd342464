"""Rows in columns on disk: whole or not at all, whoever writes."""

import threading

import numpy as np
import pytest

from corollary.storage.parts import MOST_PARTS, Parts
from corollary.storage.store import CorruptRecord, Store


@pytest.fixture
def parts(tmp_path):
    return Parts(Store(tmp_path), "rows")


def rows(numbers):
    return [{"mark": n, "value": float(n), "verdict": "holds", "vector": np.arange(n % 3 + 1.0)} for n in numbers]


def test_rows_come_back_in_the_order_of_the_marks(parts):
    parts.append(rows([3, 1]))
    parts.append([{"mark": 7, "value": 7.5, "other": 1}])
    marks = np.array([7, 1, 5, 3], np.uint64)
    assert parts.read("value", marks) == [7.5, 1.0, None, 3.0]
    assert parts.read("verdict", marks) == [None, "holds", None, "holds"]
    assert parts.read("other", marks) == [1, None, None, None]
    np.testing.assert_array_equal(parts.read("vector", marks)[1], [0.0, 1.0])
    assert set(parts.columns()) == {"value", "verdict", "vector", "other"}
    np.testing.assert_array_equal(parts.marks(), [1, 3, 7])


def test_matrices_keep_their_shape(parts):
    parts.append([{"mark": 1, "m": np.arange(6.0).reshape(2, 3)}, {"mark": 2, "m": np.zeros((0, 3))}])
    found = parts.read("m", np.array([1, 2], np.uint64))
    np.testing.assert_array_equal(found[0], [[0, 1, 2], [3, 4, 5]])
    assert found[1].shape == (0, 3)


def test_a_part_that_was_changed_is_named_and_set_aside(parts, tmp_path):
    parts.append(rows([1]))
    [kept] = tmp_path.glob("rows/*.parquet")
    parts.append(rows([2]))
    content = bytearray(kept.read_bytes())
    for position in range(0, len(content), 97):
        damaged = content.copy()
        damaged[position] ^= 4
        kept.write_bytes(damaged)
        with pytest.raises(CorruptRecord, match=kept.name):
            parts.marks()
    kept.write_bytes(content[:-1])
    with pytest.raises(CorruptRecord, match="truncated or corrupt"):
        parts.read("value", np.array([1], np.uint64))
    assert [path.endswith(kept.name) for path in parts.set_damaged_aside()] == [True]
    np.testing.assert_array_equal(parts.marks(), [2])
    assert (kept.parent / f"damaged-{kept.name}").exists()


def test_many_parts_are_joined_and_nothing_is_lost(parts, tmp_path):
    for number in range(MOST_PARTS + 3):
        parts.append(rows([number]))
    assert len(list(tmp_path.glob("rows/part-*"))) <= 4
    marks = np.arange(MOST_PARTS + 3, dtype=np.uint64)
    assert parts.read("value", marks) == [float(n) for n in marks]
    assert [len(v) for v in parts.read("vector", marks)] == [n % 3 + 1 for n in range(MOST_PARTS + 3)]


def test_writers_and_readers_at_once_lose_nothing(tmp_path):
    def write(first):
        own = Parts(Store(tmp_path), "rows")
        for number in range(first, first + 80):
            own.append(rows([number, 1000]))
            own.marks()

    threads = [threading.Thread(target=write, args=(first,)) for first in (0, 80, 160)]
    failed = []
    threading.excepthook = lambda raised: failed.append(raised)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        threading.excepthook = threading.__excepthook__
    assert not failed
    np.testing.assert_array_equal(Parts(Store(tmp_path), "rows").marks(), [*range(240), 1000])


def test_what_another_tool_left_is_no_part(parts, tmp_path):
    parts.append(rows([1]))
    (tmp_path / "rows" / "part-notes.parquet").write_bytes(b"")
    (tmp_path / "rows" / ".part-half").write_bytes(b"PAR1")
    np.testing.assert_array_equal(parts.marks(), [1])
