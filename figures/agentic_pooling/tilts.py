"""Near-copies of a pool, and the construction that makes any number of agents unanimous."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure
from corollary.point import Depths, grid
from corollary.sims.agentic_pooling import curves
from corollary.sims.agentic_pooling.regions import tilt_share
from corollary.storage.results import Results
from corollary.theory.agentic_pooling import near_disjoint as construction
from corollary.theory.agentic_pooling import tilts, volumes


def small_tilts(results: Results) -> Figure:
    """Gains of opposite small tilts against the rare outcomes' probability, and how many pools admit such tilts."""
    drawn, axes = figure("text", 2.4, 1, 2)
    fine, coarse = np.geomspace(3e-3, 0.3, 200), np.geomspace(4e-3, 0.28, 14)
    axes[0].plot(fine, [tilts.SYMMETRIC_GAIN(p=p, eps=1.0) for p in fine], color=COLOURS[0], label="second order")
    for colour, eps in zip(COLOURS[1:], (0.5, 0.1), strict=False):
        gains = results.computed(curves.tilt_gains, p=coarse.tolist(), eps=eps)["gain"]
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
    axes[0].legend(loc="lower left")
    sizes = results.at(Depths((3, 6), (3, 4, 6, 8, 10, 16, 24, 30)))
    means, radii = results.means(tilt_share, grid(outcomes=sizes), results.at(Depths(8, 60, 400)))
    axes[1].errorbar(sizes, means[:, 0], yerr=radii[:, 0], fmt="o", label="eigenvalue, random pools")
    axes[1].plot(
        sizes,
        [volumes.small_tilt_share(k, results.at(Depths(12, 15))) for k in sizes],
        color=COLOURS[1],
        label="inertia, quadrature",
    )
    axes[1].set(xlabel="outcomes $K$", ylabel="pools with unanimous small tilts", ylim=(0, 1.05))
    axes[1].legend(loc="lower right")
    return drawn


def near_disjoint(results: Results) -> Figure:
    """How the near-disjoint gain approaches eps log(1 / eps): at the rate of the heaviest weight, or of eps / log."""
    drawn, axis = figure("column", 2.5)
    masses = np.geomspace(1e-1, 1e-7, 13)
    groups = (((0.2, 0.8), 0, r"$\beta = (.2, .8)$"), ((0.1, 0.4, 0.5), 2, r"$\beta = (.1, .4, .5)$"))
    for colour, (beta, agent, label) in zip(COLOURS, groups, strict=False):
        deviation = results.computed(curves.near_disjoint_deviations, eps=masses.tolist(), beta=beta)["deviation"]
        form = construction.leading_deviation(len(beta), agent)
        values = {f"beta{i + 1}": weight for i, weight in enumerate(beta)}
        axis.plot(masses, deviation[:, agent], "o", color=colour, label=label)
        axis.plot(masses, [form(eps=eps, **values) for eps in masses], color=colour)
    axis.plot(masses, masses**1.5, "k:", lw=0.8, label=r"$\epsilon^{n(1-\beta_{max})}$ for the second")
    axis.set(
        xscale="log",
        yscale="log",
        xlabel=r"private mass $\epsilon$",
        ylabel=r"$1 - \Delta_i / (\epsilon \log(1/\epsilon))$",
    )
    axis.invert_xaxis()
    axis.legend(loc="lower left")
    return drawn
