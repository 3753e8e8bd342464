"""`corollary ledger`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from corollary.cli.options import out_option, seed_option, to_json

if TYPE_CHECKING:
    from corollary.ledger import Ledger
    from corollary.paper import Declared


@click.command("ledger")
@click.argument("targets", nargs=-1)
@click.option("--only-missing", is_flag=True, help="Only claims without an entry, or changed since it was written.")
@click.option("--standard", "only_standard", is_flag=True, help="Leave out claims that only depth full decides.")
@click.option("--most", type=click.IntRange(1), metavar="SECONDS", help="Begin no further claim after so long.")
@click.option("--folder", default="docs/ledger", show_default=True, help="Where the ledger lies.")
@click.option("--totals", "only_totals", is_flag=True, help="Try nothing; print what the ledger adds up to.")
@click.option("--errata", "only_errata", is_flag=True, help="Try nothing; print the statements that fail, as Markdown.")
@seed_option
@out_option
def command(
    targets: tuple[str, ...],
    only_missing: bool,
    only_standard: bool,
    most: int | None,
    folder: str,
    only_totals: bool,
    only_errata: bool,
    seed: int,
    out: str,
) -> int:
    """Try claims at the depth that decides them (standard, or full for those that belong to it) and write what each
    gave into the ledger, claim by claim, so that an interrupted run goes on with --only-missing.

    \b
    corollary ledger --only-missing
    corollary ledger icl-temperature --only-missing --most 3600
    """
    from corollary.ledger import Ledger, depth_of, totals
    from corollary.paper import papers
    from corollary.reporting.errata_page import as_markdown
    from corollary.runtime import prepare
    from corollary.trials.verification import select, verify

    prepare()
    ledger = Ledger(folder)
    if only_errata:
        click.echo(as_markdown(papers().values(), ledger), nl=False)
        return 0
    if only_totals:
        click.echo(to_json(totals(papers().values(), ledger)))
        return 0
    started, failed = time.perf_counter(), False
    declared = [one for one in select(targets) if not (only_standard and depth_of(one) == "full")]
    for one in _wanted(declared, ledger, only_missing):
        if most is not None and time.perf_counter() - started > most:
            click.echo(f"stopped after {most} s; go on with --only-missing")
            break
        record = verify(one.id, depth=depth_of(one), seed=seed, out=out)[one.id]
        ledger.write(one, record)
        failed |= not record.verdict.passes
        click.echo(f"{one.id:60} {record.verdict:20} {record.seconds:8.1f} s")
    return int(failed)


def _wanted(declared: list[Declared], ledger: Ledger, only_missing: bool) -> Iterator[Declared]:
    """The claims in order, the cheapest depth first."""
    from corollary.ledger import depth_of
    from corollary.point import DEPTHS

    for one in sorted(declared, key=lambda one: DEPTHS.index(depth_of(one))):
        if not only_missing or ledger.is_missing(one):
            yield one
