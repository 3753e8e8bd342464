"""The variance law against position."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.point import Depths
from corollary.sims.attention_sink import participation as random_logits
from corollary.sims.attention_sink import variance as sims
from corollary.storage.results import Results
from corollary.theory.attention_sink import participation
from corollary.theory.attention_sink import variance as theory

POSITIONS = (1, 2, 4, 8, 16, 32, 64)


def variance(results: Results) -> Figure:
    """V_t of correlated values, of a finite vocabulary, and under random logits."""
    drawn, axes = figure("text", 2.5, 1, 3, sharey=True)
    positions = results.at(Depths((1, 16), POSITIONS))
    chunks = results.at(Depths(4, 16, 128))
    dense = np.unique(np.geomspace(1, 64, 40).round().astype(int))
    for colour, rho in zip(COLOURS, (0.0, 0.1, 0.5), strict=False):
        points = [{"t": t, "sigma": 1.0, "rho": rho} for t in positions]
        means, radii = results.means(sims.uniform_squares, points, chunks)
        axes[0].plot(dense, [theory.UNIFORM(t=int(t), sigma=1.0, rho=rho) for t in dense], color=colour)
        axes[0].errorbar(positions, means[:, 0], radii[:, 0], fmt="o", color=colour, label=rf"$\rho = {rho:g}$")
    legend_above(axes[0], "correlated values", handletextpad=0.1)
    for colour, n in zip(COLOURS, (1, 8, 64), strict=False):
        points = [{"t": t, "n": n} for t in positions]
        means, radii = results.means(sims.vocabulary_squares, points, chunks)
        axes[1].plot(dense, [theory.POOLED(t=int(t), n=n) for t in dense], color=colour)
        axes[1].errorbar(positions, means[:, 0], radii[:, 0], fmt="o", color=colour, label=f"$n = {n}$")
    legend_above(axes[1], "tokens of the vocabulary", handletextpad=0.1)
    for colour, beta in zip(COLOURS, (0.5, 1.5, 4.0), strict=False):
        points = [{"t": t, "beta": beta} for t in positions]
        means, radii = results.means(random_logits.output_squares, points, chunks)
        axes[2].plot(dense, [participation.participation(int(t), beta) for t in dense], color=colour)
        axes[2].errorbar(positions, means[:, 0], radii[:, 0], fmt="o", color=colour, label=rf"$\beta = {beta:g}$")
    legend_above(axes[2], "deviation of the logits", handletextpad=0.1)
    for one in axes:
        one.set(xscale="log", yscale="log", xlabel="position $t$", ylim=(0.008, 1.6))
    axes[0].set_ylabel("variance of the output")
    small_print(
        drawn,
        """values of unit variance under attention to t positions, uniform on the left and in the middle; lines: closed
        forms; points: simulated, bars 95% intervals""",
    )
    return drawn
