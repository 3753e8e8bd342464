"""`corollary mutate`."""

from __future__ import annotations

from pathlib import Path

import click

CHECKS = "results/checks"
"""Folder of how long each check takes, and of the programs that it compiles."""


@click.command("mutate")
@click.argument("papers", nargs=-1)
@click.option("--sample", "count", default=300, show_default=True, type=click.IntRange(1), help="How many mistakes.")
@click.option("--seed", default=0, show_default=True, help="Of the sample.")
@click.option("--deepest", default="quick", show_default=True, type=click.Choice(["quick", "standard"]))
@click.option(
    "--budget", default=60.0, show_default=True, type=click.FloatRange(1), help="Seconds of checks on one mistake."
)
@click.option("--again", is_flag=True, help="Try once more what survived and is not marked as equivalent.")
@click.option("--kept", default="docs/ledger/mistakes", show_default=True, help="Folder of what is known already.")
def command(papers: tuple[str, ...], count: int, seed: int, deepest: str, budget: float, again: bool, kept: str) -> int:
    """Plant mistakes in the code of theory and sims, one at a time (a factor, an axis, a transpose, a key used twice,
    ...), run the tests and claims that may call it, the nearest first, and name the mistakes that nothing catches. The
    sample is split evenly over the papers. It runs from a checkout, for an hour or more; interrupted, it goes on where
    it was. A survivor that no check could see gets its reason in the kept file, as "equivalent", and is not counted.

    \b
    corollary mutate cca-barriers --sample 40
    """
    from corollary.mutation.hunt import hunt, score
    from corollary.paper import papers as every
    from corollary.runtime import prepare

    prepare(str(Path(CHECKS, "compiled")))
    slugs = list(papers or every())
    records = []
    for slug in slugs:
        times = Path(CHECKS, f"{slug}.json")
        share = -(-count // len(slugs))
        found = hunt(slug, share, seed, Path(kept, f"{slug}.json"), times, deepest, budget, again, click.echo)
        click.echo(f"{slug}: {score(found)}")
        records += found
    total = score(records)
    click.echo(f"all: {total}")
    return 0 if total.caught == total.able else 1
