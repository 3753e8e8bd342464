"""`corollary show`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from corollary.cli.options import depth_option, out_option, seed_option
from corollary.paper import find_claims

if TYPE_CHECKING:
    from corollary.paper import Declared


@click.command("show")
@click.argument("target", metavar="PAPER/CLAIM")
@depth_option
@click.option("--alpha", default=1e-6, show_default=True, help="Error probability of the claim.")
@click.option("--terms", "with_terms", is_flag=True, help="Also how much of the prediction goes with each term.")
@seed_option
@out_option
def command(target: str, depth: str, alpha: float, with_terms: bool, seed: int, out: str) -> int:
    """One claim on one screen, and on a slide: what it says, in symbols and in numbers, what was measured, and how each
    wrong answer fell. What was sampled before is used again. The slide is OUT/slides/PAPER/CLAIM.svg.

    \b
    corollary show icl-temperature/error
    corollary show ./my_theorem.py/median
    """
    from corollary.cli.trial_display import LOOKS, TrialDisplay

    declared = find_claims(target)
    if len(declared) != 1:
        names = ", ".join(one.name for one in declared[:4])
        raise ValueError(f"target={target!r} names {len(declared)} claims; allowed: one of them, such as {names}")
    with TrialDisplay(rows=False) as display:
        from rich.text import Text

        from corollary.cli.trial_summary import formula_lines
        from corollary.reporting.evidence import evidence, repeat, terms
        from corollary.reporting.figure import encode
        from corollary.reporting.slide import slide
        from corollary.runtime import prepare
        from corollary.storage.store import Store
        from corollary.trials.verification import select, verify

        prepare()
        declared = select((target,))
        display.expect(declared)
        verification = verify(target, depth=depth, alpha=alpha, seed=seed, out=out, watch=display.watch)
        one = find_claims(target)[0]
        record = verification[one.id] if one.id in {each.id for each in verification} else verification.records[0]
        told = record.as_dict()
        picture = slide(told, _latex(one))
        path = Store(out).write(f"slides/{record.id}.svg", encode(picture, "svg", record.says, repeat(told)))
    console = display.console
    mark, colour = LOOKS[record.verdict]
    console.print(Text.assemble((f"{mark} {record.verdict}", colour), "  ", (record.id, "bold")))
    lines = evidence(told, console.width, formula_lines(one, record, console), most=6)
    for line in [*lines, *(terms(told, console.width) if with_terms else []), *_derivation(one)]:
        console.print(Text(line), soft_wrap=True)
    console.print(Text(f"  again: {repeat(told)}", style="dim"), soft_wrap=True)
    console.print(Text(f"  slide: {path}", style="dim"), soft_wrap=True)
    sys.stdout.flush()
    return verification.status


def _latex(one: Declared) -> list[str]:
    from corollary.formulas import typeset

    formulas = [form for form in one.build().formulas().values() if typeset.at_a_glance(form)]
    return [line for form in formulas for line in typeset.latex(form)]


def _derivation(one: Declared) -> list[str]:
    """The steps of the derivation that the claim is about, or that has its name, each with how it is checked."""
    from corollary.formulas.derivation import Derivation

    derivation = getattr(one.build(), "left", None)
    name = one.name.replace("-", "_")
    if not isinstance(derivation, Derivation):
        if name not in one.paper.derivations:
            return []
        derivation = one.paper.derivation(name)
    checked = derivation.verify()
    steps = [
        f"  {number}. {step.name}: {step.reason} ({checked[step.name]})"
        for number, step in enumerate(derivation.steps, 1)
    ]
    return [
        f"  derived in {len(steps)} {'step' if len(steps) == 1 else 'steps'}:",
        *(f"  {step}" for step in steps),
        "",
    ]
