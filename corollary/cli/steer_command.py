"""`corollary steer`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from corollary.cli.circuit_command import option_of
from corollary.cli.options import to_json
from corollary.cli.progress import Progress


@click.command("steer")
@click.argument("folder")
@click.option("--concept", required=True, metavar="FILE", help="JSON: keywords, train, evaluate, utility.")
@click.option("--layer", required=True, type=int, help="After which the stream is changed.")
@click.option(
    "--method", "methods", default="caa,prosv", show_default=True, metavar="NAME,...", help="One, or several."
)
@click.option(
    "--strengths", default="0,0.5,1,1.5,2,3", show_default=True, metavar="X,...", help="0 is the plain model."
)
@click.option("--seeds", default=1, show_default=True, type=click.IntRange(1, 64), help="Fits of each method.")
@click.option("--tokens", default=64, show_default=True, type=click.IntRange(1, 100000), help="Of a reply, at most.")
@click.option(
    "--judge", "judge_file", default="", metavar="FILE", help="Python with judge(prompt, reply, plain, keywords)."
)
@click.option("--set", "overrides", multiple=True, metavar="METHOD.NAME=VALUE", help="An option of a method.")
@click.option("--out", default="results", show_default=True, metavar="FOLDER", help="For the numbers and the drawing.")
@click.option("--json", "as_json", is_flag=True, help="Every number as JSON.")
def command(
    folder: str,
    concept: str,
    layer: int,
    methods: str,
    strengths: str,
    seeds: int,
    tokens: int,
    judge_file: str,
    overrides: tuple[str, ...],
    out: str,
    as_json: bool,
) -> None:
    """Steer a model of one's own towards a concept by several methods, and compare what each shows and what it costs.

    \b
    corollary steer ./gemma --concept sea.json --layer 10
    corollary steer ./gemma --concept sea.json --layer 10 --method caa,psr,prosv --seeds 5
    corollary steer ./gemma --concept sea.json --layer 10 --judge my_judge.py --set prosv.steps=200
    """
    import corollary as co

    swept = [_number(text) for text in strengths.split(",")]
    options: dict[str, dict[str, Any]] = {}
    for text in overrides:
        name, value = option_of(text)
        method, dot, option = name.partition(".")
        if not dot:
            raise ValueError(f"--set {text!r} is not allowed; allowed: METHOD.NAME=VALUE")
        options.setdefault(method, {})[option] = value
    with Progress("steer", "importing JAX") as progress:
        co.prepare()
        found = co.steer(
            folder, concept, methods.split(","), layer=layer, strengths=swept, seeds=seeds, tokens=tokens,
            judge=judge_file, options=options, on_progress=progress.say,
        )  # fmt: skip
        place = Path(out).expanduser() / "steering" / Path(folder).name / Path(concept).stem
        file = found.save(place / "frontier.json")
        picture = place / "frontier.svg"
        found.draw().savefig(picture)
    if as_json:
        click.echo(to_json({"best": found.best(), "numbers": str(file), "drawing": str(picture)}))
        return
    click.echo(f"{found}\n" + "\n".join(["stored in", f"  {file}", f"  {picture}"]))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"--strengths has {text!r}, which is not allowed; allowed: numbers and commas") from None
