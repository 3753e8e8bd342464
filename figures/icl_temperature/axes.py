"""How these figures' axes are written: plain numbers on logarithmic axes, legends above the data."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import NullLocator


def plain_ticks(axis: Axis, values: Sequence[float]) -> None:
    """Ticks of a Matplotlib axis at these values alone: over a decade or two they read better than powers of ten."""
    axis.set_ticks(values, labels=[f"{value:g}" for value in values])
    axis.set_minor_locator(NullLocator())


def legend_above(ax: Axes, title: str) -> None:
    """The axes' legend in one line above them, under its title."""
    entries = len(ax.get_legend_handles_labels()[0])
    ax.legend(
        title=title,
        title_fontsize=8,
        ncols=entries,
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        columnspacing=1,
        handlelength=1.6,
        handletextpad=0.5,
    )
