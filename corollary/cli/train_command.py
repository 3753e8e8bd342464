"""`corollary train`."""

from __future__ import annotations

from typing import Any

import click
import numpy as np

from corollary.cli.options import out_option, to_json
from corollary.paper import find_paper, split_target


@click.command("train")
@click.argument("target", metavar="PAPER/RUN")
@click.option(
    "--set", "overrides", multiple=True, metavar="NAME=VALUE", help="Change a setting; may be given several times."
)
@click.option("--seeds", default=1, show_default=True, type=click.IntRange(1, 4096), help="Trained side by side.")
@click.option("--first-seed", default=0, show_default=True, type=click.IntRange(0, 2**31), help="The first of them.")
@out_option
@click.option("--json", "as_json", is_flag=True, help="The measured numbers as JSON.")
def command(target: str, overrides: tuple[str, ...], seeds: int, first_seed: int, out: str, as_json: bool) -> None:
    """Run a training experiment. Interrupted, the same command goes on where it was and ends in the same bits.

    \b
    corollary train icl-temperature
    corollary train icl-temperature/attention --set attention=softmax --seeds 4
    """
    slug, name = split_target(target)
    paper = find_paper(slug)
    if not name:
        for one in paper.runs:
            click.echo(describe(f"{slug}/{one}", paper.run(one)) + "\n")
        return
    run = paper.run(name)
    from corollary.runtime import prepare
    from corollary.training import train

    prepare(str(out) + "/compiled" if "://" not in out else None)
    with TrainingDisplay(quiet=as_json) as display:
        result = train(run, list(overrides), range(first_seed, first_seed + seeds), out, display.show)
    if as_json:
        click.echo(
            to_json(
                {
                    "run": target,
                    "config": result.config,
                    "seeds": result.seeds,
                    "measurements": result.measurements,
                    "folder": str(result.folder),
                }
            )
        )
        return
    click.echo(f"{target}: {run.says}\nexpected: {run.expects}")
    for measure, values in result.measurements.items():
        spread = f"  (sd {np.std(values, ddof=1):.3g} over {seeds} seeds)" if seeds > 1 else ""
        click.echo(f"  {measure:36} {np.mean(values):.6g}{spread}")
    click.echo(f"stored in {result.folder}")


def describe(name: str, run: Any) -> str:
    """A run in words: what, cost, expectation, and its settings with their defaults."""
    lines = [f"{name}: {run.says}", f"  cost: {run.cost}", f"  expect: {run.expects}"]
    for key, setting in run.settings.items():
        choices = f" ({', '.join(setting.choices)})" if setting.choices else ""
        lines.append(f"  --set {key}={setting.default}  {setting.meaning}{choices}")
    return "\n".join(lines)


class TrainingDisplay:
    """A progress bar with the latest metrics, averaged over seeds."""

    def __init__(self, quiet: bool):
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total}"),
            TextColumn("{task.fields[metrics]}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            disable=quiet,
        )
        self.task = self.bar.add_task("train", total=1, metrics="")

    def __enter__(self) -> TrainingDisplay:
        self.bar.start()
        return self

    def __exit__(self, *exception: Any) -> None:
        self.bar.stop()

    def show(self, progress: Any) -> None:
        metrics = "  ".join(f"{name} {float(np.mean(values)):.4g}" for name, values in progress.metrics.items())
        self.bar.update(
            self.task, description=progress.phase, completed=progress.step, total=progress.steps, metrics=metrics
        )
