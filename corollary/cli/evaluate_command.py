"""`corollary evaluate`."""

from __future__ import annotations

from typing import Any

import click
import numpy as np

from corollary.cli.options import to_json
from corollary.paper import find_paper, split_target
from corollary.sweeps.values import parse_assignments, parse_value


@click.command("evaluate")
@click.argument("target", metavar="PAPER/QUANTITY")
@click.argument("inputs", nargs=-1, metavar="NAME=VALUE...")
@click.option("--digits", type=click.IntRange(1, 10_000), help="Decimal digits, where the formula allows it.")
@click.option("--list", "as_list", is_flag=True, help="Name the paper's quantities with their arguments.")
@click.option("--json", "as_json", is_flag=True, help="As JSON: paper, quantity, inputs, value.")
def command(target: str, inputs: tuple[str, ...], digits: int | None, as_list: bool, as_json: bool) -> None:
    """Print a closed form's value. Matrices are JSON or .npz files.

    \b
    corollary evaluate icl-temperature --list
    corollary evaluate icl-temperature/optimal_temperature d=50 l=50 Sigma_x=2 --digits 50
    corollary evaluate icl-temperature/error "Sigma_x=[[1.2,0.3],[0.3,0.8]]" tau=1.5 l=6
    """
    slug, name = split_target(target)
    paper = find_paper(slug)
    if as_list or not name:
        names = [name] if name else list(paper.quantities)
        described = [_describe(paper.quantity(one)) for one in names]
        click.echo(to_json(described) if as_json else "\n\n".join(_text(one) for one in described))
        return
    quantity = paper.quantity(name)
    typed = {key: parse_value(key, text, exact=digits is not None) for key, text in parse_assignments(inputs).items()}
    value = quantity(digits=digits, **typed)
    remark = quantity.remark(value)
    if as_json:
        shown = {"paper": slug, "quantity": name, "inputs": typed, "value": _digits(value, digits)}
        click.echo(to_json({**shown, "remark": remark} if remark else shown))
    else:
        click.echo(_shown(value, digits))
        if remark:
            click.echo(remark, err=True)


def _digits(value: Any, digits: int | None) -> Any:
    if digits is None:
        return value
    import mpmath

    return mpmath.nstr(value, digits) if np.ndim(value) == 0 else [_digits(item, digits) for item in value]


def _shown(value: Any, digits: int | None) -> str:
    if digits is not None or isinstance(value, str):
        return str(_digits(value, digits))
    if isinstance(value, dict):
        return "\n".join(f"{name} = {_shown(item, None)}" for name, item in value.items())
    return repr(float(value)) if np.ndim(value) == 0 else to_json(value)


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
