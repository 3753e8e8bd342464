"""What every figure is made of: widths of a two-column page, the palette, legends that cover nothing, plain ticks, and
the small print."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from corollary.reporting.figure import COLOURS, small_print

__all__ = ["COLOURS", "WIDTHS", "figure", "legend_above", "plain_ticks", "small_print"]

WIDTHS = {"column": 3.4, "text": 7.0}
"""Inches: one column, and the full text width."""


def figure(
    width: str = "column", height: float = 2.4, rows: int = 1, columns: int = 1, **subplots: Any
) -> tuple[Figure, Any]:
    """(figure, axes): a figure of the named width and of `height` inches, with a grid of axes laid out so that labels
    never overlap. subplots: passed to `Figure.subplots` (sharex, sharey, width_ratios, subplot_kw ...)."""
    drawn = Figure(figsize=(WIDTHS[width], height), layout="constrained")
    return drawn, drawn.subplots(rows, columns, **subplots)


def legend_above(axes: Axes, title: str = "", columns: int = 0, **legend: Any) -> None:
    """The axes' legend above them, under its title. columns: how many entries a line, all of them by default. legend:
    passed to `Axes.legend` (handles, ...)."""
    entries = len(legend.get("handles") or axes.get_legend_handles_labels()[0])
    placed = {
        "title": title or None,
        "title_fontsize": 8,
        "ncols": columns or entries,
        "loc": "lower center",
        "bbox_to_anchor": (0.5, 1.0),
        "borderaxespad": 0.3,
        "columnspacing": 1,
        "handlelength": 1.6,
        "handletextpad": 0.5,
    }
    axes.legend(**{**placed, **legend})


def plain_ticks(axis: Axis, values: Sequence[float]) -> None:
    """Ticks of a Matplotlib axis at these values alone: over a decade or two they read better than powers of ten."""
    axis.set_ticks(values, labels=[f"{value:g}" for value in values])
    axis.set_minor_locator(NullLocator())
