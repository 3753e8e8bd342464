"""The direction that is read against the exact one, over how far a head is from copying."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, small_print
from corollary.point import Depths
from corollary.sims.circuit_fingerprints import direction as sims
from corollary.storage.results import Results
from corollary.theory.circuit_fingerprints import direction as theory


def direction(results: Results) -> Figure:
    """Cosine against eta for two head widths."""
    drawn, axes = figure("column", 2.4)
    etas = results.at(Depths((0.6, 2.0), (0.2, 0.6, 1.0, 1.4, 2.0, 2.6)))
    fine = np.linspace(0, np.pi, 100)
    for colour, (d, h) in zip(COLOURS, ((256, 16), (256, 128)), strict=False):
        points = [{"d": d, "h": h, "eta": eta} for eta in etas]
        means, radii = results.means(sims.cosine, points, results.at(Depths(4, 16, 64)))
        axes.plot(
            fine, [theory.COSINE(kappa=h / d, eta=eta) for eta in fine], color=colour, label=f"$d_h/d = {h / d:g}$"
        )
        axes.errorbar(etas, np.ravel(means), np.ravel(radii), fmt="o", ms=3, color=colour)
    axes.plot(fine, np.cos(fine), ":", color="0.5", label=r"$\cos\eta$")
    axes.set(xlabel=r"angle $\eta$ of $W_O$ from $W_V^T$", ylabel="cosine of read and exact direction")
    axes.legend()
    small_print(drawn, "lines: closed form; points: Gaussian heads of width 256, with intervals")
    return drawn
