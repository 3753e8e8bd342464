"""Pieces of HTML that several parts of the page share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any

from corollary.reporting.numbers import number
from corollary.trials.claim import Verdict

CLASSES = {
    Verdict.HOLDS: "holds",
    Verdict.REFUTED_AS_STATED: "erratum",
    Verdict.REFUTED: "refuted",
    Verdict.UNDECIDED: "undecided",
    Verdict.ERROR: "error",
    Verdict.FULL_ONLY: "deeper",
}
"""Verdict -> the class of its badge."""


def badge(verdict: str) -> str:
    return f'<span class="badge {CLASSES[Verdict(verdict)]}">{escape(verdict)}</span>'


def badges(counts: Mapping[str, int]) -> str:
    """Each verdict that occurs, with its count. counts: verdict -> how often."""
    return " ".join(f"<span class=count>{counts[one]} {badge(one)}</span>" for one in Verdict if counts.get(one))


def arxiv_link(number: str) -> str:
    return f'<a class=arxiv href="https://arxiv.org/abs/{number}">arXiv {number}</a>' if number else ""


def findable(paper: str, text: str = "", kind: str = "", verdict: str = "") -> str:
    """The attributes by which an element is searched and filtered. text: what is searched besides its first line."""
    return " ".join(
        f'data-{name}="{escape(value)}"'
        for name, value in {"paper": paper, "kind": kind, "verdict": verdict, "text": text}.items()
        if value
    )


def readable(text: str) -> str:
    """A line of a record with its numbers as people write them: 1.1e+02 as 110, +- as ±."""
    return re.sub(r"(?<![\w.])-?\d+(?:\.\d+)?e[+-]?\d+\b", _written, text).replace("+-", "±")


def _written(found: re.Match[str]) -> str:
    return number(float(found.group()))


def counted(count: int, what: str) -> str:
    """ "1 claim", "1,200 claims"."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def plain_id(record: Mapping[str, Any]) -> tuple[str, str]:
    """(paper, name) of a record's claim."""
    paper, _, name = str(record["id"]).rpartition("/")
    return paper, name
