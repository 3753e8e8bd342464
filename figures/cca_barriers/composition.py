"""The counterexample's frontier."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.sims.cca_barriers.composition import counterexample_frontier
from corollary.storage.results import Results
from corollary.theory.cca_barriers import closed_form


def frontier(results: Results) -> Figure:
    """Least delta of the counterexample's rollout against eps: flat at 1 - p, where one direction alone would fall."""
    form = closed_form("counterexample")
    eps = np.linspace(0, 3, 61)
    drawn, ax = figure(height=2.6)
    for colour, p in zip(COLOURS, (0.05, 0.25, 0.5, 0.9), strict=False):
        points = eps[::6]
        computed = results.computed(counterexample_frontier, p=p, eps=points.tolist())
        ax.plot(eps, [form(p=p, eps=one) for one in eps], color=colour)
        ax.plot(points, computed["delta"], "o", color=colour)
        ax.annotate(f"$p={p}$", (3.08, 1 - p), color=colour, va="center", annotation_clip=False)
        ax.plot(eps, np.maximum(0, 1 - p * np.exp(eps)), ":", color=colour)
    ax.set(xlabel=r"exponent $\varepsilon$", ylabel=r"least $\delta$ of the rollout", ylim=(0, 1))
    ax.plot([], [], color="black", label="both directions")
    ax.plot([], [], ":", color="black", label="one direction alone")
    legend_above(ax)
    small_print(drawn, "lines: closed forms; points: a linear program over all rollouts")
    return drawn
