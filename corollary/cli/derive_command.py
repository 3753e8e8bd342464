"""`corollary derive`."""

from __future__ import annotations

import sys
from typing import Any

import click

from corollary.cli.evaluate_command import still_computing
from corollary.cli.options import to_json
from corollary.paper import find_paper, split_target


@click.command("derive")
@click.argument("target", metavar="PAPER[/RESULT]")
@click.option("--json", "as_json", is_flag=True, help="As JSON: the steps in LaTeX, and how each was checked.")
def command(target: str, as_json: bool) -> None:
    """Print a derivation step by step, each step checked against the one before; without a result, name what there is.

    \b
    corollary derive icl-temperature
    corollary derive icl-temperature/optimal_temperature
    """
    slug, name = split_target(target)
    paper = find_paper(slug)
    if not name:
        click.echo(
            to_json(dict(paper.derivations))
            if as_json
            else "\n".join(f"{slug}/{one}  {says}" for one, says in paper.derivations.items())
        )
        return
    derivation = paper.derivation(name)
    with still_computing(target):
        checked = derivation.verify()
    if as_json:
        click.echo(to_json(_as_dict(slug, derivation, checked)))
        return
    click.echo(_text(derivation))
    click.echo("\nchecked: " + "; ".join(f"{step}: {how}" for step, how in checked.items()))


def _text(derivation: Any) -> str:
    """The chain in Unicode where standard output can show it, else in ASCII."""
    text = derivation.text()
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return derivation.text(unicode=False).encode("ascii", "replace").decode()
    return text


def _as_dict(slug: str, derivation: Any, checked: dict[str, str]) -> dict[str, Any]:
    steps = [
        {"name": step.name, "reason": step.reason, "latex": formula, "checked": checked[step.name]}
        for step, formula in zip(derivation.steps, derivation.latex(), strict=True)
    ]
    return {
        "paper": slug,
        "derivation": derivation.name,
        "says": derivation.says,
        "source": derivation.source,
        "steps": steps,
    }
