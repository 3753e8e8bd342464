"""`corollary sweep`."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import click

from corollary.cli import terminal
from corollary.cli.options import depth_option, float32_option, out_option, seed_option, to_json
from corollary.cli.progress import Progress, Remaining, lasting
from corollary.paper import split_target
from corollary.sweeps.values import parse_assignments

MOST_ROWS = 60
"""Of the table that is printed; the rest stays in the dataset."""

MOST_FAILURES = 5


@click.command("sweep")
@click.argument("target", metavar="TARGET|PAPER/SWEEP|FILE.toml")
@click.argument("axes", nargs=-1, metavar="NAME=VALUES...")
@click.option("--zip", "zipped", is_flag=True, help="The n-th values of all axes make the n-th point.")
@click.option(
    "--replicates",
    "--seeds",
    default=0,
    type=click.IntRange(0),
    help="Seeds of a training; least samples of a measure.",
)
@click.option("--precision", default=0.0, type=click.FloatRange(0), help="Relative standard error that ends a point.")
@click.option("--budget", default=0, type=click.IntRange(0), help="Most samples of a point under --precision.")
@float32_option
@depth_option
@click.option("--alpha", default=1e-3, show_default=True, help="Error probability of a claim's point.")
@seed_option
@out_option
@click.option(
    "--engine",
    default="local",
    show_default=True,
    type=click.Choice(["local", "ray"]),
    help="Where points are computed.",
)
@click.option("--address", default="", help="Of the Ray cluster; by default one is started here.")
@click.option("--resources", default="", metavar="NAME=N,...", help="What each Ray task needs, such as CPU=4,TPU=4.")
@click.option("--hosts", default="", help="auto, or ADDRESS:PORT,INDEX,COUNT: the same command on every host.")
@click.option("--dry-run", is_flag=True, help="Say how many points, how long and how much memory, and compute nothing.")
@click.option("--list", "listing", is_flag=True, help="Name the sweeps that come with a paper.")
@click.option("--json", "as_json", is_flag=True, help="The rows as a JSON list.")
def command(target: str, axes: tuple[str, ...], listing: bool, dry_run: bool, as_json: bool, **given: Any) -> None:
    """Compute a quantity, a claim, a training or a measure of one's own over a grid. Run again, it computes only what
    is missing.

    \b
    corollary sweep icl-temperature/optimal_temperature d=50 l=50,100,200 sigma=0.1:10:log:16
    corollary sweep icl-temperature/error-drawn tau=0.5:4:log:8 --depth quick
    corollary sweep grokking/quadratic p=31,59,97 fraction=0.2:0.6:lin:9 --seeds 8
    corollary sweep icl-temperature/participation-in-keys

    An axis is a list (64,256,1024) or a range: low:high:lin|log:count, or low:high:xFACTOR (64:4096:x2).
    """
    if listing:
        _list(target)
        return
    from corollary.sweeps.file import SweepFile, read_sweep, shipped

    slug, name = split_target(target)
    file: SweepFile | None = None
    if target.endswith(".toml"):
        file = read_sweep(target)
    elif not axes and name in (known := shipped(slug)):
        file = read_sweep(known[name])
    if file is None and not axes:
        raise ValueError("a sweep needs at least one axis, such as tau=0.1:10:log:32")
    asked = _asked(given, file)
    wanted = {**(file.axes if file else {}), **parse_assignments(axes)}
    swept_target = file.target if file else target
    again = f"corollary sweep {shlex.join([target, *axes, *_typed(given)])}"
    if dry_run:
        _dry_run(swept_target, wanted, asked, again, file)
        return
    swept = _run(swept_target, wanted, asked, again, target)
    _show(swept, as_json, file)


def _asked(given: dict[str, Any], file: Any) -> dict[str, Any]:
    """The options of `sweep`: as typed, else as the file has them, else the defaults."""
    context = click.get_current_context()
    typed = {
        name: value
        for name, value in given.items()
        if file is None
        or name not in file.options
        or context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT
    }
    typed = {**(file.options if file else {}), **typed}
    resources = parse_assignments(tuple(part for part in typed.pop("resources").split(",") if part))
    try:
        typed["resources"] = {name: float(value) for name, value in resources.items()}
    except ValueError:
        raise ValueError(f"--resources {resources} is not allowed; allowed: numbers, such as CPU=4,TPU=4") from None
    return typed


def _typed(given: dict[str, Any]) -> list[str]:
    """The options that were typed, once more."""
    context = click.get_current_context()
    words = []
    for parameter in context.command.params:
        name = parameter.name or ""
        if name not in given or context.get_parameter_source(name) is click.core.ParameterSource.DEFAULT:
            continue
        flag = (
            (parameter.opts if given[name] else parameter.secondary_opts)[:1] if isinstance(given[name], bool) else []
        )
        words += flag or [parameter.opts[0], str(given[name])]
    return words


def _run(target: str, axes: dict[str, Any], asked: dict[str, Any], again: str, shown: str) -> Any:
    with Progress(shown, "importing and compiling") as progress:
        from corollary.point import label
        from corollary.sweeps.sweep import Interrupted, sweep

        remaining = Remaining()

        def watch(done: int, total: int, point: dict[str, Any], row: Any) -> None:
            progress.say(f"{done:,} of {total:,} points", f"last {label(point)}", remaining.after(done, total))

        try:
            with _to_stderr() if asked["hosts"] or asked["engine"] == "ray" else nullcontext():
                return sweep(target, axes, watch=watch, **asked)
        except Interrupted as stopped:
            ended = (stopped.done, stopped.total)
    click.echo(f"stopped after {ended[0]:,} of {ended[1]:,} points, which are kept; to go on:\n  {again}", err=True)
    sys.exit(130)


@contextmanager
def _to_stderr() -> Iterator[None]:
    """What libraries print on standard output of their own accord, such as how hosts find each other, goes aside."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def _show(swept: Any, as_json: bool, file: Any) -> None:
    failed = swept.attrs.get("failed", [])
    rows = swept.drop_vars("device", errors="ignore").to_dataframe().reset_index()
    if as_json:
        click.echo(to_json(rows.to_dict("records")))
    else:
        if file is not None:
            click.echo(terminal.wrapped(f"{file.title}; expected: {file.expects}"))
        click.echo(rows.head(MOST_ROWS).to_string(index=False, line_width=terminal.width()))
        if len(rows) > MOST_ROWS:
            click.echo(f"... and {len(rows) - MOST_ROWS:,} rows more")
    for point, why in failed[:MOST_FAILURES]:
        click.echo(
            terminal.wrapped(f"no value at ({', '.join(f'{n}={v}' for n, v in point.items())}): {why}"), err=True
        )
    if len(failed) > MOST_FAILURES:
        click.echo(f"and at {len(failed) - MOST_FAILURES:,} points more", err=True)
    holds = True
    for expected in file.expected if file is not None else ():
        from corollary.sweeps.verdict import judge

        verdict, said = judge(swept, expected)
        holds &= str(verdict) == "holds"
        click.echo(terminal.wrapped(f"{verdict}: {said}"), err=as_json)
    if "path" in swept.attrs and not as_json:
        click.echo(f"kept in {swept.attrs['path']}")
    if failed or not holds:
        sys.exit(1)


def _list(target: str) -> None:
    from corollary.paper import find_paper
    from corollary.sweeps.file import read_sweep, shipped

    slug, name = split_target(target)
    found = shipped(find_paper(slug).slug)
    for one, path in found.items():
        if name in ("", one):
            file = read_sweep(path)
            click.echo(terminal.wrapped(f"{slug}/{one}: {file.title}"))
            told = [("cost", file.cost), ("hardware", file.hardware), ("expect", file.expects), ("sweeps", file.target)]
            click.echo(terminal.definitions(told) + "\n")
    if not found:
        click.echo(f"{slug} comes with no sweep")


def _dry_run(target: str, axes: dict[str, Any], asked: dict[str, Any], again: str, file: Any) -> None:
    with Progress(target, "trying the smallest and the largest point"):
        from corollary.sweeps.dry_run import dry_run

        found = dry_run(target, axes, **asked)
    if file is not None:
        click.echo(terminal.wrapped(f"{file.title}; cost: {file.cost}; hardware: {file.hardware}"))
    told = [("points", f"{found.points:,}, of which {found.missing:,} are missing")]
    if found.replicates > 1:
        told.append(("replicates", f"{found.replicates:,} a point"))
    if found.missing:
        low, high = found.seconds
        said = lasting(high) if high < 1.2 * low or high < 1 else f"{lasting(low)} to {lasting(high)}"
        told.append(("time", f"{said} on this machine; a new shape takes {lasting(found.first)} more, once"))
        told.append(("memory", f"{found.memory / 2**30:.1f} GiB held at the ends of the grid"))
    click.echo(terminal.definitions(told))
    click.echo(f"to run it, or to go on after an interruption:\n  {again}")
