"""How a verification looks while it runs: a live line on a terminal, a row as each claim is decided."""

from __future__ import annotations

import threading
import time
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from corollary.cli import progress, terminal
from corollary.paper import Declared
from corollary.reporting.errata import evidence_line
from corollary.reporting.numbers import percent
from corollary.trials import profile
from corollary.trials.claim import Verdict
from corollary.trials.verification import Event, Record

LOOKS = {
    Verdict.HOLDS: ("✓", "green"),
    Verdict.REFUTED_AS_STATED: ("✗✓", "cyan"),
    Verdict.REFUTED: ("✗", "bold red"),
    Verdict.UNDECIDED: ("?", "yellow"),
    Verdict.ERROR: ("!", "bold magenta"),
    Verdict.FULL_ONLY: ("·", "dim"),
}

MARK, VERDICT = 2, max(map(len, Verdict))
COLUMNS = {"wrong rejected": 14, "mutants": 9, "resolves": 8, "seconds": 7}
"""Heading -> width."""

DROPPED = ("seconds", "mutants", "resolves", "wrong rejected")
"""What a narrow terminal goes without, first to last; never without mark and name."""


class TrialDisplay:
    """A watcher for `verify`. On a terminal it shows progress in place; elsewhere rows, and a line when nothing was
    printed for a while. rows: whether a row is printed as each claim is decided."""

    def __init__(self, to_stderr: bool = False, rows: bool = True):
        self._rows = rows
        self.console = Console(stderr=to_stderr, highlight=False)
        if not self.console.is_terminal:  # a file or a pipe has no width to respect
            self.console.width = terminal.PIPE
        self.columns: list[str] = []
        self._name_width, self._total, self._done, self._paper = 10, 0, 0, ""
        self._started = self._printed = time.monotonic()
        self._status = "importing JAX"
        self._live: Live | None = None
        self._ended = threading.Event()

    def __enter__(self) -> TrialDisplay:
        if self.console.is_terminal:
            self._live = Live(get_renderable=self._spinner(), console=self.console, transient=True)
            self._live.start()
        else:
            threading.Thread(target=self._break_silence, daemon=True).start()
        return self

    def __exit__(self, *exception: Any) -> None:
        self._ended.set()
        if self._live:
            self._live.stop()

    def expect(self, declared: list[Declared]) -> None:
        """The claims to come: how many, and how wide their names are."""
        self._total = len(declared)
        self._name_width = max((max(map(len, one.id.rpartition("/")[::2])) for one in declared), default=10)
        self.columns = columns(self._name_width, self.console.width)

    def watch(self, event: Event) -> None:
        if event.record is not None:
            self._done += 1
            if self._rows:
                self._row(event.record)
        elif event.state == "running" and event.look is None:
            self._status = f"{event.id} · {event.line or 'preparing'}"

    def progress(self) -> str:
        """What runs now, how far the run is, and about how long is left."""
        parts = [f"{self._done}/{self._total}"] if self._total else []
        if left := self._left():
            parts.append(left)
        section = profile.current()
        return " · ".join([*parts, self._status, *([section] if section and section != "sampling" else [])])

    def _left(self) -> str:
        elapsed = time.monotonic() - self._started
        if elapsed < 10 or self._done < max(3, self._total / 50):
            return ""
        seconds = elapsed * (self._total - self._done) / self._done
        return f"about {progress.lasting(seconds)} left"

    def _spinner(self) -> Any:
        spinner = Spinner("dots")

        def current() -> Spinner:
            room, line = self.console.width - 4, self.progress()
            spinner.text = Text(f" {line if len(line) <= room else line[: room - 3] + '...'}", no_wrap=True)
            return spinner

        return current

    def _break_silence(self) -> None:
        while not self._ended.wait(1.0):
            if time.monotonic() - self._printed >= progress.PLAIN:
                self._print(Text(f"  ... {self.progress()}", style="dim"))

    def _print(self, text: Text) -> None:
        self._printed = time.monotonic()
        self.console.print(text, no_wrap=True, overflow="ignore", crop=False)

    def _row(self, record: Record) -> None:
        paper, _, name = record.id.rpartition("/")
        if paper != self._paper or self._done == 1:
            self._paper = paper
            heads = self._cells([head.rjust(COLUMNS[head]) for head in self.columns])
            heads = f"  {'verdict':{VERDICT}}{heads}".rstrip() if self._room() >= 0 else ""
            title = (paper or "theorem").ljust(self._name_width)
            self._print(Text.assemble(" " * (MARK + 2), (title, "bold"), (heads, "dim")))
        mark, colour = LOOKS[record.verdict]
        cells = _figures(record)
        if self.columns and cells is not None:
            told = self._cells([cells[head].rjust(COLUMNS[head]) for head in self.columns])
        else:
            told = self._remark(record)
        verdict = f"  {record.verdict:{VERDICT}}" if self._room() >= 0 else ""
        self._print(
            Text.assemble(
                (f"{mark:{MARK}}", colour), "  ", f"{name:{self._name_width}}", (verdict, colour), told.rstrip()
            )
        )

    def _remark(self, record: Record) -> str:
        """What stands in a row that has no figures, as far as there is room."""
        room = self._room() - 2
        text = evidence_line(record.as_dict()) if record.verdict is Verdict.REFUTED_AS_STATED else ""
        text = record.outcome.note if record.verdict is Verdict.FULL_ONLY else text
        if room < 12:
            return ""
        return "  " + (text if len(text) <= room else text[: room - 3] + "...")

    def _cells(self, cells: list[str]) -> str:
        return "".join(f"  {cell}" for cell in cells)

    def _room(self) -> int:
        """Columns that mark, name and verdict leave; below 0 where the verdict has none."""
        return self.console.width - MARK - 2 - self._name_width - 2 - VERDICT


def writes_unicode(console: Console) -> bool:
    """Whether formulas may be drawn with more than ASCII."""
    return "utf" in (console.encoding or "").lower()


def columns(name: int, width: int) -> list[str]:
    """The headings that fit beside mark, name and verdict; without room for the verdict, none."""
    room = width - MARK - 2 - name - 2 - VERDICT
    kept = list(COLUMNS)
    for head in DROPPED:
        if sum(COLUMNS[one] + 2 for one in kept) > room:
            kept.remove(head)
    return kept


def _figures(record: Record) -> dict[str, str] | None:
    """Heading -> cell; None for a row that says something else."""
    if record.verdict in (Verdict.REFUTED_AS_STATED, Verdict.FULL_ONLY):
        return None
    wrong, mutation = record.outcome.wrong, record.outcome.mutation
    tried = 0 if mutation is None else mutation.total - len(mutation.equivalent)
    resolution = record.outcome.resolution
    shown = resolution is not None and record.verdict is not Verdict.REFUTED
    return {
        "wrong rejected": f"{record.rejected}/{len(wrong)}" if wrong else "",
        "mutants": "" if mutation is None else f"{mutation.rejected + mutation.undefined}/{tried}",
        "resolves": "" if not shown or resolution is None else "exact" if resolution == 0 else percent(resolution),
        "seconds": f"{record.seconds:.1f}",
    }
