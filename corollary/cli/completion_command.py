"""`corollary completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

PROGRAM, VARIABLE = "corollary", "_COROLLARY_COMPLETE"


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script of a shell.

    \b
    eval "$(corollary completion bash)"
    """
    from corollary.cli import corollary

    made = get_completion_class(shell)
    assert made is not None
    click.echo(made(corollary, {}, PROGRAM, VARIABLE).source())
