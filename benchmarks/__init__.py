"""Benchmarks. Each module has `run()`, which yields one `Row` after another; `python -m benchmarks` runs them all."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measured number. `note` says what it is compared with, measured in the same run."""

    what: str
    value: float
    unit: str
    note: str = ""
