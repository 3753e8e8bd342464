"""Both protocols on a model of one's own."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from corollary.figures.direction_magnitude.language_model import LINES
from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.sims.direction_magnitude.checkpoint import RELATIVE, SINGLE
from corollary.sims.direction_magnitude.perturbations import ARMS


def checkpoint(applied: Any) -> Figure:
    """KL and loss against the displacement, and single blocks' KL."""
    arrays = applied.arrays
    drawn, axes = figure("text", 2.8, columns=3)
    for column, arm in enumerate(ARMS):
        label, colour, style = LINES[arm]
        axes[0].plot(RELATIVE, arrays["divergence"][:, column], style, ms=3, color=colour, label=label)
        axes[1].plot(RELATIVE, arrays["loss"][:, column], style, ms=3, color=colour)
    axes[0].set(xscale="log", yscale="log", ylabel="KL from the clean prediction")
    axes[1].set(xscale="log", ylabel="rise of the loss (nats)")
    axes[1].set_yscale("symlog", linthresh=0.01)
    for ax in axes[:2]:
        ax.set_xlabel(r"displacement $\delta/|h|$")
    layers = np.arange(len(arrays["single"]))
    for column, (label, colour) in enumerate((("magnitude", COLOURS[0]), ("direction", COLOURS[1]))):
        values = np.maximum(arrays["single"][:, column], 1e-9)
        axes[2].semilogy(layers, values, "o-", ms=3, color=colour, label=label)
    axes[2].set(xlabel="the one perturbed block", ylabel="KL from the clean prediction")
    axes[2].xaxis.set_major_locator(MaxNLocator(integer=True))
    legend_above(axes[2], columns=2)
    drawn.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left", ncols=4, fontsize=7)
    first, last = int(arrays["layers"][0]), int(arrays["layers"][-1])
    small_print(
        drawn,
        f"""left and middle: blocks {first} to {last} perturbed; right: one block, at {SINGLE:g} of its norm, values
        below 1e-9 drawn there""",
    )
    return drawn
