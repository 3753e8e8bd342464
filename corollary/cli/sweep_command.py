"""`corollary sweep`."""

from __future__ import annotations

from typing import Any

import click

from corollary.cli import terminal
from corollary.cli.options import depth_option, out_option, seed_option, to_json
from corollary.cli.progress import Progress, Remaining
from corollary.sweeps.values import parse_assignments


@click.command("sweep")
@click.argument("target", metavar="PAPER/QUANTITY|PAPER/CLAIM|FILE.py/CLAIM")
@click.argument("axes", nargs=-1, metavar="NAME=VALUES...")
@depth_option
@click.option("--alpha", default=1e-3, show_default=True, help="Error probability of the whole sweep.")
@seed_option
@out_option
@click.option(
    "--engine",
    default="local",
    show_default=True,
    type=click.Choice(["local", "ray"]),
    help="Where points are computed.",
)
@click.option("--json", "as_json", is_flag=True, help="The records as a JSON list.")
def command(
    target: str, axes: tuple[str, ...], depth: str, alpha: float, seed: int, out: str, engine: str, as_json: bool
) -> None:
    """Evaluate a quantity, or put a claim on trial, over a grid. Run again, it computes only what is missing.

    \b
    corollary sweep icl-temperature/optimal_temperature d=50 l=50,100,200 sigma=0.1:10:log:16
    corollary sweep icl-temperature/error-drawn tau=0.5:4:log:8 --depth quick

    An axis is a list (64,256,1024) or a range low:high:lin|log:count.
    """
    if not axes:
        raise ValueError("a sweep needs at least one axis, such as tau=0.1:10:log:32")
    with Progress(target, "importing and compiling") as progress:
        from corollary.sweeps.sweep import sweep

        remaining = Remaining()

        def watch(done: int, total: int, point: dict[str, Any], record: dict[str, Any]) -> None:
            progress.say(f"{done} of {total} points", left=remaining.after(done, total))

        frame = sweep(target, parse_assignments(axes), depth, alpha, seed, out, engine, watch).to_dataframe()
    rows = frame.reset_index()
    if as_json:
        click.echo(to_json(rows.to_dict("records")))
    else:
        click.echo(rows.to_string(index=False, line_width=terminal.width()))
