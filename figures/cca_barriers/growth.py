"""How eps' and credit grow with the length."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.point import Depths
from corollary.sims.cca_barriers.growth import growth_curve
from corollary.storage.results import Results
from corollary.theory.cca_barriers import closed_form


def growth(results: Results) -> Figure:
    """Exact eps' against length beside the path bound and differential privacy; the repair's price in credit."""
    lengths = results.at(Depths(quick=(2, 5, 8), standard=(2, 5, 8, 12, 16, 20)))
    exact, bound = closed_form("growth"), closed_form("growth-path-bound")
    drawn, (left, right) = figure("text", 2.4, columns=2)
    line = np.arange(2, 21)
    for colour, c in zip(COLOURS, (0.1, 0.5, 0.9), strict=False):
        computed = results.computed(growth_curve, c=c, lengths=list(lengths))
        left.plot(line, [exact(c=c, n=L - 1) for L in line], color=colour, label=f"$c={c}$")
        left.plot(line, [bound(c=c, n=L - 1) for L in line], ":", color=colour)
        left.plot(lengths, computed["eps"], "o", color=colour)
        right.plot(line, 1 - (1 - c) ** line, color=colour)
        right.plot(line, 1 - (1 - c / 2) ** (line - 1.0), "--", color=colour)
        right.plot(lengths, computed["padded_credit"], "o", color=colour)
        right.plot(lengths, computed["credit"], "s", color=colour, mfc="white")
    left.axhline(0, color="black", lw=0.8)
    left.plot([], [], ":", color="black", label="path bound")
    left.plot([], [], color="black", lw=0.8, label="never credited, or padded")
    left.set(xlabel="output length $L$ (tokens)", ylabel=r"exact $\varepsilon'$ of the rollout")
    legend_above(left, columns=3)
    right.plot([], [], "-o", color="black", label="padded: $0$-CCA")
    right.plot([], [], "--s", color="black", mfc="white", label="as it is")
    right.set(xlabel="output length $L$ (tokens)", ylabel="probability of credit", ylim=(0, 1.02))
    for ax in (left, right):
        ax.set_xticks(range(0, 21, 5))
    legend_above(right)
    small_print(
        drawn,
        """c: credit of a step; lines: closed forms; points: enumeration of all outputs; colours on the right as on the
        left""",
    )
    return drawn
