"""A contact sheet: the stored figures on one page, for the eye."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from corollary.paper import Paper
from corollary.reporting.figure import DOTS_PER_INCH
from corollary.storage.store import Store

WIDTH, GAP = 15.0, 0.25
"""Inches: the page's width, and what is free around each figure."""


def contact_sheet(wanted: Sequence[tuple[Paper, str]], store: Store) -> Any:
    """Writes figures/sheet.png, every stored figure of these on one page under its name, and returns its path. wanted:
    (paper, name) of each. Raises ValueError when none is stored as PNG."""
    from matplotlib.figure import Figure
    from matplotlib.image import imread

    stored = [(f"{paper.slug}/{name}", store.path / f"figures/{paper.slug}/{name}.png") for paper, name in wanted]
    images = [(title, imread(io.BytesIO(path.read_bytes()))) for title, path in stored if path.exists()]
    if not images:
        raise ValueError(f"out={str(store.path)!r} holds none of these figures as PNG; run `corollary figures` first")
    placed, height = _shelves([(image.shape[1] / DOTS_PER_INCH, image.shape[0] / DOTS_PER_INCH) for _, image in images])
    sheet = Figure(figsize=(WIDTH, height), dpi=DOTS_PER_INCH / 2)
    for (title, image), (left, top) in zip(images, placed, strict=True):
        rows, columns = image.shape[:2]
        size = (columns / DOTS_PER_INCH / WIDTH, rows / DOTS_PER_INCH / height)
        axes = sheet.add_axes((left / WIDTH, 1 - top / height - size[1], *size))
        axes.imshow(image, aspect="auto", interpolation="antialiased")
        axes.axis("off")
        sheet.text(left / WIDTH, 1 - (top - 0.05) / height, title, fontsize=8, weight="bold", va="bottom")
    buffer = io.BytesIO()
    sheet.savefig(buffer, format="png")
    return store.write("figures/sheet.png", buffer.getvalue())


def _shelves(sizes: Sequence[tuple[float, float]]) -> tuple[list[tuple[float, float]], float]:
    """((left, top) of each image, height of the page) in inches: in order, in rows that are filled from the left, with
    a line free above each image for its name. sizes: (width, height) of each."""
    placed, left, top, deepest = [], GAP, GAP, 0.0
    for width, height in sizes:
        if left > GAP and left + width + GAP > WIDTH:
            left, top, deepest = GAP, top + deepest + GAP, 0.0
        placed.append((left, top + GAP))
        left, deepest = left + width + GAP, max(deepest, height + GAP)
    return placed, top + deepest + GAP
