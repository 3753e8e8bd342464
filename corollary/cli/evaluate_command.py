"""`corollary evaluate`."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
import numpy as np

from corollary.cli.options import to_json
from corollary.paper import find_paper, split_target
from corollary.sweeps.values import parse_assignments, parse_value

PATIENCE = 2.0
"""Seconds without an answer after which a line says that the computation goes on; then at ever longer intervals."""


@click.command("evaluate")
@click.argument("target", metavar="PAPER/QUANTITY")
@click.argument("inputs", nargs=-1, metavar="NAME=VALUE...")
@click.option("--digits", type=click.IntRange(1, 10_000), help="Decimal digits, where the formula allows it.")
@click.option("--list", "as_list", is_flag=True, help="Name the paper's quantities with their arguments.")
@click.option("--json", "as_json", is_flag=True, help="As JSON: paper, quantity, inputs, value.")
def command(target: str, inputs: tuple[str, ...], digits: int | None, as_list: bool, as_json: bool) -> None:
    """Print a closed form's value. Numbers may be fractions (3/10); matrices are JSON or .npz files.

    \b
    corollary evaluate icl-temperature --list
    corollary evaluate icl-temperature/optimal_temperature d=50 l=50 Sigma_x=2 --digits 50
    corollary evaluate icl-temperature/error "Sigma_x=[[1.2,3/10],[3/10,0.8]]" tau=1.5 l=6
    """
    slug, name = split_target(target)
    paper = find_paper(slug)
    if as_list or not name:
        names = [name] if name else list(paper.quantities)
        described = [_describe(paper.quantity(one)) for one in names]
        click.echo(to_json(described) if as_json else "\n\n".join(_text(one) for one in described))
        return
    sys.set_int_max_str_digits(0)  # whole numbers are printed in full
    quantity = paper.quantity(name)
    texts = parse_assignments(inputs)
    with still_computing(target):
        value = quantity(
            digits=digits, **{key: parse_value(key, text, digits is not None) for key, text in texts.items()}
        )
    remark = quantity.remark(value)
    if as_json:
        typed = {key: parse_value(key, text) for key, text in texts.items()}
        shown = {"paper": slug, "quantity": name, "inputs": typed, "value": _for_json(value, digits)}
        click.echo(to_json({**shown, "remark": remark} if remark else shown))
    else:
        click.echo(_shown(value, digits))
        if remark:
            click.echo(remark, err=True)


@contextmanager
def still_computing(what: str) -> Iterator[None]:
    """Says on stderr that the work inside goes on, once it has taken `PATIENCE` seconds and then ever more rarely."""
    done = threading.Event()
    started = time.monotonic()

    def watch() -> None:
        pause = PATIENCE
        while not done.wait(pause):
            click.echo(f"still computing {what} ({time.monotonic() - started:.0f} s)", err=True)
            pause *= 2

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _shown(value: Any, digits: int | None) -> str:
    """A value in words: whole numbers and truth values as such, floats to their last digit, one entry of a dict a
    line."""
    if isinstance(value, dict):
        return "\n".join(f"{name} = {_shown(item, digits)}" for name, item in value.items())
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        return repr(float(value))
    if np.ndim(value) > 0:
        return to_json(value) if digits is None else f"[{', '.join(_shown(item, digits) for item in value)}]"
    return str(_for_json(value, digits))


def _for_json(value: Any, digits: int | None) -> Any:
    """The value with its mpmath numbers as texts of so many digits."""
    if isinstance(value, dict):
        return {name: _for_json(item, digits) for name, item in value.items()}
    if np.ndim(value) > 0 and digits is not None:
        return [_for_json(item, digits) for item in value]
    if hasattr(value, "_mpf_"):
        import mpmath

        return mpmath.nstr(value, digits or 17)
    return value


def _describe(quantity: Any) -> dict[str, Any]:
    from corollary.formulas.quantity import REQUIRED

    arguments = [
        {
            "name": a.name,
            "aliases": list(a.aliases),
            "meaning": a.meaning,
            "allowed": a.domain.says,
            "required": a.default is REQUIRED,
            "default": None if a.default is REQUIRED else a.default,
        }
        for a in quantity.arguments
    ]
    return {"quantity": quantity.name, "meaning": quantity.meaning, "source": quantity.source, "arguments": arguments}


def _text(described: dict[str, Any]) -> str:
    lines = [f"{described['quantity']}: {described['meaning']} ({described['source']})"]
    for argument in described["arguments"]:
        names = ", ".join([argument["name"], *argument["aliases"]])
        default = (
            "required"
            if argument["required"]
            else f"default {argument['default']}"
            if argument["default"] is not None
            else "optional"
        )
        lines.append(f"  {names:32} {argument['meaning']}; {argument['allowed']} ({default})")
    return "\n".join(lines)
