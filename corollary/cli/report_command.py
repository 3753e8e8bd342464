"""`corollary report`."""

import click

from corollary.cli.options import out_option


@click.command("report")
@out_option
def command(out: str) -> None:
    """Write one self-contained HTML page of everything the results folder holds: claims, verdicts, mutants,
    derivations, figures, and the errata of the papers.

    \b
    corollary verify && corollary figures && corollary report
    """
    from corollary.reporting.page import report

    click.echo(str(report(out)))
