"""`corollary list`."""

from __future__ import annotations

from typing import Any

import click

from corollary.cli.options import to_json
from corollary.paper import Paper, find_paper, papers


@click.command("list")
@click.argument("paper", required=False)
@click.option("--json", "as_json", is_flag=True, help="As a JSON list.")
def command(paper: str | None, as_json: bool) -> None:
    """What there is: papers, and what can be asked of each.

    \b
    corollary list
    corollary list icl-temperature
    """
    chosen = [find_paper(paper)] if paper else list(papers().values())
    if as_json:
        click.echo(to_json([_as_dict(one) for one in chosen]))
    elif paper:
        _show(chosen[0])
    else:
        width = max((len(one.slug) for one in chosen), default=0)
        for one in chosen:
            click.echo(f"{one.slug:{width}}  {one.arxiv:10}  {len(one.claims):3} claims  {one.title}")


def _as_dict(paper: Paper) -> dict[str, Any]:
    claims = [
        {
            "id": c.id,
            "kind": c.kind,
            "says": c.says,
            "source": str(c.source),
            "status": c.source.status,
            "depth": c.depth,
            "corrected_by": c.correction.id if c.corrected_by else "",
        }
        for c in paper.claims.values()
    ]
    return {
        "paper": paper.slug,
        "title": paper.title,
        "arxiv": paper.arxiv,
        "claims": claims,
        "quantities": dict(paper.quantities),
        "derivations": dict(paper.derivations),
        "figures": dict(paper.figures),
        "runs": list(paper.runs),
    }


def _show(paper: Paper) -> None:
    click.echo(f"{paper.slug}: {paper.title}" + (f" (arXiv {paper.arxiv})" if paper.arxiv else ""))
    claims = {c.id: f"{c.kind}: {c.says} [{c.source}]" for c in paper.claims.values()}
    sections = {
        "claims (corollary verify)": claims,
        "quantities (corollary evaluate)": paper.quantities,
        "derivations (corollary derive)": paper.derivations,
        "figures (corollary figures)": paper.figures,
        "runs (corollary train)": dict.fromkeys(paper.runs, ""),
    }
    for title, entries in sections.items():
        if entries:
            formatter = click.HelpFormatter(width=110)
            with formatter.section(title):
                formatter.write_dl(list(entries.items()), col_max=34)
            click.echo("\n" + formatter.getvalue().rstrip())
