"""`corollary train`."""

from __future__ import annotations

from typing import Any

import click
import numpy as np

from corollary.cli import terminal
from corollary.cli.options import out_option, to_json
from corollary.cli.progress import Progress, Remaining
from corollary.paper import find_paper, split_target

MOST, FEWEST, COLUMN, HANG = 7, 3, 10, 4
"""Of the table of what was measured: the most and the fewest steps, the width of each, the indent below a name."""


@click.command("train")
@click.argument("target", metavar="PAPER/RUN")
@click.option(
    "--set", "overrides", multiple=True, metavar="NAME=VALUE", help="Change a setting; may be given several times."
)
@click.option("--preset", default="", metavar="NAME", help="Settings that go together; --list names them.")
@click.option("--seeds", default=1, show_default=True, type=click.IntRange(1, 4096), help="Trained side by side.")
@click.option("--first-seed", default=0, show_default=True, type=click.IntRange(0, 2**31), help="The first of them.")
@click.option("--keep", "checkpoints", multiple=True, type=int, metavar="STEP", help="Keep this step's state too.")
@click.option("--checkpoint", "folder", default="", metavar="FOLDER", help="A model of one's own, where one is taken.")
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
    folder: str,
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
    corollary train attention-sink/checkpoint --checkpoint ./gpt2
    """
    slug, name = split_target(target)
    paper = find_paper(slug)
    if listing or not name:
        for one in [name] if name else [*paper.runs, *paper.applications]:
            offered = paper.application(one) if one in paper.applications else paper.run(one)
            click.echo(describe(f"{slug}/{one}", offered) + "\n")
        return
    if name in paper.applications:
        _apply(paper.application(name), target, folder, list(overrides), out, as_json)
        return
    if folder:
        allowed = ", ".join(f"{slug}/{one}" for one in paper.applications) or "nothing of this paper"
        raise ValueError(f"--checkpoint with {target} is not allowed; allowed: {allowed}")
    with TrainingDisplay(target) as display:
        run = paper.run(name)
        from corollary.runtime import prepare
        from corollary.training.instruments import instruments_of, measure_along
        from corollary.training.run import train

        wanted = instruments_of(run, measure.split(",")) if measure else []
        prepare(str(out) + "/compiled" if "://" not in out else None, batches_linear_algebra=not run.in_turn)
        trained = range(first_seed, first_seed + seeds)
        display.tracing()
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
    expected = run.presets[preset].expects if preset else run.expects
    click.echo(terminal.wrapped(f"{target}: {run.says}") + "\n" + terminal.wrapped(f"expected: {expected}"))
    click.echo(terminal.definitions((number, _summary(values)) for number, values in result.measurements.items()))
    for row in along:
        click.echo(table(row))
    click.echo(f"stored in {result.folder}")  # a path is not cut, so that it can be copied


def _apply(application: Any, target: str, folder: str, overrides: list[str], out: str, as_json: bool) -> None:
    """Applies to a model of one's own, prints its numbers, and draws its figure beside them."""
    if not folder:
        raise ValueError(f"{target} needs --checkpoint FOLDER, a local folder with config.json and safetensors files")
    with Progress(target, "importing JAX") as progress:
        from corollary.reporting.applied import draw_applied
        from corollary.runtime import prepare
        from corollary.training.application import apply

        prepare(str(out) + "/compiled" if "://" not in out else None)
        applied = apply(application, folder, overrides, out, progress.say)
        progress.say("drawing")
        picture = draw_applied(applied)
    if as_json:
        told = {"application": target, "model": applied.model, "config": applied.config}
        click.echo(to_json({**told, "measurements": applied.measurements, "figure": picture, "stored": applied.place}))
        return
    click.echo(terminal.wrapped(f"{target} of {applied.model}: {application.says}"))
    click.echo(terminal.wrapped(f"expected: {application.expects}"))
    click.echo(terminal.definitions((name, f"{value:.6g}") for name, value in applied.measurements.items()))
    click.echo(f"drawn in {picture}")


def _summary(values: np.ndarray) -> str:
    """Mean and spread over seeds; where some never got there, how many did, and the median of those."""
    there = values[np.isfinite(values)]
    if len(there) < len(values):
        return "never" if not len(there) else f"{np.median(there):.6g} (median of {len(there)} in {len(values)} seeds)"
    spread = f"  (sd {np.std(values, ddof=1):.3g} over {len(values)} seeds)" if len(values) > 1 else ""
    return f"{np.mean(values):.6g}{spread}"


def table(measured: Any) -> str:
    """One seed's measurements, a line a number, at as many steps as fit, spread evenly over those that were measured.
    Where a name leaves room for few, it stands on a line of its own."""
    names = max((len(name) for name in measured.values), default=0) + 2
    above = terminal.width() - names < FEWEST * COLUMN
    left = HANG if above else names
    columns = max(FEWEST, min(MOST, (terminal.width() - left) // COLUMN))
    shown = np.unique(np.linspace(0, len(measured.steps) - 1, columns).round().astype(int))

    def line(start: str, cells: Any) -> str:
        row = start.ljust(left) + "".join(f"{cell:>{COLUMN}}" for cell in cells)
        return row if len(start) <= left else f"{start}\n{row[len(start) :].rjust(left + len(row) - len(start))}"

    lines = [f"seed {measured.seed}", line("  at step", [measured.steps[i] for i in shown])]
    lines += [line(f"  {name}", [f"{values[i]:.4g}" for i in shown]) for name, values in measured.values.items()]
    return "\n".join(lines)


def describe(name: str, run: Any) -> str:
    """A run in words: what, cost, expectation, and its settings with their defaults."""
    settings = [
        (
            f"--set {key}={setting.default}".replace("\n", "\\n"),  # a line each
            setting.meaning + (f" ({', '.join(setting.choices)})" if setting.choices else ""),
        )
        for key, setting in run.settings.items()
    ]
    presets = [
        (
            f"--preset {key}",
            " ".join(f"{name}={value}" for name, value in preset.settings.items())
            + f"; cost: {preset.cost}; expect: {preset.expects}",
        )
        for key, preset in run.presets.items()
    ]
    instruments = [("--measure", ", ".join(run.instruments))] if run.instruments else []
    return "\n".join(
        [
            terminal.wrapped(f"{name}: {run.says}"),
            terminal.definitions([("cost", run.cost), ("expect", run.expects)]),
            terminal.definitions([*settings, *presets, *instruments]),
        ]
    )


class TrainingDisplay:
    """Says what a training does: what it loads, that it compiles, how far it is, its latest metrics averaged over
    seeds, and the time left."""

    def __init__(self, target: str):
        self._progress = Progress(target, "importing JAX")
        self._remaining = Remaining()
        self._begun = False

    def __enter__(self) -> TrainingDisplay:
        self._progress.__enter__()
        return self

    def __exit__(self, *exception: Any) -> None:
        self._progress.__exit__(*exception)

    def tracing(self) -> None:
        self._progress.say("tracing the program")

    def show(self, progress: Any) -> None:
        """The first report comes before the first step, whose program is compiled then."""
        where = f"step {progress.step} of {progress.steps}"
        metrics = "  ".join(f"{name} {float(np.mean(values)):.4g}" for name, values in progress.metrics.items())
        if progress.phase == "evaluate":
            self._progress.say("evaluating", metrics)
        elif not self._begun:
            self._progress.say(f"compiling, {where}")
        else:
            left = self._remaining.after(progress.step, progress.steps)
            self._progress.say(where, metrics, f"at most {left}" if left else "")
        self._begun = True

    def measuring(self, what: str, done: int, total: int) -> None:
        self._progress.say(f"measuring, {done} of {total} states", what)
