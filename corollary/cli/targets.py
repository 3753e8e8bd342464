"""What a shell offers to complete: papers, and the names that a command can be given of one."""

from __future__ import annotations

from typing import Any

import click
from click.shell_completion import CompletionItem

OFFERED = {
    "list": (),
    "verify": ("claims",),
    "show": ("claims",),
    "evaluate": ("quantities",),
    "derive": ("derivations",),
    "figures": ("figures",),
    "sweep": ("quantities", "claims", "runs"),
    "train": ("runs",),
    "ledger": (),
    "mutate": (),
}
"""Command -> what of a paper its targets name; none where a target is a whole paper."""


class Target(click.ParamType):
    """A paper, or a name within it."""

    name = "target"

    def __init__(self, tables: tuple[str, ...]):
        self.tables = tables

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Papers up to the slash, then names. A broken claims module completes nothing, and `list` says why."""
        from corollary.paper import papers

        slug, slash, _ = incomplete.partition("/")
        found = papers()
        if not slash:
            offered = [CompletionItem(one, help=paper.title) for one, paper in found.items()]
            if len([one for one in found if one.startswith(incomplete)]) == 1 and self.tables:
                [slug] = [one for one in found if one.startswith(incomplete)]
                offered += self._names(found[slug])
        else:
            offered = self._names(found[slug]) if slug in found else []
        files = [CompletionItem(incomplete, type="file")] if "claims" in self.tables and not slash else []
        return [one for one in offered if one.value.startswith(incomplete)] or files

    def _names(self, paper: Any) -> list[CompletionItem]:
        return [
            CompletionItem(f"{paper.slug}/{name}", help=what if isinstance(what, str) else getattr(what, "says", ""))
            for table in self.tables
            for name, what in getattr(paper, table).items()
        ]


def completed(name: str, command: click.Command) -> click.Command:
    """The command, with its targets completed by a shell."""
    for argument in command.params:
        if name in OFFERED and isinstance(argument, click.Argument) and argument.type is click.STRING:
            argument.type = Target(OFFERED[name])
            break
    return command
