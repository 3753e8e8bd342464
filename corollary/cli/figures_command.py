"""`corollary figures`."""

from __future__ import annotations

import shlex
import sys
import time

import click

from corollary.cli.options import depth_option, out_option, seed_option
from corollary.cli.progress import Progress
from corollary.paper import find_paper, papers, split_target


@click.command("figures")
@click.argument("targets", nargs=-1, metavar="[PAPER[/FIGURE]]...")
@depth_option
@seed_option
@out_option
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(["svg", "pdf", "png"]),
    default=("svg", "png"),
    show_default=True,
    help="May be given several times.",
)
@click.option("--sheet", is_flag=True, help="Draw nothing: put the figures stored as PNG on one page, a contact sheet.")
@click.option(
    "--sweep", "swept", default="", metavar="PATH", help="Draw a sweep, by the path that it named at its end."
)
@click.option("--along", default="", help="Of a sweep: the axis to draw along.")
@click.option("--of", default="", help="Of a sweep: the variable to draw.")
def command(
    targets: tuple[str, ...],
    depth: str,
    seed: int,
    out: str,
    formats: tuple[str, ...],
    sheet: bool,
    swept: str,
    along: str,
    of: str,
) -> None:
    """Draw figures from theory and from stored results; what is missing is simulated first.

    \b
    corollary figures icl-temperature
    corollary figures icl-temperature/error_vs_length --format pdf
    corollary figures --sheet
    """
    if swept:
        with Progress("figures", "reading the sweep"):
            from corollary.reporting.sweep_figure import save_sweep
            from corollary.sweeps.dataset import open_sweep

            drawn = [save_sweep(open_sweep(swept), kind, along, of) for kind in formats]
        for path in drawn:
            click.echo(shlex.quote(path))
        return
    wanted = [(paper, name) for target in targets or tuple(papers()) for paper, name in _names(target)]
    with Progress("figures", "importing"):
        from corollary.reporting.contact_sheet import contact_sheet
        from corollary.reporting.figure import save
        from corollary.storage.results import Results
        from corollary.storage.store import Store
        from corollary.trials.verification import release_memory

    store = Store(out)
    store.check_writable()
    if sheet:
        click.echo(shlex.quote(str(contact_sheet(wanted, store))))
        return
    results = Results(store, depth, seed)
    for number, (paper, name) in enumerate(wanted, 1):
        started = time.perf_counter()
        with Progress(f"{paper.slug}/{name}", f"simulating and drawing, figure {number} of {len(wanted)}"):
            paths = save(paper, name, results, formats)
        release_memory()
        for path in paths:
            click.echo(f"{shlex.quote(str(path))}  {time.perf_counter() - started:.1f} s")
        sys.stdout.flush()


def _names(target: str) -> list[tuple]:
    slug, name = split_target(target)
    paper = find_paper(slug)
    if name:
        from corollary.paper import known

        return [(paper, known(name, paper.figures, f"figure of {slug}"))]
    return [(paper, one) for one in paper.figures]
