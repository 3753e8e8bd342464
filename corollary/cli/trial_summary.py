"""What is printed once a verification has run: the evidence where a reader needs it, the errata, and the counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from corollary.cli.progress import lasting
from corollary.cli.terminal import count
from corollary.cli.trial_display import LOOKS, writes_unicode
from corollary.paper import Declared
from corollary.reporting.errata import evidence_line
from corollary.reporting.evidence import evidence, repeat
from corollary.reporting.numbers import number
from corollary.reporting.shown import formula_lines
from corollary.trials.claim import Verdict
from corollary.trials.verification import Record, Verification

MOST_IN_FULL = 6
"""So many claims that fail are shown with their evidence; of more, one line each."""


def summarise(
    console: Console, declared: list[Declared], asked: int, verification: Verification, seconds: float
) -> None:
    """declared: the claims tried. asked: how many of them were asked for, corrections that came along not counted."""
    failing = [record for record in verification if not record.verdict.passes]
    in_full = list(verification) if asked == 1 else failing[:MOST_IN_FULL]
    by_id = {one.id: one for one in declared}
    for record in in_full:
        _in_full(console, by_id[record.id], record)
    for record in failing[MOST_IN_FULL:] if asked > 1 else []:
        _line(console, f"  {record.id}: {record.verdict}. {record.outcome.note}".rstrip(), "yellow")
    for record in verification:
        for told in remarks(record):
            _line(console, f"  {told}", "yellow")
    if asked > 1:
        _errata(console, by_id, [one for one in verification if one.verdict is Verdict.REFUTED_AS_STATED])
    _counts(console, verification, seconds)


def _in_full(console: Console, one: Declared, record: Record) -> None:
    mark, colour = LOOKS[record.verdict]
    console.print()
    console.print(Text.assemble((f"{mark} {record.verdict}", colour), "  ", (record.id, "bold")))
    formula = formula_lines(one, record, console.width, writes_unicode(console))
    for line in evidence(record.as_dict(), console.width, formula):
        _line(console, line)
    if record.outcome.witness:
        _line(console, f"  counterexample {dict(record.outcome.witness)}")
    if record.verdict is Verdict.ERROR or (not record.verdict.passes and record.outcome.note):
        _line(console, f"  {record.outcome.note}", colour)
    _line(console, f"  again: {repeat(record.as_dict())}", "dim")


def remarks(record: Record) -> list[str]:
    """What a reader must be told about a record beyond its row and its evidence."""
    lines = []
    if record.corrected_by and not record.verdict.passes:
        lines.append(f"{record.id} was expected to be refuted, with {record.corrected_by} in its place")
    if not record.corrected_by:
        standing = [name for name, verdict in record.outcome.wrong.items() if verdict is not Verdict.REFUTED]
        lines += [f"{record.id}: the wrong variant {name!r} was not rejected" for name in standing]
    if record.outcome.contrary:
        names = "; ".join(record.outcome.contrary)
        lines.append(f"{record.id}: contrary to the statement, and not counted: {names}")
    if record.outcome.mutation and record.outcome.mutation.survivors:
        survivors = record.outcome.mutation.survivors
        survive = "mutant survives" if len(survivors) == 1 else "mutants survive"
        lines.append(f"{record.id}: {len(survivors)} {survive}: " + "; ".join(survivors[:4]))
    return lines


def _errata(console: Console, by_id: Mapping[str, Declared], records: list[Record]) -> None:
    if not records:
        return
    console.print()
    console.print(Text("Published statements that fail (✗✓: refuted as stated, a correction holds)", style="bold"))
    paper, arxiv = "", ""
    for record in records:
        one = by_id[record.id]
        if one.paper.slug != paper:
            paper, arxiv = one.paper.slug, one.paper.arxiv
            console.print(Text.assemble("  ", paper, (f"  https://arxiv.org/abs/{arxiv}" if arxiv else "", "dim")))
        told = f"    {one.name}: {evidence_line(record.as_dict())}"
        room = console.width
        _line(console, told if len(told) <= room else told[: room - 3] + "...")
    _line(console, "  in full, with what holds instead: corollary show PAPER/CLAIM", "dim")


def _counts(console: Console, verification: Verification, seconds: float) -> None:
    records = verification.records
    counts = Counter(record.verdict for record in records)
    words = {Verdict.HOLDS: ("holds", "hold"), Verdict.FULL_ONLY: ("belongs to depth full", "belong to depth full")}
    told = Text(f"{count(len(records), 'claim')}: ")
    for verdict in Verdict:
        if counts[verdict]:
            one, several = words.get(verdict, (str(verdict), str(verdict)))
            told.append(f"{counts[verdict]} {one if counts[verdict] == 1 else several}", style=LOOKS[verdict][1])
            told.append(", ")
    told.right_crop(2)
    settings = records[0].settings if records else {}
    console.print()
    console.print(told)
    about = [f"depth {settings.get('depth')}", f"seed {settings.get('seed')}", lasting(max(1, seconds))]
    if verification.alpha:
        about.insert(0, f"error probability of all verdicts together {number(verification.alpha, 2)}")
    console.print(Text(" · ".join(about), style="dim"))
    if settings.get("depth") == "quick":
        shallow = "depth quick: small grids and budgets; a mutant that survives here may be rejected at depth standard"
        console.print(Text(shallow, style="dim"))


def precision_lines(verification: Verification) -> list[str]:
    """What was computed in float32 and what not, where that was asked for: a line a Mean, one for all other kinds."""
    told = [record for record in verification if record.outcome.precision]
    means = [f"{one.id}: {one.outcome.precision}" for one in told if one.kind == "Mean"]
    kinds = Counter(one.kind for one in told if one.kind != "Mean")
    others = ", ".join(f"{found} {kind}" for kind, found in kinds.items())
    return [*means, *([f"float64, which their kinds need: {others}"] if others else [])]


def profile_lines(verification: Verification) -> list[str]:
    """Where each claim's time went, the slowest first."""
    lines = []
    for record in sorted(verification, key=lambda one: -one.seconds):
        parts = {name: seconds for name, seconds in record.profile.items() if seconds >= 0.05}
        rest = record.seconds - sum(record.profile.values())
        told = ", ".join(f"{name} {seconds:.1f}" for name, seconds in {**parts, "rest": rest}.items())
        lines.append(f"{record.seconds:7.1f} s  {record.id}: {told}")
    return lines


def _line(console: Console, text: str, style: str = "") -> None:
    console.print(Text(text, style=style), soft_wrap=True)
