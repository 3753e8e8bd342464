"""`corollary show`."""

from __future__ import annotations

import sys

import click

from corollary.cli.options import depth_option, out_option, seed_option
from corollary.paper import find_claims


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
    from corollary.cli.trial_display import LOOKS, TrialDisplay, writes_unicode

    declared = find_claims(target)
    if len(declared) != 1:
        names = ", ".join(one.name for one in declared[:4])
        raise ValueError(f"target={target!r} names {len(declared)} claims; allowed: one of them, such as {names}")
    with TrialDisplay(rows=False) as display:
        from rich.text import Text

        from corollary.reporting.shown import Shown
        from corollary.runtime import prepare
        from corollary.storage.store import Store
        from corollary.trials.verification import select, verify

        prepare()
        declared = select((target,))
        display.expect(declared)
        verification = verify(target, depth=depth, alpha=alpha, seed=seed, out=out, watch=display.watch)
        shown = Shown(declared[0], verification.records[0])
        path = Store(out).write(f"slides/{shown.record.id}.svg", shown.svg().encode())
        lines = shown.text(display.console.width, writes_unicode(display.console), with_terms)
    mark, colour = LOOKS[shown.record.verdict]
    display.console.print(Text.assemble((f"{mark} {shown.record.verdict}", colour), "  ", (shown.record.id, "bold")))
    for line in lines:
        display.console.print(Text(line), soft_wrap=True)
    display.console.print(Text(f"  slide: {path}", style="dim"), soft_wrap=True)
    sys.stdout.flush()
    return verification.status
