"""`corollary derive`."""

from __future__ import annotations

from typing import Any

import click

from corollary.cli import terminal
from corollary.cli.options import to_json
from corollary.cli.progress import Progress
from corollary.paper import find_paper, split_target


@click.command("derive")
@click.argument("target", metavar="PAPER[/RESULT]")
@click.option("--json", "as_json", is_flag=True, help="As JSON: the steps in LaTeX, and how each was checked.")
def command(target: str, as_json: bool) -> None:
    """Print a derivation step by step, each step checked against the one before; without a result, name what there is.

    \b
    corollary derive icl-temperature
    corollary derive icl-temperature/optimal_temperature

    A tick is set where the step was carried out and proved by SymPy, or where both sides agree to 50 digits at 20
    points drawn at random. Parts of a formula that is wider than the terminal get names.
    """
    slug, name = split_target(target)
    paper = find_paper(slug)
    if not name:
        named = [(f"{slug}/{one}", says) for one, says in paper.derivations.items()]
        click.echo(to_json(dict(paper.derivations)) if as_json else terminal.definitions(named, indent=0))
        return
    with Progress(target, "importing SymPy") as progress:
        derivation = paper.derivation(name)
        steps = {step.name: number for number, step in enumerate(derivation.steps, 1)}

        def watch(step: str) -> None:
            progress.say(f"checking step {steps.get(step, len(steps))} of {len(steps)}", step)

        derivation = derivation.verified(watch)
        shown = to_json(_as_dict(slug, derivation)) if as_json else _text(derivation)
    click.echo(shown)


def _text(derivation: Any) -> str:
    """The chain in Unicode where standard output can show it, else in ASCII."""
    text: str = derivation.text(width=terminal.width())
    if terminal.encodes(text):
        return text
    return str(derivation.text(unicode=False, width=terminal.width()).encode("ascii", "replace").decode())


def _as_dict(slug: str, derivation: Any) -> dict[str, Any]:
    steps = [
        {"name": step.name, "reason": step.reason, "latex": formula, "checked": derivation.checks[step.name]}
        for step, formula in zip(derivation.steps, derivation.latex(), strict=True)
    ]
    return {
        "paper": slug,
        "derivation": derivation.name,
        "says": derivation.says,
        "source": derivation.source,
        "steps": steps,
    }
