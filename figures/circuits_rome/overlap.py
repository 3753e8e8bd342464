"""Overlaps against chance, and mutual IoU against the number of circuits."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, plain_ticks, small_print
from corollary.point import Depths
from corollary.sims.circuits_rome import mutual as sims
from corollary.storage.results import Results
from corollary.theory.circuits_rome import mutual as theory
from corollary.theory.circuits_rome import overlap as chance

N, FIRST, SECOND, SHARED = 32491, 1158, 1289, 96
HALVES = (1, 8)
"""Twice the parameters of the Beta law."""


def overlap(results: Results) -> Figure:
    """How unlikely an overlap is by chance; what a core does to the mutual IoU."""
    drawn, axes = figure("text", 2.6, 1, 2)
    counts = np.arange(20, 121, 4)
    tails = [float(chance.tail(N, FIRST, SECOND, int(count))) for count in counts]
    axes[0].semilogy(counts, tails, color=COLOURS[0], label="two random circuits")
    axes[0].axvline(SHARED, color=COLOURS[1], label="the two found")
    axes[0].axvline(chance.MEAN(N=N, a=FIRST, b=SECOND), color="0.6", lw=0.8, zorder=0)
    axes[0].set(xlabel="edges in common", ylabel="P(as many or more)", ylim=(1e-16, 3))
    sizes = results.at(Depths((2, 20), (2, 3, 5, 8, 13, 20)))
    a, b = (half / 2 for half in HALVES)
    dense = np.arange(2, 33)
    for colour, core in zip(COLOURS, (0.0, 0.001), strict=False):
        points = [{"K": K, "twice_a": HALVES[0], "twice_b": HALVES[1], "core": core} for K in sizes]
        means, radii = results.means(sims.both, points, results.at(Depths(16, 256, 1024)))
        name = f"{core:.1%} of edges in every circuit" if core else "no core"
        axes[1].loglog(dense, [theory.mutual_iou(a, b, int(K), core) for K in dense], color=colour)
        low, high = means - radii, means + radii
        ratio = means[:, 0] / means[:, 1]
        bars = [ratio - np.maximum(low[:, 0], 0) / high[:, 1], high[:, 0] / low[:, 1] - ratio]
        axes[1].errorbar(sizes, ratio, bars, fmt="o", ms=4, color=colour, label=name)
    plain_ticks(axes[1].xaxis, (2, 5, 10, 20))
    axes[1].set(xlabel="circuits $K$", ylabel="mutual IoU")
    for axis in axes:
        legend_above(axis, "", handletextpad=0.3)
    small_print(
        drawn,
        """left: circuits of 1158 and 1289 among 32491 edges, grey: mean; exact tail. right: Beta(1/2, 4) probabilities
        of edges; lines: closed forms; points: simulated, with bars
        from the intervals of both means. Both fall below 1% at K = 20""",
    )
    return drawn
