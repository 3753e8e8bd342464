"""The front of the page: what was tried in all, and for each paper one finding and one picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from corollary.paper import Declared, Paper
from corollary.reporting.figure_list import embedded
from corollary.reporting.markup import arxiv_link, badges, counted, findable
from corollary.reporting.statement import statement
from corollary.storage.store import Store
from corollary.trials.claim import Verdict

Records = Sequence[Mapping[str, Any]]


def header(records: Records, papers: int, missing: Sequence[Declared]) -> str:
    """The page's title and what all trials gave together. missing: claims of these papers that have no record."""
    wrong = [verdict for record in records for verdict in record["wrong"].values()]
    mutants = [record["mutants"] for record in records if record["mutants"]]
    tried = sum(one["total"] - len(one["equivalent"]) for one in mutants)
    rejected = sum(one["rejected"] + one["undefined"] for one in mutants)
    errata = sum(record["verdict"] == Verdict.REFUTED_AS_STATED for record in records)
    link = (
        f' <a href="#errata">{counted(errata, "published statement")} {"fails" if errata == 1 else "fail"} as stated.</a>'
        if errata
        else ""
    )
    machine = f" and {rejected:,} of {tried:,} machine-made mutants of the formulas" if tried else ""
    return (
        f"<h1>Claims on trial</h1><p class=lead>{counted(len(records), 'statement')} of {counted(papers, 'paper')}, each "
        "computed twice, from a formula and from a simulation, a search or exact arithmetic, and held against wrong "
        f"variants that the same rule must reject.{link}</p><p class=tally>{badges(counts(records))}</p>"
        f"<p>Rejected by the rules that accepted the claims: {wrong.count('refuted'):,} of {len(wrong):,} wrong "
        f"variants{machine}.</p>{untried(missing)}{_remarks(records)}"
    )


def counts(records: Records) -> Counter[str]:
    return Counter(record["verdict"] for record in records)


def _remarks(records: Records) -> str:
    """What a reader should know of the folder: trials that were quick, records of an older version."""
    lines = []
    quick = sum(record["depth"] == "quick" for record in records)
    if quick:
        lines.append(
            f"{counted(quick, 'claim')} {'was' if quick == 1 else 'were'} tried at depth quick only, whose grids are "
            "smaller and whose margins are wider: fewer wrong answers would be noticed."
        )
    older = sum("formulas" not in record for record in records)
    if older:
        lines.append(
            f"{counted(older, 'record')} of this folder {'was' if older == 1 else 'were'} written by an older version, "
            "without margins, levels and formulas; corollary verify writes them anew."
        )
    return "".join(f"<p class=remark>{line}</p>" for line in lines)


def front(shown: Sequence[tuple[Paper, Records, Sequence[Declared]]], store: Store) -> str:
    """A tile a paper. shown: each paper, its records, and its claims that have none."""
    tiles = "".join(_tile(paper, records, missing, store) for paper, records, missing in shown)
    return f"<section id=papers><h2>Papers</h2><div class=tiles>{tiles}</div></section>"


def _tile(paper: Paper, records: Records, missing: Sequence[Declared], store: Store) -> str:
    image = embedded(paper, paper.picture, store) if paper.picture else ""
    if image:
        picture = f'<a class=picture href="#{escape(paper.slug)}/figure/{escape(paper.picture)}">{image}</a>'
    elif paper.picture:
        drawn = f"corollary figures {paper.slug}/{paper.picture}"
        picture = f"<p class='source undrawn'>Not drawn in this folder: <code>{escape(drawn)}</code></p>"
    else:
        picture = ""
    finding = f"<p class=finding>{statement(paper.finding)}</p>" if paper.finding else ""
    return (
        f'<article class=tile {findable(paper.slug)}><h3><a href="#{escape(paper.slug)}">{escape(paper.title)}</a></h3>'
        f"<p class=source>{arxiv_link(paper.arxiv)}</p>{finding}{picture}"
        f"<p class=tally>{badges(counts(records))}</p>{untried(missing)}</article>"
    )


def untried(missing: Sequence[Declared]) -> str:
    """How many of a paper's claims the folder has no trial of, by the depth that decides them."""
    if not missing:
        return ""
    by_depth = Counter(one.depth for one in missing)
    parts = []
    for depth, count in by_depth.items():
        belongs = "belongs" if count == 1 else "belong"
        parts.append(f"{count} {belongs} to depth {depth}" if depth != "quick" else f"{count} not tried yet")
    return f"<p class=source>Not in this folder: {', '.join(parts)}.</p>"
