"""The one style of all figures: column widths, type sizes, colour-blind-safe colours."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.figure import Figure

WIDTHS = {"column": 3.4, "text": 7.0}
"""Inches: one column, and the full text width, of a two-column page."""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's palette, without its yellow: blue, vermilion, green, purple, orange, sky, black."""

RC = {
    "font.size": 8, "axes.titlesize": 8, "axes.labelsize": 8, "xtick.labelsize": 7, "ytick.labelsize": 7,
    "legend.fontsize": 7, "legend.frameon": False, "axes.spines.top": False, "axes.spines.right": False,
    "axes.linewidth": 0.6, "lines.linewidth": 1.2, "lines.markersize": 3.5, "xtick.major.width": 0.6,
    "ytick.major.width": 0.6, "mathtext.fontset": "cm", "svg.fonttype": "path", "svg.hashsalt": "corollary",
    "axes.prop_cycle": matplotlib.cycler(color=COLOURS), "errorbar.capsize": 1.5,
}


@contextmanager
def style() -> Iterator[None]:
    """The style for whatever is drawn or saved inside."""
    with matplotlib.rc_context(RC):
        yield


def figure(width: str = "column", height: float = 2.4, rows: int = 1, columns: int = 1, **subplots: Any) -> tuple[Figure, Any]:
    """(figure, axes): a figure of the named width and of `height` inches, with a grid of axes laid out so that labels
    never overlap. subplots: passed to `Figure.subplots` (sharex, sharey, width_ratios, subplot_kw ...)."""
    drawn = Figure(figsize=(WIDTHS[width], height), layout="constrained")
    return drawn, drawn.subplots(rows, columns, **subplots)
