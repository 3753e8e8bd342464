"""`corollary demo`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from corollary.paper import papers

if TYPE_CHECKING:
    from corollary.reporting.comparison import Comparison
    from corollary.trials.claim import Claim
    from corollary.trials.verification import Event, Record

NEXT = {
    "corollary list": "papers, and what can be asked of each",
    "corollary show PAPER/CLAIM": "one claim with its evidence",
    "corollary verify": "every claim on trial: some 15 minutes",
}

FAR = 15
"""Wrong answers so many margins away or more are drawn at the strip's end."""

PAUSE = 0.12
"""Seconds between two looks on a terminal, so that an eye can follow."""


@click.command("demo")
def command() -> int:
    """Three claims on trial within a minute: one that is true, one that is not, and a published one that fails as it is
    stated. Intervals shrink as samples come in, until the wrong answers are out. Nothing is kept.

    \b
    corollary demo
    """
    play()
    return 0


def play() -> None:
    """The demonstration, on standard output."""
    console = Console(highlight=False)
    console.print("[dim]importing JAX and SymPy ...[/]" if console.is_terminal else "")
    from corollary.demonstration import FALSE, TRUE
    from corollary.runtime import prepare

    prepare()
    acts: list[tuple[str, Claim | str]] = [("A theorem that is true", TRUE), ("One that is nearly true", FALSE)]
    for paper in papers().values():
        if paper.demo:
            acts.append((f"A published statement (arXiv {paper.arxiv})", f"{paper.slug}/{paper.demo}"))
    started = time.perf_counter()
    for title, target in acts:
        _act(console, title, target)
    console.print(Text(f"\nThat took {time.perf_counter() - started:.0f} s. Next:"))
    for command_line, what in NEXT.items():
        console.print(Text(f"  {command_line:27} {what}"))


class Act:
    """One claim's trial as it is drawn: its points with their intervals and wrong answers."""

    def __init__(self, console: Console, pause: float):
        self.console, self.pause = console, pause
        self.points: dict[str, dict[str, Any]] = {}
        self.refuted: dict[str, dict[str, bool]] = {}
        self.reach: dict[str, float] = {}
        self.main = ""
        self.line = "compiling"

    def watch(self, event: Event) -> None:
        if event.look is None:
            return
        self.main = self.main or event.id
        if event.id != self.main:  # the correction that comes along
            return
        point = asdict(event.look.point)
        self.points[point["inputs"]] = point
        self.refuted[point["inputs"]] = dict(event.look.refuted or {})
        self.line = ""
        if self.pause:  # on a terminal alone: the looks of so short a trial come faster than an eye can follow
            time.sleep(self.pause)

    def __rich__(self) -> Group:
        from corollary.reporting.comparison import comparisons
        from corollary.reporting.numbers import interval, number
        from corollary.reporting.strip import strip

        width = min(self.console.width, 100) - 4
        lines = [Text(f"  {self.line} ...", style="dim")] if self.line else []
        for inputs, point in list(self.points.items()):
            for one in comparisons({"kind": "Mean", "points": [point]}):
                if one.label not in self.reach:
                    self.reach[one.label] = _reach(one)
                reach = self.reach[one.label]
                told = f"says {number(one.predicted)}, measured {number(one.measured)} {interval(one.low, one.high)}"
                bar = strip(one, width, self.refuted[inputs], reach)
                lines += [Text(f"  {line}") for line in (*_wrapped(one.label, width), told, bar)]
                lines.append(Text(f"  {point['samples']:,} samples", style="dim"))
        return Group(*lines)


def _reach(one: Comparison) -> float:
    """Of the strip's ends while the interval shrinks: the measurement, and the wrong answers that are not far out."""
    from corollary.reporting.strip import reach_of

    still = replace(one, measured=one.predicted, low=one.predicted, high=one.predicted)
    gaps = [abs(value - one.predicted) for value in one.wrong.values()]
    near = [1.05 * gap for gap in gaps if gap <= FAR * one.margin]
    return max(reach_of(still), 1.15 * abs(one.measured - one.predicted), *near)


def _act(console: Console, title: str, target: Claim | str) -> None:
    from corollary.trials.verification import verify

    one_line = _statement(target)
    console.print(Text.assemble("\n", (title, "bold")))
    for line in _wrapped(one_line, min(console.width, 100) - 4):
        console.print(Text(f"  {line}"))
    act = Act(console, PAUSE if console.is_terminal else 0.0)
    if console.is_terminal:
        with Live(act, console=console, refresh_per_second=12):
            verification = verify(target, depth="quick", watch=act.watch)
    else:
        verification = verify(target, depth="quick", watch=act.watch)
        console.print(act)
    name = target if isinstance(target, str) else target.id
    for told in _verdict(verification[name], min(console.width, 100) - 8):
        console.print(told)


def _statement(target: Claim | str) -> str:
    from corollary.paper import find_claims

    return find_claims(target)[0].says if isinstance(target, str) else target.says


def _verdict(record: Record, width: int) -> list[Text]:
    from corollary.cli.trial_display import LOOKS
    from corollary.reporting.comparison import how_it_fell
    from corollary.reporting.errata import evidence_line
    from corollary.trials.claim import Verdict

    mark, colour = LOOKS[record.verdict]
    told: Mapping[str, Any] = record.as_dict()
    lines = [Text.assemble(f"  {mark} ", str(record.verdict), style=colour)]
    if record.verdict is Verdict.HOLDS:
        said = [f"× {name}: {how_it_fell(told, name)}" for name in record.outcome.wrong]
    else:
        said = [evidence_line(told)]
    if record.corrected_says:
        said.append(f"what holds: {record.corrected_says}")
    return [*lines, *(Text(f"    {part}", style="dim") for line in said for part in _wrapped(line, width))]


def _wrapped(text: str, width: int) -> list[str]:
    return wrap(text, width, break_on_hyphens=False)
