"""The errata: every published statement that fails, beside what was measured and what is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from corollary.paper import Paper
from corollary.reporting.errata import errata, evidence_line
from corollary.reporting.evidence import repeat
from corollary.reporting.markup import arxiv_link, counted, findable
from corollary.reporting.statement import statement
from corollary.trials.claim import Verdict

INTRODUCTION = (
    "Statements of the papers, of their official code, or readings of either that a trial refuted, each beside the "
    "statement that holds in its place. Most are remarks, constants and corner cases; where only one reading fails, the "
    "source says which, and a kinder one is given where there is one. The authors' main results stand unless they are "
    "listed here. If you find that we misread a paper, the last line of each entry repeats its trial."
)


def errata_section(shown: Sequence[tuple[Paper, Sequence[Mapping[str, Any]]]]) -> str:
    """The section, "" when nothing failed. shown: each paper with its records."""
    parts, total = [], 0
    for paper, records in shown:
        failing = errata(records)
        if failing:
            total += len(failing)
            parts.append(_table(paper, failing))
    if not parts:
        return ""
    heading = f"<h2>Errata: {counted(total, 'statement')} that {'fails' if total == 1 else 'fail'} as stated</h2>"
    return f"<section id=errata>{heading}<p class=lead>{INTRODUCTION}</p>{''.join(parts)}</section>"


def _table(paper: Paper, failing: Sequence[Mapping[str, Any]]) -> str:
    rows = "".join(_row(paper, record) for record in failing)
    heads = "<tr><th scope=col>What is said<th scope=col>What was measured<th scope=col>What holds in its place"
    title = f'<a href="#{escape(paper.slug)}">{escape(paper.title)}</a> {arxiv_link(paper.arxiv)}'
    return f"<div class=group><h3>{title}</h3><table class=errata><thead>{heads}<tbody>{rows}</table></div>"


def _row(paper: Paper, record: Mapping[str, Any]) -> str:
    said = record.get("corrected_says") or record["corrected_by"]
    kinder = (
        f"<p class=kinder><b>A kinder reading:</b> {statement(record['kinder'])}</p>" if record.get("kinder") else ""
    )
    found = findable(
        paper.slug, f"{record['id']} {record['source']} {record['says']}", record["kind"], Verdict.REFUTED_AS_STATED
    )
    return (
        f"<tr {found}>"
        f"<td data-label='What is said'><p class=words>{statement(record['says'])}</p><p class=source>{escape(record['source'])}</p>"
        f"<td data-label='What was measured'><p>{escape(_sentence(evidence_line(record)))}</p>"
        f'<p class=source><a href="#{escape(record["id"])}">All evidence</a> · <code>{escape(repeat(record))}</code></p>'
        f"<td data-label='What holds in its place'><p><a href=\"#{escape(record['corrected_by'])}\">{statement(said)}</a></p>{kinder}"
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
