"""The sweeps that a results folder holds, each with its picture."""

from __future__ import annotations

from html import escape
from typing import Any

from corollary.reporting.figure import encode
from corollary.reporting.figure_list import ENLARGED, as_address
from corollary.reporting.sweep_figure import draw_sweep
from corollary.storage.store import Store
from corollary.sweeps.dataset import open_sweep

POINTS = 72
"""An inch."""

MOST_VALUES = 6
"""Of an axis that are named."""


def sweep_list(store: Store) -> str:
    """A section of the report; "" where there is no sweep."""
    cards = [_card(store, name) for name in store.names("sweeps/*/*/*/grid-*.json")]
    if not cards:
        return ""
    return f'<section id="sweeps"><h2>Sweeps</h2>{"".join(cards)}</section>'


def _card(store: Store, name: str) -> str:
    path = str(store.path / name)
    swept = open_sweep(path)
    target = str(swept.attrs["target"])
    axes = "; ".join(f"{axis} = {_values(swept[axis].values.tolist())}" for axis in swept.coords if axis != "seed")
    told = f"<h3>{escape(target)}</h3><p>{escape(str(swept.attrs['kind']))}: {escape(axes)}</p>"
    if "expects" in swept.attrs:
        told += f"<p>expected: {escape(str(swept.attrs['expects']))}</p>"
    try:
        figure = draw_sweep(swept)
    except ValueError as error:
        return f"<div>{told}<p>{escape(str(error))}</p></div>"
    content = encode(figure, "svg", f"sweep of {target}", f"corollary figures --sweep {path}")
    width = f"{ENLARGED * figure.get_figwidth() * POINTS:.0f}px"
    return (
        f'<div>{told}<div class=figures><figure><div class=scroll tabindex=0><img alt="sweep of {escape(target)}" '
        f'class=single style="width:{width}" src="{as_address(content)}"></div>'
        f"<figcaption><code>{escape(path)}</code></figcaption></figure></div></div>"
    )


def _values(values: list[Any]) -> str:
    said = [f"{value:.4g}" if isinstance(value, float) else str(value) for value in values]
    if len(said) <= MOST_VALUES:
        return ", ".join(said)
    return f"{', '.join(said[:3])}, ... {said[-1]} ({len(said)} values)"
