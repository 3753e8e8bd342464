"""Signs of life on stderr: on a terminal one line that is redrawn in place and leaves nothing behind, elsewhere a plain
line every half a minute."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from typing import Any

FIRST = 0.5
"""Seconds after which a terminal shows that something is going on."""

REDRAW = 0.2
PLAIN = 30.0
"""Seconds between two lines where there is no terminal."""

TURNS = "|/-\\"
CLEAR = "\r\x1b[K"


class Progress:
    """What is going on, until the `with` ends: `say` changes it. quiet: shows nothing.

    A thread draws, so that the line also moves while a library is loaded or a program compiled.
    """

    def __init__(self, what: str, doing: str = "", quiet: bool = False):
        self._what, self._doing, self._detail, self._left = what, doing, "", ""
        self._quiet = quiet
        self._terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._ended = threading.Event()
        self._started = time.monotonic()
        self._drawn = False
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Progress:
        if not self._quiet:
            self._thread.start()
        return self

    def __exit__(self, *exception: Any) -> None:
        self._ended.set()
        if not self._quiet:
            self._thread.join()
        if self._drawn:
            self._write(CLEAR)

    def say(self, doing: str, detail: str = "", left: str = "") -> None:
        """doing: "checking step 3 of 7". detail: what a narrow line leaves out, parted by two blanks. left: as
        `Remaining` says it."""
        self._doing, self._detail, self._left = doing, detail, left

    def _watch(self) -> None:
        pause = FIRST if self._terminal else PLAIN
        turn = 0
        while not self._ended.wait(pause):
            if self._terminal:
                self._write(f"{CLEAR}{TURNS[turn % len(TURNS)]} {self._line(shutil.get_terminal_size().columns - 3)}")
                self._drawn, pause = True, REDRAW
            else:
                self._write(f"corollary: {self._line(None)}\n")
            turn += 1

    def _line(self, room: int | None) -> str:
        """What, how far, and for how long; the name of what is done, then details, give way to a narrow line."""
        seconds = int(time.monotonic() - self._started)
        times = ", ".join(part for part in (lasting(seconds) if seconds else "", self._left) if part)
        doing = self._doing + (f" ({times})" if times else "")
        parts = self._detail.split("  ") if self._detail else []
        fewer = ["  ".join([doing, *parts[:kept]]) for kept in range(len(parts), 0, -1)]
        tries = ["  ".join([f"{self._what}: {doing}", *parts]), *fewer, f"{self._what}: {doing}", doing]
        return next((line for line in tries if room is None or len(line) <= room), doing[:room])

    def _write(self, text: str) -> None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except (OSError, ValueError):  # stderr is gone: nobody looks
            self._ended.set()


class Remaining:
    """How much time is left, from how long the steps since the first report took."""

    def __init__(self) -> None:
        self._first: tuple[float, float] | None = None

    def after(self, done: float, total: float) -> str:
        """ "2 min left"; "" while nothing is known."""
        now = time.monotonic()
        if self._first is None:
            self._first = (done, now)
            return ""
        begun, since = self._first
        if done <= begun or done >= total:
            return ""
        return f"{lasting(max(1, (now - since) / (done - begun) * (total - done)))} left"


def lasting(seconds: float) -> str:
    """A duration in words: "12 s", "3 min", "1 h 40 min"."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{int(seconds // 3600)} h {int(seconds % 3600 // 60)} min"
