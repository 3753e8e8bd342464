"""Claims put on trial, as a table that a notebook shows."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corollary.trials.verification import Record, Verification

MARKS = {"holds": "✓", "refuted as stated": "✗", "refuted": "✗", "undecided": "?", "error": "!"}
COLUMNS = 100


@dataclass(frozen=True)
class VerdictTable:
    """A verification that a notebook shows as a table, and `print` as text: verdict, statement, and what the same rule
    rejected."""

    verification: Verification

    def _repr_html_(self) -> str:
        left = 'style="text-align:left; vertical-align:top"'
        rows = [
            f"<tr><td {left}><b>{escape(_marked(one))}</b></td><td {left}>{'<br>'.join(map(escape, _says(one)))}</td>"
            f"<td {left}>{escape(_rejected(one))}</td></tr>"
            for one in self.verification
        ]
        head = "".join(f"<th {left}>{name}</th>" for name in ("verdict", "statement", "wrong answers rejected"))
        return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"

    def __str__(self) -> str:
        lines = []
        for one in self.verification:
            lines.append(f"{_marked(one)}: {one.id}")
            for says in [*_says(one), f"wrong answers rejected: {_rejected(one)}" if one.outcome.wrong else ""]:
                lines += textwrap.wrap(says, COLUMNS, initial_indent="    ", subsequent_indent="    ")
        return "\n".join(lines)

    __repr__ = __str__


def verdicts(*targets: Any, depth: str = "quick", seed: int = 0, out: str | None = None, **more: Any) -> VerdictTable:
    """Puts claims on trial for a notebook: `verdicts("grokking/unit-step", out="results")` shows a table.

    Arguments are those of `verify`, at depth quick unless told otherwise, and so are the errors; the records are in
    `verification`.
    """
    from corollary.trials.verification import verify

    return VerdictTable(verify(*targets, depth=depth, seed=seed, out=out, **more))


def _marked(record: Record) -> str:
    verdict = str(record.verdict)
    return f"{MARKS[verdict]} {verdict}" if verdict in MARKS else verdict


def _says(record: Record) -> list[str]:
    """The statement with its source, what holds in its place, and why there is no verdict."""
    source = record.source.replace(f"{record.status} ({record.status})", record.status)
    says = [f"{record.says} [{source}]"]
    if str(record.verdict) == "refuted as stated":
        says.append(f"In its place holds: {record.corrected_says}")
    elif not record.verdict.passes and record.outcome.note:
        says.append(record.outcome.note)
    return says


def _rejected(record: Record) -> str:
    """ "2 of 2: half of it; twice"."""
    wrong = record.outcome.wrong
    fallen = [name for name, verdict in wrong.items() if str(verdict) == "refuted"]
    standing = [name for name in wrong if name not in fallen]
    told = f"{len(fallen)} of {len(wrong)}: {'; '.join(fallen)}" if wrong else ""
    return f"{told} (not rejected: {'; '.join(standing)})" if standing else told
