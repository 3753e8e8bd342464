"""The output distribution D(n) of small Turing machines, by exact enumeration (Delahaye and Zenil 2012).

All busy-beaver machines of n states and 2 symbols on a blank tape: each of the 2n entries of a machine's table has
4n + 2 choices, (write, move, next state) or (write, halt). The output is the visited cells, left to right, at the halt.
D(n) is closed under complement, as a blank of 1s is as good as one of 0s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache

STEP_BOUNDS = {1: 1, 2: 6, 3: 21, 4: 107}
"""Steps of the longest run that halts: a machine that goes on longer never does."""
Records = dict[int, tuple[int, int, int]]
"""State -> (place, tape, how far back the head has been since) of its last visit to fresh blanks on one side."""
START = 128
"""The bit of the tape where the head starts; no run leaves 0..255."""


@cache
def halting_outputs(states: int) -> Mapping[str, int]:
    """Output -> how many of the (4n + 2)^(2n) machines halt with it on a tape of 0s. n = 4 takes several seconds.

    The walk branches 19, 1,772 and 249,693 times for n = 2, 3 and 4; for n = 5 random descents put it at 5e7, with
    3e7 runs that 500 steps do not settle where one that halts can take 47,176,870: an exact D(5) is out of reach here.
    Raises ValueError unless 1 <= states <= 4.
    """
    if states not in STEP_BOUNDS:
        raise ValueError(f"states={states}; allowed: {', '.join(map(str, STEP_BOUNDS))}")
    return _Walk(states).counts


@cache
def output_distribution(states: int) -> Mapping[str, Fraction]:
    """D(n): output -> its share of all halting machines, on blanks of 0s and of 1s alike. Same limits."""
    counts = halting_outputs(states)
    halting = 2 * sum(counts.values())
    shares: dict[str, Fraction] = {}
    for output, count in counts.items():
        for printed in (output, output.translate({48: 49, 49: 48})):
            shares[printed] = shares.get(printed, Fraction(0)) + Fraction(count, halting)
    return shares


class _Walk:
    """A depth-first walk over machines. An entry of the table is chosen only when a run reaches it, and a choice is
    weighed by all the tables that it stands for. States are numbered in the order in which they are met, and
    the first move is to the right: what differs by names or by mirroring is walked once."""

    def __init__(self, states: int):
        self.states, self.choices, self.bound = states, 4 * states + 2, STEP_BOUNDS[states]
        self.table: list[tuple[int, int, int] | None] = [None] * (2 * states)
        self.counts: Counter[str] = Counter()
        tables = self.choices ** (2 * states - 1)
        for write in (0, 1):
            self.counts[str(write)] += tables
            for following in range(min(2, states)):
                self.table[0] = (write, 1, following)
                weight = tables * (states - 1 if following else 1)
                place = START + 1
                self.run(write << START, place, following, START, place, 1, following + 1, 2 * states - 1, weight)

    def run(
        self, tape: int, head: int, state: int, low: int, high: int, steps: int, met: int, undefined: int, weight: int
    ) -> None:
        """Goes on from a configuration until it halts, cannot halt any more, or needs an entry that is not chosen yet.

        low, high: the visited cells. met: how many states. undefined: entries left open. weight: tables it stands for.
        """
        table, bound = self.table, self.bound
        records: tuple[Records, Records] = ({}, {})
        least = most = head
        while True:
            bit = tape >> head & 1
            entry = table[2 * state + bit]
            if entry is None:
                break
            steps += 1
            if steps >= bound:
                return
            write, move, state = entry
            if write != bit:
                tape ^= 1 << head
            head += move
            if head > most:
                most = head
                if head > high:
                    high = head
                    if _recurs(records[1], state, head, tape, least, min):
                        return
                    least = head
            elif head < least:
                least = head
                if head < low:
                    low = head
                    if _recurs(records[0], state, head, tape, most, max):
                        return
                    most = head
        weight //= self.choices
        width = high - low + 1
        for write in (0, 1):
            output = format((tape ^ (bit ^ write) << head) >> low, f"0{width}b")
            self.counts[output] += weight
            self.counts[output[::-1]] += weight
        if undefined == 1 or steps + 1 >= bound:  # a table without a halt never halts
            return
        slot = 2 * state + bit
        for write in (0, 1):
            written = tape ^ (bit ^ write) << head
            for following in range(min(met + 1, self.states)):
                new = following == met
                share = weight * (self.states - met if new else 1)
                for move in (1, -1):
                    table[slot] = (write, move, following)
                    place = head + move
                    self.run(
                        written,
                        place,
                        following,
                        min(low, place),
                        max(high, place),
                        steps + 1,
                        met + new,
                        undefined - 1,
                        share,
                    )
        table[slot] = None


def _recurs(
    records: Records, state: int, head: int, tape: int, turned: int, further: Callable[[int, int], int]
) -> bool:
    """Whether a head that has just reached fresh blanks will do so for ever: it did in the same state before, and what
    it has visited since looks, moved along, as it looked then. If not, the visit is recorded. turned: how far back it
    went since the last record on this side."""
    for one, (place, before, reach) in records.items():
        records[one] = (place, before, further(reach, turned))
    if state in records:
        place, before, reach = records[state]
        start, window = min(place, reach), (1 << abs(place - reach) + 1) - 1
        if before >> start & window == tape >> start + head - place & window:
            return True
    records[state] = (head, tape, head)
    return False
