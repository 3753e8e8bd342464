"""Small Turing machines by brute force.

The machines of D(n) (Delahaye and Zenil 2012): n states, 2 symbols, blank 0; every one of 2n table entries either
writes and halts (2 choices) or writes, moves and goes to a state (4n). All (4n + 2)^(2n) tables are run.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import numpy as np

LONGEST = {1: 1, 2: 6, 3: 21}
"""Steps of the longest halting run: the busy beavers' S(n)."""
CHUNK = 1 << 18


def outputs(states: int) -> dict[str, int]:
    """Output -> number of tables that halt with it; states 1 to 3 (7.5 million tables).

    An output is what the visited cells hold at the halt, left to right.
    """
    total: Counter[tuple[int, int]] = Counter()
    tables = (4 * states + 2) ** (2 * states)
    for start in range(0, tables, CHUNK):
        total.update(_outputs_of(np.arange(start, min(start + CHUNK, tables)), states))
    return {format(number, f"0{width}b"): count for (width, number), count in total.items()}


def distribution(states: int) -> dict[str, Fraction]:
    """D(n): shares of the outputs, closed under complement."""
    counts = outputs(states)
    complete: Counter[str] = Counter()
    for output, count in counts.items():
        complete[output] += count
        complete["".join("10"[int(bit)] for bit in output)] += count
    halting = sum(complete.values())
    return {output: Fraction(count, halting) for output, count in complete.items()}


def _outputs_of(numbers: np.ndarray, states: int) -> Counter[tuple[int, int]]:
    """(width, bits) of the outputs of the numbered tables. A table's number is its entries in base 4n + 2; a tape is an
    integer whose lowest bit is the leftmost cell within reach."""
    choices, middle = 4 * states + 2, LONGEST[states]
    entries = np.stack([numbers // choices**slot % choices for slot in range(2 * states)])
    tapes = np.zeros(len(numbers), dtype=np.int64)
    now = tapes.copy()
    heads = np.full(len(numbers), middle)
    lows, highs = heads, heads
    tally: Counter[tuple[int, int]] = Counter()
    for _ in range(LONGEST[states]):
        bits = tapes >> heads & 1
        entry = entries[2 * now + bits, np.arange(len(heads))]
        tapes = tapes ^ (bits ^ entry % 2) << heads
        halts = entry >= 4 * states
        widths, printed = (highs - lows + 1)[halts], (tapes >> lows)[halts]
        pairs, counts = np.unique(widths << 32 | printed, return_counts=True)
        for pair, count in zip(pairs.tolist(), counts.tolist(), strict=True):
            width, cells = pair >> 32, pair & 0xFFFFFFFF
            tally[width, int(format(cells, f"0{width}b")[::-1], 2)] += count
        on = np.flatnonzero(~halts)
        entries, entry = entries[:, on], entry[on]
        heads = heads[on] + np.where(entry // 2 % 2 == 1, 1, -1)
        tapes, now = tapes[on], entry // 4
        lows, highs = np.minimum(lows[on], heads), np.maximum(highs[on], heads)
    return tally
