"""Where the time of a trial goes: tracing, compiling, sampling, mutants, theory, and the rest."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

SECTIONS = ("tracing", "compiling", "sampling", "mutants", "theory")


class _Clock:
    def __init__(self) -> None:
        self.seconds = dict.fromkeys(SECTIONS, 0.0)
        self.open: list[str] = []
        self.since = time.perf_counter()

    def turn(self) -> None:
        """Books the time since the last turn on the innermost open section."""
        now = time.perf_counter()
        if self.open:
            self.seconds[self.open[-1]] += now - self.since
        self.since = now


_clock = _Clock()


def restart() -> None:
    """Begins a claim's account."""
    _clock.seconds = dict.fromkeys(SECTIONS, 0.0)
    _clock.since = time.perf_counter()


def account() -> dict[str, float]:
    """Section -> seconds since `restart`, rounded; sections inside another are not counted twice."""
    return {name: round(seconds, 3) for name, seconds in _clock.seconds.items()}


@contextmanager
def section(name: str) -> Iterator[None]:
    """What runs inside is booked on the section."""
    _clock.turn()
    _clock.open.append(name)
    try:
        yield
    finally:
        _clock.turn()
        _clock.open.pop()


def current() -> str:
    """The innermost section that runs now, or "" for none."""
    return _clock.open[-1] if _clock.open else ""
