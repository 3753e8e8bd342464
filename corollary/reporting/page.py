"""`report`: one self-contained HTML page of everything that a results folder holds."""

from __future__ import annotations

import base64
import re
from collections import Counter
from html import escape
from typing import Any

from corollary.paper import Paper, papers
from corollary.reporting.forest_plot import forest_plot
from corollary.reporting.style import CSS
from corollary.storage.store import Store
from corollary.trials.claim import Verdict

MARKS = {
    Verdict.HOLDS: "holds",
    Verdict.REFUTED_AS_STATED: "erratum",
    Verdict.REFUTED: "refuted",
    Verdict.UNDECIDED: "undecided",
    Verdict.FULL_ONLY: "deeper",
}
"""Verdict -> the class of its badge."""

DEEPEST_FIRST = ("full", "standard", "quick")


def report(out: str = "results") -> Any:
    """Writes report.html into a results folder and returns its path.

    Each claim is shown at the deepest depth that was run. Raises ValueError when nothing is stored yet.
    """
    store = Store(out)
    records = stored_records(store)
    if not records:
        raise ValueError(f"out={out!r} holds no verdicts; run `corollary verify` first")
    offered = papers()
    slugs = sorted({slug for slug, _ in records}, key=lambda slug: (slug not in offered, slug))
    sections = []
    for slug in slugs:
        own = [record for (paper, _), record in records.items() if paper == slug]
        sections.append(_paper(offered.get(slug) or Paper(slug, slug), own, store))
    title = "Corollary: claims on trial"
    body = f"<header><h1>{title}</h1>{_overview(records, slugs)}</header><main>{''.join(sections)}</main>"
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{CSS}</style></head><body>{body}</body></html>\n'
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


def _overview(records: dict[tuple[str, str], dict[str, Any]], slugs: list[str]) -> str:
    counts = Counter(record["verdict"] for record in records.values())
    badges = " ".join(f"{_badge(verdict)} {counts[verdict]}" for verdict in Verdict if counts[verdict])
    wrong = [v for record in records.values() for v in record["wrong"].values()]
    mutants = [record["mutants"] for record in records.values() if record["mutants"]]
    tried = sum(m["total"] - len(m["equivalent"]) for m in mutants)
    rejected = sum(m["rejected"] + m["undefined"] for m in mutants)
    links = " · ".join(f'<a href="#{escape(slug)}">{escape(slug)}</a>' for slug in slugs)
    return (
        f"<p class=tally>{badges}</p><p>{wrong.count('refuted')} of {len(wrong)} wrong variants and {rejected} of {tried} "
        f"machine-made mutants were rejected by the same decision rules that accepted the claims.</p><nav>{links}</nav>"
    )


def _paper(paper: Paper, records: list[dict[str, Any]], store: Store) -> str:
    arxiv = f' <a class=arxiv href="https://arxiv.org/abs/{paper.arxiv}">arXiv {paper.arxiv}</a>' if paper.arxiv else ""
    errata = [r for r in records if r["verdict"] == Verdict.REFUTED_AS_STATED]
    parts = [f'<section id="{escape(paper.slug)}"><h2>{escape(paper.title)}{arxiv}</h2>']
    if errata:
        items = "".join(
            f"<li>{escape(r['says'])} <small>{escape(r['source'])}</small> In its place: "
            f'<a href="#{escape(r["corrected_by"])}">{escape(r["corrected_by"])}</a>.</li>'
            for r in errata
        )
        parts.append(f"<h3>Refuted as stated</h3><ul class=errata>{items}</ul>")
    parts.append("<h3>Claims</h3>" + "".join(_claim(record) for record in records))
    parts += [_figures(paper, store), _derivations(paper), "</section>"]
    return "".join(parts)


def _claim(record: dict[str, Any]) -> str:
    wrong, mutants = record["wrong"], record["mutants"]
    facts = [escape(record["kind"])]
    if wrong:
        facts.append(f"rejected {list(wrong.values()).count('refuted')}/{len(wrong)} wrong variants")
    if mutants:
        facts.append(
            f"{mutants['rejected'] + mutants['undefined']}/{mutants['total'] - len(mutants['equivalent'])} mutants"
        )
    if record["resolution"]:
        facts.append(f"resolves {100 * record['resolution']:.2g}%")
    facts.append(f"{record['seconds']:.1f} s")
    head = (
        f"<summary>{_badge(record['verdict'])}<span class=says>{escape(record['says'])}</span>"
        f"<span class=facts>{' · '.join(facts)}</span></summary>"
    )
    rows = "".join(f"<tr><td>{escape(name)}<td>{_badge(verdict)}" for name, verdict in wrong.items())
    tables = f"<table><thead><tr><th>wrong variant<th>verdict<tbody>{rows}</table>" if rows else ""
    note = f"<p>{escape(record['note'])}</p>" if record["note"] else ""
    source = f"<p class=source>{escape(record['id'])} · {escape(record['source'])}</p>"
    return (
        f'<details id="{escape(record["id"])}" class=claim>{head}{source}{note}{forest_plot(record["points"])}'
        f"{_points(record['points'])}{tables}{_mutants(mutants)}{_witness(record)}{_made(record)}</details>"
    )


def _points(points: list[dict[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td>{escape(p['inputs'])}<td>{_number(p['predicted'])}<td>{_number(p['measured'])}"
        f"<td>{_interval(p['interval'])}<td>{p['samples']:,}<td>{_badge(p['verdict'])}<td>{escape(p['note'])}"
        for p in points
    )
    return (
        (
            "<table><thead><tr><th>point<th>predicted<th>measured<th>interval<th>samples<th>verdict<th>"
            f"<tbody>{rows}</table>"
        )
        if rows
        else ""
    )


def _mutants(mutants: dict[str, Any] | None) -> str:
    if not mutants:
        return ""
    same = f"within the margin of the original at every point ({mutants['identical']} of them identical to it)"
    named = [("survive", mutants["survivors"]), (same, mutants["equivalent"])]
    lists = "".join(f"<p><b>{len(names)} {what}:</b> {escape('; '.join(names))}</p>" for what, names in named if names)
    return (
        f"<p>{mutants['total']} machine-made mutants: {mutants['rejected']} rejected, {mutants['undefined']} without a value, "
        f"score {100 * mutants['score']:.0f}%.</p>{lists}"
    )


def _witness(record: dict[str, Any]) -> str:
    return f"<p><b>Counterexample:</b> <code>{escape(str(record['witness']))}</code></p>" if record["witness"] else ""


def _made(record: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    return (
        f"<p class=source>seed {record['seed']} · depth {record['depth']} · alpha {record['alpha']:.2g} · {escape(versions)} · "
        f"{escape(record['device'])} · <code>corollary verify {escape(record['id'])} --depth {record['depth']} --seed "
        f"{record['seed']}</code></p>"
    )


def _figures(paper: Paper, store: Store) -> str:
    shown = []
    for name, says in paper.figures.items():
        path = store.path / f"figures/{paper.slug}/{name}.svg"
        if path.exists():
            data = base64.b64encode(path.read_bytes()).decode()
            shown.append(
                f'<figure><img alt="{escape(says)}" src="data:image/svg+xml;base64,{data}"><figcaption>{escape(says)}</figcaption></figure>'
            )
    return "<h3>Figures</h3>" + "".join(shown) if shown else ""


def _derivations(paper: Paper) -> str:
    parts = []
    for name, says in paper.derivations.items():
        derivation = paper.derivation(name)
        checked = derivation.verify()
        steps = "".join(
            f"<li><b>{escape(step.name)}</b> <span class=reason>{escape(step.reason)}</span>"
            f"<div class=formula>{_tidy(formula)}</div><small>checked: {escape(checked[step.name])}</small></li>"
            for step, formula in zip(derivation.steps, derivation.mathml(), strict=True)
        )
        parts.append(
            f"<details class=derivation><summary>{escape(name)}: {escape(says)}</summary><ol>{steps}</ol></details>"
        )
    return "<h3>Derivations</h3>" + "".join(parts) if parts else ""


def _tidy(formula: str) -> str:
    """MathML elements alone: a stray XML declaration would end the page's own markup."""
    return re.sub(r"<\?xml[^>]*\?>", "", formula)


def _badge(verdict: str) -> str:
    return f'<span class="badge {MARKS[Verdict(verdict)]}">{escape(verdict)}</span>'


def _number(value: Any) -> str:
    if isinstance(value, list):
        return "<br>".join(_number(item) for item in value)
    return f"{value:.6g}" if isinstance(value, float) else escape("" if value is None else str(value))


def _interval(interval: Any) -> str:
    if not interval:
        return ""
    low, high = interval
    pairs = zip(low, high, strict=True) if isinstance(low, list) else [(low, high)]
    return "<br>".join(f"[{a:.6g}, {b:.6g}]" for a, b in pairs)
