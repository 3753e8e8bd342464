"""The bar that stays at the top of the page: where to go, search, and filters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from corollary.paper import Paper
from corollary.trials.claim import Verdict


def menu(papers: Sequence[Paper], records: Iterable[Mapping[str, Any]], sweeps: bool = False) -> str:
    """Links work without a script; the form appears with it. sweeps: whether the page shows some."""
    records = list(records)
    verdicts = [one for one in Verdict if any(record["verdict"] == one for record in records)]
    kinds = sorted({record["kind"] for record in records})
    titles = "".join(f'<li><a href="#{escape(paper.slug)}">{escape(paper.title)}</a>' for paper in papers)
    errata = "<a href='#errata'>Errata</a>" if Verdict.REFUTED_AS_STATED in verdicts else ""
    errata += "<a href='#sweeps'>Sweeps</a>" if sweeps else ""
    selects = (
        _select("paper", "All papers", [(paper.slug, paper.title) for paper in papers])
        + _select("kind", "All kinds", [(kind, kind) for kind in kinds])
        + _select("verdict", "All verdicts", [(one.value, one.value) for one in verdicts])
    )
    return (
        f"<nav class=bar aria-label=Menu><a href='#top'>↑ Top</a>{errata}"
        f"<details class=menu><summary>Papers</summary><ul>{titles}<li><a href='#reading'>How to read this page</a></ul></details>"
        "<form id=find role=search hidden><input type=search name=words placeholder='Search claims' aria-label='Search claims'>"
        f"<details class=filters><summary>Filter</summary><div>{selects}<button type=reset>Clear</button></div></details>"
        "<output></output></form></nav>"
    )


def _select(name: str, everything: str, offered: Sequence[tuple[str, str]]) -> str:
    options = "".join(f'<option value="{escape(value)}">{escape(text)}' for value, text in offered)
    return f'<select name={name} aria-label="{name}"><option value="">{everything}{options}</select>'
