"""Near-copies of a pool."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, small_print
from corollary.point import Depths, grid
from corollary.sims.agentic_pooling import tilts as sims
from corollary.sims.agentic_pooling.regions import tilt_share
from corollary.storage.results import Results
from corollary.theory.agentic_pooling import regions, tilts


def small_tilts(results: Results) -> Figure:
    """Gains of opposite small tilts against the rare outcomes' probability, and how many pools admit such tilts."""
    drawn, axes = figure("text", 2.4, 1, 2)
    fine, coarse = np.geomspace(3e-3, 0.3, 200), np.geomspace(4e-3, 0.28, 14)
    axes[0].plot(fine, [tilts.SYMMETRIC_GAIN(p=p, eps=1.0) for p in fine], color=COLOURS[0], label="second order")
    for colour, eps in zip(COLOURS[1:], (0.5, 0.1), strict=False):
        gains = results.computed(sims.gain_curve, p=coarse.tolist(), eps=eps)["gain"]
        axes[0].plot(coarse, gains / eps**2, "o", color=colour, label=rf"$\epsilon = {eps}$")
    axes[0].axvline(tilts.threshold(), color="black", lw=0.6, ls="--")
    axes[0].text(0.95 * tilts.threshold(), -0.12, f"$p^* = {tilts.threshold():.4f}$", ha="right")
    axes[0].axhline(0, color="black", lw=0.4)
    axes[0].set(
        xscale="log",
        xlabel="rare outcomes' probability $p$",
        ylim=(-0.4, 0.12),
        ylabel=r"gain of both / $\epsilon^2$ (nats)",
    )
    axes[0].set_title("when opposite tilts please both")
    axes[0].legend(loc="lower left")
    sizes = results.at(Depths((3, 6), (3, 4, 6, 8, 10, 16, 24, 30)))
    means, radii = results.means(tilt_share, grid(outcomes=sizes), results.at(Depths(8, 60, 400)))
    axes[1].errorbar(sizes, means[:, 0], yerr=radii[:, 0], fmt="o", label="eigenvalue, random pools")
    axes[1].plot(
        sizes,
        [regions.small_tilt_share(k, results.at(Depths(12, 15))) for k in sizes],
        color=COLOURS[1],
        label="inertia, quadrature",
    )
    axes[1].set(xlabel="outcomes $K$", ylabel="share of pools that admit some", ylim=(0, 1.05))
    axes[1].set_title("how often some tilts please all")
    axes[1].legend(loc="lower right")
    small_print(
        drawn,
        """left: pool (p, p, 1 - 2p) tilted by +eps and -eps; right: uniform random pools, bars 95% intervals; lines:
        small tilts to second order, and quadrature""",
    )
    return drawn
