"""Two steps of the published recipe: dividing by a power of the length, and the plane of the phase."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.point import Depths
from corollary.sims.cylindrical_steering import normalisation, principal_plane
from corollary.storage.results import Results
from corollary.theory.cylindrical_steering import normalisation as theory
from corollary.theory.cylindrical_steering.principal_plane import TURN


def recipes(results: Results) -> Figure:
    """What dividing by |v|**2 does to short samples, what that costs, and how a near tie turns PC1."""
    drawn, axes = figure("text", 2.7, 1, 3, width_ratios=(1.05, 1.1, 1.0))
    sample = results.computed(normalisation.divided_sample, seed=results.seed, k=2.0, s=0.4, q=0.25, samples=600)
    short = sample["length"] <= np.quantile(sample["length"], 0.1)
    for chosen, colour, label in ((~short, COLOURS[0], "the others"), (short, COLOURS[1], "the shortest tenth")):
        axes[0].plot(sample["effect"][chosen], sample["divided"][chosen], ".", color=colour, ms=2.5, label=label)
    axes[0].plot([0, 0.5], [0, 0.5], color="black", lw=0.8)
    axes[0].set(xlabel=r"angle's effect $\sin\theta\cos\theta$", ylabel=r"steerability$\,/\,|v|^2$", ylim=(-0.9, 1.75))
    legend_above(axes[0], "dividing blows up short samples", handletextpad=0.1)

    powers, spreads = (1.0, 2.0, 4.0), results.at(Depths((0.2, 0.4), (0.1, 0.2, 0.3, 0.4)))
    found = results.computed(
        normalisation.short_samples, seed=results.seed, powers=powers, spreads=spreads, chunks=results.at(Depths(4, 16))
    )
    fine = np.linspace(0.01, 0.45, 60)
    for colour, k, measured in zip(COLOURS, powers, found["efficiency"], strict=False):
        axes[1].plot(fine, [theory.EFFICIENCY(k=k, s=s) for s in fine], color=colour)
        axes[1].plot(spreads, measured, "o", color=colour, label=rf"$|v|^{k:g}$")
    axes[1].set(xlabel=r"spread $s$ of $\ln |v|$", ylabel="samples it leaves in effect", ylim=(0, 1.03))
    legend_above(axes[1], r"and wastes samples: $e^{-4 k^2 s^2}$", handletextpad=0.1)

    seconds = results.at(Depths((0.0, 0.5), (0.0, 0.3, 0.6, 0.8, 0.9)))
    turned = results.computed(
        principal_plane.plane_turns, seed=results.seed, second=seconds, chunks=results.at(Depths(1, 4))
    )
    smooth = np.linspace(0, 0.95, 80)
    axes[2].plot(smooth, [np.sqrt(TURN(lam_1=1.0, lam_j=value, d=8, r=8)) for value in smooth], color=COLOURS[0])
    axes[2].plot(seconds, turned["turn"], "o", color=COLOURS[0])
    axes[2].set(
        xlabel=r"$\lambda_2 / \lambda_1$, of 7 alike",
        ylabel=r"turn of PC1, in $\sigma / \sqrt{\lambda_1}$",
        yscale="log",
    )
    axes[2].set_title("a near tie turns the plane")
    small_print(
        drawn,
        """left: 600 samples, divided by |v|^2; middle: noise of s.d. 1/4, divided by |v|^k; right: 8 dimensions, the
        other seven eigenvalues alike; lines: closed forms; points: simulated""",
    )
    axes[2].set_yticks([3, 10, 30], ["3", "10", "30"])
    axes[2].set_yticks([], minor=True)
    return drawn
