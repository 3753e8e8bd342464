"""`corollary evaluate`."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

import click
import numpy as np

from corollary.cli import terminal
from corollary.cli.options import to_json
from corollary.cli.progress import Progress
from corollary.paper import find_paper, split_target
from corollary.sweeps.values import parse_assignments, parse_value


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
    remark = ""
    with Progress(target, "importing SymPy") as progress:
        if as_list or not name:
            described = [_describe(paper.quantity(one)) for one in ([name] if name else paper.quantities)]
            shown = to_json(described) if as_json else _listed(slug, described)
        else:
            sys.set_int_max_str_digits(0)  # whole numbers are printed in full
            quantity = paper.quantity(name)
            texts = parse_assignments(inputs)
            progress.say("computing")
            shown, remark = _computed(quantity, texts, digits, {"paper": slug, "quantity": name} if as_json else None)
    click.echo(shown)
    if remark:
        click.echo(remark, err=True)


def _computed(
    quantity: Any, texts: dict[str, str], digits: int | None, record: dict[str, Any] | None
) -> tuple[str, str]:
    """The value as it is printed, and a remark on it, which stands in the JSON where there is a record to write."""
    typed = {key: parse_value(key, text, digits is not None) for key, text in texts.items()}
    value = quantity(digits=digits, **typed)
    remark = quantity.remark(value) or ""
    if record is None:
        return _shown(value, digits), remark
    typed = {key: parse_value(key, text) for key, text in texts.items()}
    found = {**record, "inputs": typed, "value": _for_json(value, digits)}
    return to_json({**found, "remark": remark} if remark else found), ""


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


def _listed(slug: str, described: list[dict[str, Any]]) -> str:
    """Every quantity with the names of its arguments; what they mean once for all that mean the same by them, else
    with the quantity."""
    meant = Counter(_argument(argument) for one in described for argument in one["arguments"])
    shared: dict[str, str] = {}
    for (name, says), times in meant.most_common():
        if times > 1:
            shared.setdefault(name, says)
    parts = [_quantity(slug, one, shared) for one in described]
    if shared:
        order = dict.fromkeys(_argument(argument)[0] for one in described for argument in one["arguments"])
        named = [(name, shared[name]) for name in order if name in shared]
        parts.append(terminal.heading("arguments that several of them take") + "\n" + terminal.definitions(named))
    return "\n\n".join(parts)


def _quantity(slug: str, described: dict[str, Any], shared: dict[str, str]) -> str:
    """What it is; then what it takes, optional arguments in brackets; then the arguments that are its own."""
    says = f"{described['meaning']} [{described['source']}]"
    takes = [one["name"] if one["required"] else f"[{one['name']}]" for one in described["arguments"]]
    own = [(name, says) for name, says in map(_argument, described["arguments"]) if shared.get(name) != says]
    lines = [terminal.heading(f"{slug}/{described['quantity']}"), terminal.wrapped(says, 4)]
    if shared:
        lines.append(terminal.wrapped("takes " + " ".join(takes), 4, 6))
    return "\n".join([*lines, terminal.definitions(own, 4)] if own else lines)


def _argument(argument: dict[str, Any]) -> tuple[str, str]:
    """Its names, and what it means, may be and is by default."""
    default = (
        "required"
        if argument["required"]
        else f"default {argument['default']}"
        if argument["default"] is not None
        else "optional"
    )
    names = ", ".join([argument["name"], *argument["aliases"]])
    return names, f"{argument['meaning']}; {argument['allowed']} ({default})"
