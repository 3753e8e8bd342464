"""The figures of a paper, embedded in the page."""

from __future__ import annotations

import base64
import re
from html import escape
from urllib.parse import quote

from corollary.paper import Paper
from corollary.reporting.markup import findable
from corollary.storage.store import Store

ENLARGED = 1.5
"""Figures are shown so many times their printed size, for their smallest text of 6 points to be 12 pixels high."""

SINGLE = 600
"""Pixels up to which an enlarged figure is fitted to a narrow screen; a wider one is scrolled in its place."""

UNCHANGED = " <>/:;=,'()-.+!?*@[]{}|~$^"
"""What may stand in an address between double quotes as it is."""

LARGEST_SVG = 150_000
"""Bytes from which on a figure is embedded as the PNG that lies beside it, if that is smaller."""


def figure_list(paper: Paper, store: Store) -> str:
    """The figures that the folder holds, "" when there are none."""
    shown = []
    for name, says in paper.figures.items():
        image = embedded(paper, name, store)
        if image:
            shown.append(
                f'<figure id="{escape(paper.slug)}/figure/{escape(name)}" {findable(paper.slug, name)}><div class=scroll tabindex=0>'
                f"{image}</div><figcaption>{escape(says[:1].upper() + says[1:])}</figcaption></figure>"
            )
    return f"<h3>Figures</h3><div class=figures>{''.join(shown)}</div>" if shown else ""


def embedded(paper: Paper, name: str, store: Store) -> str:
    """An image of a stored figure, "" when it was not drawn."""
    svg, png = (store.path / f"figures/{paper.slug}/{name}.{kind}" for kind in ("svg", "png"))
    if not svg.exists():
        return ""
    content = svg.read_bytes()
    width = _width(content)
    data = as_address(content)
    if len(content) > LARGEST_SVG and png.exists():
        data = min(data, f"data:image/png;base64,{base64.b64encode(png.read_bytes()).decode()}", key=len)
    size = f' style="width:{ENLARGED * width:.0f}px"' if width else ""
    size += " class=single" if ENLARGED * width <= SINGLE else ""
    return f'<img alt="{escape(paper.figures[name])}"{size} src="{data}">'


def as_address(content: bytes) -> str:
    """An SVG as an address, its paths rounded to hundredths of a point; shorter than in base 64."""
    text = re.sub(r'\bd="[^"]*"', lambda path: re.sub(r"(\.\d\d)\d+", r"\1", path.group()), content.decode())
    return f"data:image/svg+xml,{quote(' '.join(text.split()), safe=UNCHANGED)}"


def _width(svg: bytes) -> float:
    """Pixels that the figure is wide in print; 0 where it does not say."""
    found = re.search(rb'<svg[^>]*\bwidth="([\d.]+)pt"', svg)
    return float(found.group(1)) * 96 / 72 if found else 0.0
