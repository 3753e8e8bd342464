"""Lowering an event by formula and at finite budgets."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.point import Depths
from corollary.sims.agentic_pooling import suppression as sims
from corollary.storage.results import Results
from corollary.theory.agentic_pooling import suppression as theory


def suppression(results: Results) -> Figure:
    """The fall of an event's probability at finite budgets, before and after one more direction is manifested."""
    budgets = np.geomspace(3e-1, 1e-5, results.at(Depths(5, 12)))
    pool, event = np.full(4, 0.25), np.arange(4) == 0
    target = theory.event_profile(pool, event)
    old, new = np.array([-1.0, 1, -1, 1]), np.array([3.0, -1, -1, -1])
    found = results.computed(
        sims.budget_slopes,
        pool=pool.tolist(),
        event=event.tolist(),
        old=old.tolist(),
        new=new.tolist(),
        budgets=budgets.tolist(),
    )
    b, c = theory.novelty(pool, target, old[None], new)
    drawn, axis = figure("column", 2.5)
    lines = (
        ("before", b, "before, $b$"),
        ("after", b + theory.SHATTERING_GAIN(b=b, c=c, eps=1.0), r"after, $\sqrt{b^2 + c^2}$"),
    )
    for colour, (name, height, label) in zip(COLOURS, lines, strict=False):
        axis.plot(budgets, found[name], "o", color=colour, label=label)
        axis.axhline(height, color=colour)
    axis.axhline(b + c, color=COLOURS[1], ls=":", lw=0.8, label="$b + c$")
    axis.set(
        xscale="log",
        xlabel=r"budget $\kappa = KL(P\,||\,P')$ (nats)",
        ylim=(0, 0.68),
        ylabel=r"fall of $P(A)$ / $\sqrt{2\kappa}$",
    )
    axis.invert_xaxis()
    legend_above(axis)
    small_print(
        drawn,
        """P uniform on 4 outcomes, A one of them; b: norm of A's profile within the span of what is manifested, c:
        along the new direction w; lines: limits of small budgets; points: exact optima""",
    )
    return drawn
