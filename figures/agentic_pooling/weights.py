"""Raising one component of a pool."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.point import Depths
from corollary.sims.agentic_pooling import weights as sims
from corollary.storage.results import Results


def moved_weights(results: Results) -> Figure:
    """Both sides of the weight-shift theorem for the cheapest raise of a component, with and without a twin of it."""
    found = results.computed(sims.payments, groups=results.at(Depths(6, 60, 400)), seed=results.seed)
    drawn, axes = figure("text", 2.4, 1, 2)
    for colour, kind, label in zip(COLOURS, (0, 1), ("no twin", "a twin"), strict=False):
        floor = found["demanded"][kind] - found["budget_term"][kind] - found["relieved"][kind]
        axes[0].plot(floor, found["forced"][kind], "o", color=colour, label=label, alpha=0.7)
        axes[1].hist(found["second_share"][kind], np.linspace(0, 1, 21), color=colour, alpha=0.6, label=label)
    left, right = axes[0].get_xlim()
    floor = np.linspace(left, right, 101)
    axes[0].plot(floor, np.maximum(floor, 0), color="black", lw=0.8, label="theorem: on or above")
    axes[0].set(xlabel="least that the theorem forces", ylabel="forced onto the others")
    legend_above(axes[0])
    axes[1].set(xlabel="share of the payment borne by component 2", ylabel="random groups")
    axes[1].yaxis.set_major_locator(MaxNLocator(integer=True))
    legend_above(axes[1])
    count = found["forced"].shape[1]
    small_print(
        drawn,
        f"""{count} random groups of each kind, simulation alone; a component is raised at the least cost, budget 1e-3;
        forced: weight moved onto anti-aligned components; its least: delta |v|^2 - sd |v| - what the others are
        relieved of""",
    )
    return drawn
