"""How a verification looks in a terminal: a live line while it runs, a row as each claim is decided, a summary."""

from __future__ import annotations

from collections import Counter
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from corollary.paper import Declared
from corollary.trials.claim import Verdict
from corollary.trials.verification import Event, Record, Verification

LOOKS = {
    Verdict.HOLDS: ("✓", "green"),
    Verdict.REFUTED_AS_STATED: ("✗✓", "cyan"),
    Verdict.REFUTED: ("✗", "bold red"),
    Verdict.UNDECIDED: ("?", "yellow"),
    Verdict.ERROR: ("!", "bold magenta"),
    Verdict.FULL_ONLY: ("·", "dim"),
}


class TrialDisplay:
    """A watcher for `verify`. On a terminal it shows progress in place; elsewhere it prints rows alone."""

    def __init__(self, declared: list[Declared], to_stderr: bool = False):
        self.console = Console(stderr=to_stderr, highlight=False)
        if not self.console.is_terminal:  # a file or a pipe has no width to respect
            self.console.width = 132
        self._columns = _widths(declared, self.console.width)
        self._total, self._done, self._paper = len(declared), 0, ""
        self._live: Live | None = None

    def __enter__(self) -> TrialDisplay:
        if self.console.is_terminal:
            self._live = Live(console=self.console, transient=True, refresh_per_second=8)
            self._live.start()
        return self

    def __exit__(self, *exception: Any) -> None:
        if self._live:
            self._live.stop()

    def watch(self, event: Event) -> None:
        if event.state == "running" and self._live:
            line = f" {self._done}/{self._total} · {event.id} · {event.line or 'preparing'}"
            self._live.update(Spinner("dots", Text(line, overflow="ellipsis", no_wrap=True)))
        elif event.record is not None:
            self._done += 1
            self._row(event.record)

    def _row(self, record: Record) -> None:
        paper, _, name = record.id.rpartition("/")
        if paper != self._paper or self._done == 1:
            self._paper = paper
            self.console.print(self._table(None, Text(paper or "theorem", style="bold")))
        self.console.print(self._table(record, Text(name)))

    def _table(self, record: Record | None, name: Text) -> Table:
        """One row, with columns of fixed width, so that rows printed one by one line up."""
        table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
        for width, justify in self._columns:
            table.add_column(width=width, justify=justify, no_wrap=True, overflow="ellipsis")
        if record is None:
            heads = ["verdict", "wrong rejected", "mutants", "resolves", "seconds"]
            table.add_row("", name, *(Text(head, style="dim") for head in heads))
            return table
        mark, colour = LOOKS[record.verdict]
        table.add_row(Text(mark, style=colour), name, Text(record.verdict, style=colour), *_figures(record))
        return table

    def summary(self, verification: Verification, seconds: float) -> None:
        counts = Counter(record.verdict for record in verification)
        self.console.print()
        for record in verification:
            for line in remarks(record):
                self.console.print(
                    Text("  " + line, style="yellow" if not record.verdict.passes else "dim"), soft_wrap=True
                )
        parts = [f"[{LOOKS[verdict][1]}]{counts[verdict]} {verdict}[/]" for verdict in Verdict if counts[verdict]]
        settings = verification.records[0].settings if verification.records else {}
        self.console.print(
            f"{len(verification.records)} claims: " + ", ".join(parts) + f" · depth {settings.get('depth')}"
            f" · error probability {verification.alpha:.2g} in all · seed {settings.get('seed')} · {seconds:.0f} s"
        )

    def profile(self, verification: Verification) -> None:
        """Where each claim's time went, the slowest first."""
        for record in sorted(verification, key=lambda one: -one.seconds):
            parts = {name: seconds for name, seconds in record.profile.items() if seconds >= 0.05}
            rest = record.seconds - sum(record.profile.values())
            told = ", ".join(f"{name} {seconds:.1f}" for name, seconds in {**parts, "rest": rest}.items())
            self.console.print(f"{record.seconds:7.1f} s  {record.id}: {told}", soft_wrap=True, highlight=False)


def _widths(declared: list[Declared], width: int) -> list[tuple[int, Any]]:
    longest = max((len(one.id.rpartition("/")[2]) for one in declared), default=10)
    rest = 2 + 17 + 14 + 9 + 8 + 8 + 14
    return [
        (2, "left"),
        (max(12, min(longest, width - rest)), "left"),
        (17, "left"),
        (14, "right"),
        (9, "right"),
        (8, "right"),
        (7, "right"),
    ]


def _figures(record: Record) -> list[str]:
    wrong, mutation = record.outcome.wrong, record.outcome.mutation
    rejected = f"{record.rejected}/{len(wrong)}" if wrong else ""
    tried = (
        ""
        if mutation is None
        else f"{mutation.rejected + mutation.undefined}/{mutation.total - len(mutation.equivalent)}"
    )
    resolution = record.outcome.resolution
    decided = record.verdict not in (Verdict.REFUTED, Verdict.REFUTED_AS_STATED)
    resolves = "" if resolution is None or not decided else "exact" if resolution == 0 else f"{100 * resolution:.2g}%"
    return [rejected, tried, resolves, f"{record.seconds:.1f}" if record.verdict is not Verdict.FULL_ONLY else ""]


def remarks(record: Record) -> list[str]:
    """What a reader must be told about a record beyond its row."""
    lines = []
    if record.verdict is Verdict.REFUTED_AS_STATED:
        lines.append(f"{record.id} ({record.source}) is refuted as stated; {record.corrected_by} holds in its place")
    elif record.corrected_by and not record.verdict.passes:
        lines.append(f"{record.id} was expected to be refuted, with {record.corrected_by} in its place")
    elif not record.verdict.passes:
        lines.append(f"{record.id}: {record.verdict}. {record.outcome.note}".strip())
        if record.outcome.witness:
            lines.append(f"{record.id}: counterexample {dict(record.outcome.witness)}")
    if not record.corrected_by:
        standing = [name for name, verdict in record.outcome.wrong.items() if verdict is not Verdict.REFUTED]
        lines += [f"{record.id}: the wrong variant {name!r} was not rejected" for name in standing]
    if record.outcome.contrary:
        names = "; ".join(record.outcome.contrary)
        lines.append(f"{record.id}: contrary to the statement, and not counted: {names}")
    if record.outcome.mutation and record.outcome.mutation.survivors:
        survivors = record.outcome.mutation.survivors
        lines.append(f"{record.id}: {len(survivors)} mutants survive: " + "; ".join(survivors[:4]))
    return lines
