"""What patterns cost as they dissolve."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, small_print
from corollary.point import Depths
from corollary.sims.instruments.bdm import PATTERNS, dissolving
from corollary.sims.instruments.ctm import own_table
from corollary.storage.results import Results


def complexity(results: Results) -> Figure:
    """What patterns cost, in bits a cell, as more and more of their cells are redrawn at random."""
    columns, states = results.at(Depths((2, 3), (4, 4)))
    table = own_table(2, columns, states, results.store).complexities.tolist()
    size = results.at(Depths(32, 96))
    flipped, seeds = np.linspace(0, 1, 21), range(1000 * results.seed, 1000 * results.seed + results.at(Depths(1, 5)))
    drawn, axis = figure("column", 2.5)
    for colour, pattern in zip(COLOURS, PATTERNS, strict=False):
        bits = [
            results.computed(
                dissolving,
                pattern=pattern,
                size=size,
                flipped=flipped.tolist(),
                columns=columns,
                complexities=table,
                seed=seed,
            )["bits"]
            for seed in seeds
        ]
        cost = np.array(bits) / size**2
        spread = np.maximum([cost.mean(0) - cost.min(0), cost.max(0) - cost.mean(0)], 0)
        axis.errorbar(flipped, cost.mean(0), spread, fmt="o-", lw=0.8, color=colour, label=pattern)
    axis.set(xlabel="share of cells redrawn at random", ylabel="complexity (bits a cell)", ylim=(0, None))
    axis.legend(loc="lower right")
    small_print(
        drawn,
        f"""block decomposition over 2 x {columns} blocks, table of machines of {states} states; {size} x {size} cells;
        {len(seeds)} seeds, bars from the least to the greatest; simulation alone""",
    )
    return drawn
