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
@click.option("--preset", default="", metavar="NAME", help="Settings that go together; --list names them.")
@click.option("--seeds", default=1, show_default=True, type=click.IntRange(1, 4096), help="Trained side by side.")
@click.option("--first-seed", default=0, show_default=True, type=click.IntRange(0, 2**31), help="The first of them.")
@click.option("--checkpoint", "checkpoints", multiple=True, type=int, metavar="STEP", help="Keep this step too.")
@click.option("--measure", default="", metavar="NAME,...", help="Instruments to apply to every checkpoint; or: all.")
@out_option
@click.option("--list", "listing", is_flag=True, help="Say what the run is and offers, and train nothing.")
@click.option("--json", "as_json", is_flag=True, help="The measured numbers as JSON.")
def command(
    target: str,
    overrides: tuple[str, ...],
    preset: str,
    seeds: int,
    first_seed: int,
    checkpoints: tuple[int, ...],
    measure: str,
    out: str,
    listing: bool,
    as_json: bool,
) -> None:
    """Run a training experiment. Interrupted, the same command goes on where it was and ends in the same bits.

    \b
    corollary train icl-temperature
    corollary train icl-temperature/attention --set attention=softmax --seeds 4
    corollary train grokking/transformer --list
    corollary train grokking/transformer --preset sub --measure all
    """
    slug, name = split_target(target)
    paper = find_paper(slug)
    if listing or not name:
        for one in [name] if name else paper.runs:
            click.echo(describe(f"{slug}/{one}", paper.run(one)) + "\n")
        return
    run = paper.run(name)
    from corollary.runtime import prepare
    from corollary.training.instruments import instruments_of, measure_along
    from corollary.training.run import train

    wanted = instruments_of(run, measure.split(",")) if measure else []
    prepare(str(out) + "/compiled" if "://" not in out else None, batches_linear_algebra=not run.in_turn)
    trained = range(first_seed, first_seed + seeds)
    with TrainingDisplay(quiet=as_json) as display:
        result = train(run, list(overrides), trained, out, display.show, checkpoints=checkpoints, preset=preset)
        along = measure_along(run, wanted, list(overrides), trained, out, display.measuring, preset) if wanted else []
    if as_json:
        click.echo(
            to_json(
                {
                    "run": target,
                    "config": result.config,
                    "seeds": result.seeds,
                    "stopped": result.stopped,
                    "measurements": result.measurements,
                    "measured": [{"seed": one.seed, "steps": one.steps, **one.values} for one in along],
                    "folder": str(result.folder),
                }
            )
        )
        return
    click.echo(f"{target}: {run.says}\nexpected: {run.presets[preset].expects if preset else run.expects}")
    for number, values in result.measurements.items():
        click.echo(f"  {number:36} {_summary(values)}")
    for row in along:
        click.echo(table(row))
    click.echo(f"stored in {result.folder}")


def _summary(values: np.ndarray) -> str:
    """Mean and spread over seeds; where some never got there, how many did, and the median of those."""
    there = values[np.isfinite(values)]
    if len(there) < len(values):
        return "never" if not len(there) else f"{np.median(there):.6g} (median of {len(there)} in {len(values)} seeds)"
    spread = f"  (sd {np.std(values, ddof=1):.3g} over {len(values)} seeds)" if len(values) > 1 else ""
    return f"{np.mean(values):.6g}{spread}"


def table(measured: Any, columns: int = 7) -> str:
    """One seed's measurements, a line a number, at steps spread evenly over those that were measured."""
    shown = np.unique(np.linspace(0, len(measured.steps) - 1, columns).round().astype(int))
    width = max(map(len, measured.values), default=0)
    lines = [f"seed {measured.seed}, at step".ljust(width + 2) + "".join(f"{measured.steps[i]:>10}" for i in shown)]
    for name, values in measured.values.items():
        lines.append(f"  {name:{width}}" + "".join(f"{values[i]:>10.4g}" for i in shown))
    return "\n".join(lines)


def describe(name: str, run: Any) -> str:
    """A run in words: what, cost, expectation, and its settings with their defaults."""
    lines = [f"{name}: {run.says}", f"  cost: {run.cost}", f"  expect: {run.expects}"]
    for key, setting in run.settings.items():
        choices = f" ({', '.join(setting.choices)})" if setting.choices else ""
        lines.append(f"  --set {key}={setting.default}  {setting.meaning}{choices}")
    for key, preset in run.presets.items():
        changed = " ".join(f"{name}={value}" for name, value in preset.settings.items())
        lines += [f"  --preset {key}  {changed}", f"      cost: {preset.cost}", f"      expect: {preset.expects}"]
    if run.instruments:
        lines.append(f"  --measure {','.join(run.instruments)}")
    return "\n".join(lines)


class TrainingDisplay:
    """A progress bar with the latest metrics, averaged over seeds. It appears with the first report, so that bad input
    gets its one line alone."""

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
        return self

    def __exit__(self, *exception: Any) -> None:
        if self.bar.live.is_started:
            self.bar.stop()

    def show(self, progress: Any) -> None:
        self.bar.start()
        metrics = "  ".join(f"{name} {float(np.mean(values)):.4g}" for name, values in progress.metrics.items())
        self.bar.update(
            self.task, description=progress.phase, completed=progress.step, total=progress.steps, metrics=metrics
        )

    def measuring(self, what: str, done: int, total: int) -> None:
        self.bar.update(self.task, description="measure", completed=done, total=total, metrics=what)
