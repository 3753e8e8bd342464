"""`corollary circuit`."""

from __future__ import annotations

from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import click

from corollary.cli import terminal
from corollary.cli.options import to_json
from corollary.cli.progress import Progress


@click.command("circuit")
@click.argument("folder")
@click.option("--task", required=True, metavar="NAME|FILE", help="ioi, docstring, or a JSON file of prompts.")
@click.option("--method", "methods", default="eap-ig", show_default=True, metavar="NAME,...", help="One, or several.")
@click.option("--keep", type=float, metavar="N", help="Edges of a ranking: a number, or a share. [default: 0.02]")
@click.option("--ablation", metavar="NAME", help="corrupted or zero: what an edge carries that is not kept.")
@click.option("--seeds", default=1, show_default=True, type=click.IntRange(1, 64), help="Searches of each method.")
@click.option("--away", is_flag=True, help="Keep each search of oasr away from the circuits found before it.")
@click.option("--most", default=64, show_default=True, type=click.IntRange(1, 65536), help="Most prompts.")
@click.option("--set", "overrides", multiple=True, metavar="NAME=VALUE", help="An option of the method.")
@click.option("--out", default="results", show_default=True, metavar="FOLDER", help="For circuits and the drawing.")
@click.option("--json", "as_json", is_flag=True, help="Counts, overlaps and accuracies as JSON.")
def command(
    folder: str,
    task: str,
    methods: str,
    keep: float | None,
    ablation: str | None,
    seeds: int,
    away: bool,
    most: int,
    overrides: tuple[str, ...],
    out: str,
    as_json: bool,
) -> None:
    """Find the circuits of a task in a model of one's own, and compare them.

    \b
    corollary circuit ./gpt2 --task ioi
    corollary circuit ./gpt2 --task ioi --method eap-ig,fingerprint --keep 400
    corollary circuit ./pythia --task my_prompts.json --method oasr --seeds 2 --away
    """
    import corollary as co

    options = dict(option_of(text) for text in overrides)
    with Progress("circuit", "importing JAX") as progress:
        co.prepare()
        model = co.load(folder)
        found: list[Any] = []
        for method in methods.split(","):
            for seed in range(seeds):
                title = method if seed == 0 else f"{method} {seed}"
                before = found if away and method == "oasr" else []
                say = partial(_say, progress, title)
                one = co.circuit(
                    model, task, method, keep=keep, ablation=ablation, away=before, seed=seed, most=most,
                    on_progress=say, **options,
                )  # fmt: skip
                progress.say(f"{title}: accuracies")
                found.append(one)
        place = Path(out).expanduser() / "circuits" / Path(folder).name / Path(task).stem
        files = [str(one.save(place / f"{one.method}-{one.seed}.json")) for one in found]
        progress.say("comparing")
        pairs = [(one, other, _compared(one, other)) for one, other in combinations(found, 2)]
        picture = place / "circuits.svg"
        found[0].draw(*found[1:]).savefig(picture)
    if as_json:
        click.echo(to_json(_told(found, pairs, files, str(picture))))
        return
    for one in found:
        click.echo(f"{one}\n")
    for one, other, comparison in pairs:
        title = f"{one.method} (seed {one.seed}) and {other.method} (seed {other.seed})"
        click.echo(terminal.wrapped(title) + f"\n{comparison or 'one has no edges'}\n")
    click.echo("\n".join(["stored in", *(f"  {file}" for file in [*files, str(picture)])]))


def _say(progress: Progress, title: str, text: str) -> None:
    progress.say(f"{title}: {text}")


def _compared(one: Any, other: Any) -> Any:
    return one.compare(other) if one.kept.any() and other.kept.any() else None


def option_of(text: str) -> tuple[str, Any]:
    """NAME=VALUE as an option of a method."""
    import ast

    name, mark, value = text.partition("=")
    if not mark or not name:
        raise ValueError(f"--set {text!r} is not allowed; allowed: NAME=VALUE")
    try:
        return name, ast.literal_eval(value)
    except (SyntaxError, ValueError):
        return name, {"true": True, "false": False}.get(value.lower(), value)


def _told(found: list[Any], pairs: list[Any], files: list[str], picture: str) -> dict[str, Any]:
    circuits = [
        {
            "method": one.method, "seed": one.seed, "ablation": one.ablation, "edges": int(one.kept.sum()),
            "of": len(one.kept), "accuracies": one.alone(), "file": file,
        }
        for one, file in zip(found, files, strict=True)
    ]  # fmt: skip
    compared = [
        {
            "between": [f"{one.method} {one.seed}", f"{other.method} {other.seed}"],
            "overlap": None if comparison is None else vars(comparison.overlap),
            "accuracies": None if comparison is None else comparison.accuracies,
        }
        for one, other, comparison in pairs
    ]
    return {"circuits": circuits, "pairs": compared, "drawing": picture}
