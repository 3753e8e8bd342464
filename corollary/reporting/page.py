"""`report`: one self-contained HTML page of everything that a results folder holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from corollary.paper import Declared, Paper, papers
from corollary.reporting.claim_card import claim_card
from corollary.reporting.derivation_list import derivation_list
from corollary.reporting.errata_section import errata_section
from corollary.reporting.figure_list import figure_list
from corollary.reporting.front import counts, front, header, untried
from corollary.reporting.markup import arxiv_link, badges
from corollary.reporting.menu import menu
from corollary.reporting.reading_guide import reading_guide
from corollary.reporting.script import SCRIPT
from corollary.reporting.statement import statement
from corollary.reporting.style import CSS
from corollary.reporting.sweep_list import sweep_list
from corollary.storage.store import Store
from corollary.trials.claim import Verdict

TITLE = "Corollary: claims on trial"

DEEPEST_FIRST = ("full", "standard", "quick")


@dataclass(frozen=True)
class Tried:
    """A paper, the records of its claims that were tried, and its claims that were not."""

    paper: Paper
    records: Sequence[dict[str, Any]]
    missing: Sequence[Declared]


def report(out: str = "results", watch: Callable[[str], None] = lambda line: None) -> Any:
    """Writes report.html into a results folder and returns its path.

    Each claim is shown at the deepest depth that was run. watch: called with a line on what is being done. Raises
    ValueError when nothing is stored yet.
    """
    store = Store(out)
    records = stored_records(store)
    if not records:
        raise ValueError(f"out={out!r} holds no verdicts; run `corollary verify` first")
    tried = _by_paper(records)
    shown = list(records.values())
    watch("sweeps")
    swept = sweep_list(store)
    sections = [_section(one, store, watch) for one in tried]
    body = [
        '<header id="top">',
        header(shown, len(tried), [claim for one in tried for claim in one.missing]),
        "</header>",
        menu([one.paper for one in tried], shown, bool(swept)),
        "<main>",
        front([(one.paper, one.records, one.missing) for one in tried], store),
        errata_section([(one.paper, one.records) for one in tried]),
        *sections,
        swept,
        reading_guide(record["kind"] for record in shown),
        "</main>",
    ]
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{CSS}</style></head>'
        f"<body>{''.join(body)}<script>{SCRIPT}</script></body></html>\n"
    )
    return store.write("report.html", page.encode())


def stored_records(store: Store) -> dict[tuple[str, str], dict[str, Any]]:
    """(paper, claim) -> the record of the deepest depth stored, in the order that the papers declare their claims."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for depth in DEEPEST_FIRST:
        for name in store.names(f"verdicts/*/*/{depth}.json"):
            slug, _, claim = name.removeprefix("verdicts/").removesuffix(f"/{depth}.json").rpartition("/")
            record = store.read_json(name)
            if record and (slug, claim) not in found and record["verdict"] != Verdict.FULL_ONLY:
                found[slug, claim] = record
    order = {one.id: place for paper in papers().values() for place, one in enumerate(paper.claims.values())}
    return dict(sorted(found.items(), key=lambda item: (item[0][0], order.get(item[1]["id"], 1 << 30))))


def _by_paper(records: dict[tuple[str, str], dict[str, Any]]) -> list[Tried]:
    """The papers of the library first, then claims of one's own."""
    offered = papers()
    tried = []
    for slug in sorted({slug for slug, _ in records}, key=lambda slug: (slug not in offered, slug)):
        paper = offered.get(slug) or Paper(slug, slug)
        own = [record for (of, _), record in records.items() if of == slug]
        done = {record["id"] for record in own}
        tried.append(Tried(paper, own, [one for one in paper.claims.values() if one.id not in done]))
    return tried


def _section(tried: Tried, store: Store, watch: Callable[[str], None]) -> str:
    paper = tried.paper
    finding = f"<p class=lead>{statement(paper.finding)}</p>" if paper.finding else ""
    watch(f"{paper.slug}: claims and figures")
    cards = "".join(claim_card(record) for record in tried.records)
    derivations = derivation_list(paper, lambda name: watch(f"checking the derivation {name}"))
    groups = {"claims": "<h3>Claims</h3>" + cards, "figures": figure_list(paper, store), "derivations": derivations}
    groups = {name: group for name, group in groups.items() if group}
    links = " · ".join(f'<a href="#{escape(paper.slug)}:{name}">{name}</a>' for name in groups)
    parts = "".join(
        f'<div class=group id="{escape(paper.slug)}:{name}">{group}</div>' for name, group in groups.items()
    )
    return (
        f'<section id="{escape(paper.slug)}"><h2>{escape(paper.title)} {arxiv_link(paper.arxiv)}</h2>{finding}'
        f"<p class=tally>{badges(counts(tried.records))}</p>{untried(tried.missing)}"
        f"<p>{links}</p>{parts}</section>"
    )
