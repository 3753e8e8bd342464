"""`corollary list`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from corollary.cli import terminal
from corollary.cli.options import to_json
from corollary.paper import Declared, Paper, find_paper, papers

KINDS = {
    "Mean": "an expectation equals a closed form; simulated, with an error probability",
    "Value": "a computation without chance returns what a closed form says",
    "Identity": "two expressions are equal: proved, or compared to many digits",
    "Witness": "a construction has exactly the stated values, in rational arithmetic",
    "Bound": "a quantity nowhere passes its bound; a counterexample is searched for",
    "Exponent": "a quantity scales as a power of a size; the exponent is measured",
    "Phenomenon": "something is seen in most independent seeds, and not in a control",
    "Recovery": "an algorithm succeeds with so many queries, or so often",
}
"""Kind of a claim, by the class that a claim of one's own would use -> what is on trial."""

STATUSES = {
    "corrected": "the paper's statement fails, and this one replaces it",
    "reconstructed": "the paper does not state it, or not in full; it was derived here",
}

DEPTHS = {"standard": "not tried at depth quick", "full": "tried at depth full alone, as it takes long"}


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
        click.echo(_offer(chosen[0]))
    else:
        click.echo(_overview(chosen))


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
        "applications": list(paper.applications),
    }


def _overview(chosen: list[Paper]) -> str:
    """A line a paper where its title fits in, else two."""
    slugs = max((len(one.slug) for one in chosen), default=0)
    counts = max((len(terminal.count(len(one.claims), "claim")) for one in chosen), default=0)
    lines = []
    for one in chosen:
        head = f"{one.slug:{slugs}}  {one.arxiv:10}  {terminal.count(len(one.claims), 'claim'):>{counts}}"
        if len(head) + 2 + len(one.title) <= terminal.width():
            lines.append(f"{head}  {one.title}")
        else:
            lines += [head, terminal.wrapped(one.title, 4)]
    return "\n".join([*lines, "", "corollary list PAPER   what can be asked of a paper"])


def _offer(paper: Paper) -> str:
    title = f"{paper.slug}: {paper.title}" + (f" (arXiv {paper.arxiv})" if paper.arxiv else "")
    parts = [terminal.wrapped(title)]
    declared = list(paper.claims.values())
    if declared:
        parts.append(_section("claims", "corollary verify PAPER/CLAIM", "\n".join(map(_claim, declared))))
    for name, command, entries in (
        ("quantities", "corollary evaluate PAPER/QUANTITY", paper.quantities),
        ("derivations", "corollary derive PAPER/RESULT", paper.derivations),
        ("figures", "corollary figures PAPER/FIGURE", paper.figures),
        ("runs", "corollary train PAPER/RUN", dict.fromkeys(paper.runs, "")),
        ("models", "corollary train PAPER/NAME --checkpoint FOLDER", dict.fromkeys(paper.applications, "")),
    ):
        named = [(f"{paper.slug}/{one}", says) for one, says in entries.items()]
        if named:
            parts.append(_section(name, command, terminal.definitions(named)))
    if declared:
        words = [*_key(declared), *((f'"{word}"', says) for word, says in paper.terms.items())]
        parts.append(_section("what the words in and beside a claim mean", "", terminal.definitions(words)))
    return "\n\n".join(parts)


def _section(name: str, command: str, body: str) -> str:
    return terminal.heading(name) + (f"   {command}" if command else "") + "\n" + body


def _claim(claim: Declared) -> str:
    """Its name, what it says, then its kind and where it comes from."""
    where, status = claim.source.where, claim.source.status
    source = where if status == "paper" else f"({status})" if where == status else f"{where} ({status})"
    notes = [claim.kind, source]
    if claim.corrected_by:
        notes.append(f"expected to fail, replaced by {claim.corrected_by}")
    if claim.depth != "quick":
        notes.append(f"depth {claim.depth}")
    return "\n".join(
        [f"  {claim.id}", terminal.wrapped(claim.says, 6), terminal.wrapped("[" + "; ".join(notes) + "]", 6)]
    )


def _key(claims: Iterable[Declared]) -> list[tuple[str, str]]:
    """Those of the kinds, statuses and depths that were used."""
    claims = list(claims)
    kinds, statuses, depths = ({getattr(one, name) for one in claims} for name in ("kind", "source", "depth"))
    used = {source.status for source in statuses}
    return [
        *((kind, says) for kind, says in KINDS.items() if kind in kinds),
        *((f"({status})", says) for status, says in STATUSES.items() if status in used),
        *((f"depth {depth}", says) for depth, says in DEPTHS.items() if depth in depths),
    ]
