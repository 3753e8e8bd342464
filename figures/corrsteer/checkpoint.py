"""Correlated features in a model of one's own: by layer against shuffled success, and what steering puts right and
wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from corollary.figures.style import COLOURS, figure, small_print
from corollary.sims.corrsteer.checkpoint import VARIANTS


def checkpoint(applied: Any) -> Figure:
    """Correlation of each layer's feature; answers of the test tasks."""
    arrays = applied.arrays
    drawn, (by_layer, answers) = figure("text", 2.6, columns=2)
    layers = arrays["layers"]
    by_layer.plot(layers, arrays["correlation"], "o-", ms=3, color=COLOURS[0], label="selected")
    by_layer.plot(layers, arrays["shuffled"].max(0), "o--", ms=3, color="0.5", label="most, success shuffled")
    by_layer.set(xlabel="layer", ylabel="correlation with right replies", ylim=(0, None))
    by_layer.xaxis.set_major_locator(MaxNLocator(integer=True))
    by_layer.legend(fontsize=6)
    rows = np.arange(len(VARIANTS))[::-1]
    answers.barh(rows, arrays["test"][:, 0], color=COLOURS[0], label="put right")
    answers.barh(rows, -arrays["test"][:, 1], color=COLOURS[1], label="put wrong")
    answers.axvline(0, color="black", lw=0.8)
    answers.set_yticks(rows, VARIANTS, fontsize=7)
    answers.set(xlabel=f"of {int(arrays['sizes'][2])} test replies")
    answers.legend(fontsize=6)
    small_print(drawn, f"selected on {int(arrays['sizes'][0])} replies; shuffled: largest of {len(arrays['shuffled'])}")
    return drawn
