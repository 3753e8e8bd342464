"""Accuracy on minimal pairs against the noise, for several correlations."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, small_print
from corollary.point import Depths
from corollary.sims.direction_magnitude import minimal_pairs as sims
from corollary.storage.results import Results
from corollary.theory.direction_magnitude.minimal_pairs import ACCURACY

MARGIN = {"mu": 1.0, "tau": 0.55}


def minimal_pairs(results: Results) -> Figure:
    """Noise of one size, with three degrees of sharing between the members."""
    drawn, axes = figure("column", 2.4)
    sizes = results.at(Depths([1.0], [0.5, 1.0, 2.0, 4.0], [0.25, 0.5, 1.0, 2.0, 4.0]))
    fine = np.linspace(0, 4, 100)
    for colour, rho in zip(COLOURS, (0.0, 0.9, 0.99), strict=False):
        axes.plot(fine, [100 * ACCURACY(**MARGIN, sigma=float(s), rho=rho) for s in fine], color=colour)
        points = [{**MARGIN, "sigma": sigma, "rho": rho} for sigma in sizes]
        means, _ = results.means(sims.right, points, results.at(Depths(1, 4, 20)))
        axes.plot(sizes, 100 * means[:, 0], "o", ms=3, color=colour, label=rf"$\rho = {rho:g}$")
    axes.set(xlabel=r"noise in a member's log-probability $\sigma$", ylabel="pairs right (%)", ylim=(50, 100))
    axes.legend()
    small_print(drawn, "margin of mean 1 and spread 0.55 nats; lines: closed form, points: simulated")
    return drawn
