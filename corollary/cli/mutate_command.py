"""`corollary mutate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from corollary.mutation.reach import Place


@click.command("mutate")
@click.argument("papers", nargs=-1)
@click.option("--sample", "count", default=300, show_default=True, type=click.IntRange(1), help="How many mistakes.")
@click.option("--seed", default=0, show_default=True, help="Of the sample.")
@click.option("--deepest", default="quick", show_default=True, type=click.Choice(["quick", "standard"]))
@click.option("--kept", default="docs/ledger/mistakes", show_default=True, help="Folder of what is known already.")
def command(papers: tuple[str, ...], count: int, seed: int, deepest: str, kept: str) -> int:
    """Plant mistakes in the code of theory and sims, one at a time (a factor, an axis, a transpose, a key used twice,
    ...), run the claims and tests that reach it, and name the mistakes that nothing catches. The sample is split evenly
    over the papers. It runs from a checkout, for hours; interrupted, it goes on where it was.

    \b
    corollary mutate cca-barriers --sample 40
    """
    from corollary.mutation.hunt import hunt
    from corollary.paper import papers as every
    from corollary.runtime import prepare

    prepare()
    slugs = list(papers or every())
    total = caught = 0
    for slug in slugs:
        share = -(-count // len(slugs))
        records = hunt([slug], share, seed, _tests, deepest, Path(kept) / f"{slug}.json", click.echo)
        able = [record for record in records if not record["by"].startswith("cannot be planted")]
        total, caught = total + len(able), caught + sum(bool(record["by"]) for record in able)
    click.echo(f"{caught} of {total} mistakes caught ({caught / max(total, 1):.1%})")
    return 0 if caught == total else 1


def _tests(place: Place) -> list[str]:
    """The test files of the paper that a function belongs to."""
    floor, paper = place.module.split(".")[:2]
    words = paper.split("_")
    return [
        str(path)
        for path in sorted(Path("tests", floor).glob("test_*.py"))
        if path.stem.removeprefix("test_").split("_")[: min(len(words), 2)] == words[:2] or words[0] in path.stem
    ]
