"""How much everyone can gain at once."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.point import Depths
from corollary.sims.agentic_pooling import search as sims
from corollary.storage.results import Results
from corollary.theory.agentic_pooling import symmetric as theory


def largest_gain(results: Results) -> Figure:
    """The best least gain of a search, against the floor under all probabilities, and the suprema W(m / e)."""
    drawn, axis = figure("column", 2.5)
    floors = np.geomspace(1e-2, 1e-10, results.at(Depths(3, 9, 17)))
    groups = results.at(Depths(((3, 2), (4, 3)), ((3, 2), (4, 3), (6, 3))))
    for colour, (outcomes, agents) in zip(COLOURS, groups, strict=False):
        gains = results.computed(
            sims.best_least_gains,
            seed=results.seed,
            outcomes=outcomes,
            agents=agents,
            floors=floors.tolist(),
            starts=results.at(Depths(32, 256, 1024)),
        )["gain"]
        axis.plot(floors, gains, "o", color=colour, label=f"$K = {outcomes}$, $n = {agents}$")
        axis.axhline(theory.largest_gain(outcomes, agents), color=colour, lw=0.8, ls="--")
    small = np.geomspace(1e-10, 1e-3, 60)
    axis.plot(small, [theory.ceiling(1) - theory.FLOOR_LOSS(d=d) for d in small], color=COLOURS[0])
    axis.set(xscale="log", xlabel="floor under all probabilities", ylabel="largest least gain (nats)", ylim=(0, None))
    axis.invert_xaxis()
    axis.plot([], [], "--", color="black", lw=0.8, label="$W(m/e)$")
    legend_above(axis, columns=2)
    small_print(
        drawn,
        f"""K outcomes, n agents; points: best of {results.at(Depths(32, 256, 1024))} starts, a lower bound; dashed: the
        limit of no floor, m = K - 1 - ceil((K - 1) / n); line: two terms of its expansion for K = 3""",
    )
    return drawn
