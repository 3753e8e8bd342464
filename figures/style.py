"""What every figure starts from: widths of a two-column page, the palette, and the small print."""

from typing import Any

from matplotlib.figure import Figure

from corollary.reporting.figure import COLOURS, small_print

__all__ = ["COLOURS", "WIDTHS", "figure", "small_print"]

WIDTHS = {"column": 3.4, "text": 7.0}
"""Inches: one column, and the full text width."""


def figure(
    width: str = "column", height: float = 2.4, rows: int = 1, columns: int = 1, **subplots: Any
) -> tuple[Figure, Any]:
    """(figure, axes): a figure of the named width and of `height` inches, with a grid of axes laid out so that labels
    never overlap. subplots: passed to `Figure.subplots` (sharex, sharey, width_ratios, subplot_kw ...)."""
    drawn = Figure(figsize=(WIDTHS[width], height), layout="constrained")
    return drawn, drawn.subplots(rows, columns, **subplots)
