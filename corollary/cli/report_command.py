"""`corollary report`."""

import click

from corollary.cli.options import out_option
from corollary.cli.progress import Progress


@click.command("report")
@out_option
def command(out: str) -> None:
    """Write one self-contained HTML page of everything the results folder holds: claims, verdicts, mutants,
    derivations, figures, and the errata of the papers.

    \b
    corollary verify && corollary figures && corollary report
    """
    with Progress("report", "reading the records") as progress:
        from corollary.reporting.page import report

        path = report(out, progress.say)
    click.echo(str(path))
