"""`corollary verify`."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from corollary.cli import terminal
from corollary.cli.options import depth_option, float32_option, out_option, seed_option, write_json
from corollary.paper import find_claims

if TYPE_CHECKING:
    from corollary.paper import Declared


@click.command("verify")
@click.argument("targets", nargs=-1)
@depth_option
@click.option("--alpha", default=1e-6, show_default=True, help="Error probability of one claim.")
@click.option("--profile", is_flag=True, help="Also print where the time went, claim by claim.")
@float32_option
@click.option("--reach", is_flag=True, help="Also name the functions of theory and sims that each claim enters.")
@seed_option
@out_option
@click.option(
    "--json", "json_path", metavar="FILE", help="Also write the records as a JSON list; - for standard output."
)
def command(
    targets: tuple[str, ...],
    depth: str,
    alpha: float,
    profile: bool,
    float32: bool | None,
    reach: bool,
    seed: int,
    out: str,
    json_path: str | None,
) -> int:
    """Put claims on trial: all of them, a paper's, one, or those in a Python file of your own.

    \b
    corollary verify
    corollary verify icl-temperature --depth quick
    corollary verify icl-temperature/error ./my_theorem.py

    Exit status 0 when every claim holds (or is refuted as stated, with its correction), 1 when one does not, 2 for bad
    input, 3 when the trial of one could not be carried out.
    """
    from corollary.cli.trial_display import TrialDisplay

    started = time.perf_counter()
    with TrialDisplay(to_stderr=json_path == "-") as display:
        from corollary.cli.trial_summary import precision_lines, profile_lines, summarise
        from corollary.runtime import prepare
        from corollary.trials.verification import select, verify

        prepare()  # before a user's file makes arrays
        declared = select(targets)
        display.expect(declared)
        if not reach:
            verification = verify(
                *targets, depth=depth, alpha=alpha, seed=seed, out=out, watch=display.watch, float32=float32
            )
    if reach:
        return show_reach(declared, depth)
    asked = 1 if len(targets) == 1 and len({one.id for one in find_claims(targets[0])}) == 1 else len(declared)
    summarise(display.console, declared, asked, verification, time.perf_counter() - started)
    for line in precision_lines(verification):
        click.echo(terminal.wrapped(line), err=json_path == "-")
    if profile:
        click.echo("\n".join(profile_lines(verification)))
    if json_path:
        write_json([record.as_dict() for record in verification], json_path)
    sys.stdout.flush()
    return verification.status


def show_reach(declared: list[Declared], depth: str) -> int:
    """What each claim enters, nothing read from a store; then what no claim enters, and whether a test names it."""
    from corollary.mutation.hunt import reach
    from corollary.mutation.reach import functions

    tried = reach(declared, depth, click.echo)
    for one in tried:
        click.echo(f"{one.id}  {one.seconds:.1f} s\n  " + "\n  ".join(map(str, sorted(one.places))))
    entered = {place for one in tried for place in one.places}
    tests = "\n".join(path.read_text() for path in Path("tests").rglob("*.py"))
    papers = {one.paper.module for one in declared}
    click.echo("\nentered by no claim:")
    for place, line in functions(*papers).items():
        if place not in entered:
            named = re.search(rf"\b{place.name.rpartition('.')[2]}\b", tests)
            click.echo(f"  {place}:{line}{'' if named else '  (nor named by a test)'}")
    return 0
