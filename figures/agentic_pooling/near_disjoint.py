"""The construction that makes any number of agents unanimous."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.sims.agentic_pooling import near_disjoint as sims
from corollary.storage.results import Results
from corollary.theory.agentic_pooling import near_disjoint as theory


def near_disjoint(results: Results) -> Figure:
    """How the near-disjoint gain approaches eps log(1 / eps): at the rate of the heaviest weight, or of eps / log."""
    drawn, axis = figure("column", 2.5)
    masses = np.geomspace(1e-1, 1e-7, 13)
    groups = (((0.2, 0.8), 0, r"$\beta = (.2, .8)$"), ((0.1, 0.4, 0.5), 2, r"$\beta = (.1, .4, .5)$"))
    for colour, (beta, agent, label) in zip(COLOURS, groups, strict=False):
        deviation = results.computed(sims.deviations, eps=masses.tolist(), weights=beta)["deviation"]
        form = theory.leading_deviation(len(beta), agent)
        values = {f"beta{i + 1}": weight for i, weight in enumerate(beta)}
        axis.plot(masses, deviation[:, agent], "o", color=colour, label=label)
        axis.plot(masses, [form(eps=eps, **values) for eps in masses], color=colour)
    axis.plot(masses, masses**1.5, "k:", lw=0.8, label=r"$\epsilon^{n(1-\beta_{\max})}$: outweighed")
    axis.set(
        xscale="log",
        yscale="log",
        xlabel=r"private mass $\epsilon$",
        ylabel=r"$1 - \Delta_i / (\epsilon \log(1/\epsilon))$",
    )
    axis.invert_xaxis()
    legend_above(axis)
    small_print(
        drawn,
        """beta: weights of the agents; lines: leading order as eps falls; points: pools; dotted: the term of the
        heaviest weight, which eps / log(1 / eps) outweighs in the second group""",
    )
    return drawn
