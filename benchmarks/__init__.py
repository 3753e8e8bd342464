"""Benchmarks. Each module has `run()`, which yields one `Row` after another; `python -m benchmarks` runs them all."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measured number. `note` says what it is compared with, measured in the same run."""

    what: str
    value: float
    unit: str
    note: str = ""


def least_seconds(work: Callable[[], object], repeats: int = 3) -> float:
    """Of several runs, after one that is not counted: other work on the machine slows the rest."""
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)
