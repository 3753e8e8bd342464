"""Block decomposition of a binary matrix, by its definition."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence


def block_complexity(rows: Sequence[Sequence[int]], shape: tuple[int, int], complexity: Mapping[str, float]) -> float:
    """Sum over distinct blocks of complexity + log2 multiplicity (arXiv 1609.00110)."""
    return sum(complexity[block] + math.log2(count) for block, count in blocks(rows, shape).items())


def blocks(rows: Sequence[Sequence[int]], shape: tuple[int, int]) -> Counter[str]:
    """Block, read row by row -> multiplicity; incomplete blocks at the edges are dropped."""
    down, across = shape
    tally: Counter[str] = Counter()
    for top in range(0, len(rows) - down + 1, down):
        for left in range(0, len(rows[0]) - across + 1, across):
            tally["".join(str(rows[top + i][left + j]) for i in range(down) for j in range(across))] += 1
    return tally
