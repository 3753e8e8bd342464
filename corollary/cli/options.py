"""Options that several commands share, and how values and JSON are written."""

from __future__ import annotations

import json
import math
from typing import Any

import click

from corollary.point import DEPTHS
from corollary.storage.store import plain

out_option = click.option("--out", default="results", show_default=True, help="Results folder, local or bucket.")
seed_option = click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(0, 2**31 - 1), help="Of all random numbers."
)
depth_option = click.option(
    "--depth",
    default="standard",
    show_default=True,
    type=click.Choice(DEPTHS),
    help="Grids, margins and budgets; never the decision rule.",
)
float32_option = click.option(
    "--float32/--float64",
    "float32",
    default=None,
    help="Precision of measures; by default float64, and float32 on a TPU. What float32 adds is bounded first.",
)


def to_json(value: Any) -> str:
    """Strict JSON: an infinity or a NaN becomes the string that names it."""
    return json.dumps(_strict(plain(value)), indent=1, ensure_ascii=False)


def _strict(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _strict(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_strict(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def write_json(value: Any, path: str) -> None:
    """Writes JSON to a file, or to standard output for "-". Raises ValueError when the file cannot be written."""
    if path == "-":
        click.echo(to_json(value))
        return
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(to_json(value) + "\n")
    except OSError as error:
        raise ValueError(
            f"json={path!r} cannot be written ({error.strerror}); allowed: a file in a folder that exists"
        ) from None
