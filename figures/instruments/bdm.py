"""What patterns cost as they dissolve."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure
from corollary.point import Depths
from corollary.sims.instruments.bdm import PATTERNS, dissolving
from corollary.sims.instruments.ctm import own_table
from corollary.storage.results import Results


def complexity(results: Results) -> Figure:
    """What patterns cost, in bits a cell, as more and more of their cells are redrawn at random."""
    columns, states = results.at(Depths((2, 3), (4, 4)))
    table = own_table(2, columns, states, results.store).complexities.tolist()
    size = results.at(Depths(32, 96))
    flipped = np.linspace(0, 1, 21)
    drawn, axis = figure("column", 2.5)
    for colour, pattern in zip(COLOURS, PATTERNS, strict=False):
        bits = results.computed(
            dissolving,
            pattern=pattern,
            size=size,
            flipped=flipped.tolist(),
            columns=columns,
            complexities=table,
            seed=results.seed,
        )["bits"]
        axis.plot(flipped, bits / size**2, "o-", color=colour, label=pattern)
    axis.set(xlabel="share of cells redrawn at random", ylabel="complexity (bits a cell)", ylim=(0, None))
    axis.legend(loc="lower right")
    return drawn
