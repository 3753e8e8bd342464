"""What correlations over pairs and the helix probe can show, with the nulls beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.point import Depths
from corollary.sims.cylindrical_steering import helix as sims_helix
from corollary.sims.cylindrical_steering import pairs as sims_pairs
from corollary.storage.results import Results
from corollary.theory.cylindrical_steering import pairs as theory
from corollary.theory.cylindrical_steering.helix import CHANCE, FLOOR

LEVEL = 1.959963984540054


def pairs(results: Results) -> Figure:
    """The correlation that a fully determined sector leaves and how often it is seen; false alarms over pairs and by
    copied values."""
    drawn, grid = figure("text", 4.6, 2, 2)
    axes = grid.ravel()[[0, 2, 3]]
    dimensions, seeds = results.at(Depths((8, 32), (8, 32, 128, 512))), results.at(Depths(6, 48))
    found = results.computed(sims_pairs.pair_correlations, seed=results.seed, dimensions=dimensions, n=80, seeds=seeds)
    fine = np.geomspace(6, 3000, 100)
    axes[0].axhspan(-2 * 0.0316, 2 * 0.0316, color="0.9", lw=0, label="noise of 1000 pairs")
    axes[0].plot(fine, [theory.PAIR_CORRELATION(d=d) for d in fine], color=COLOURS[0], label="limit of large $d$")
    for colour, name, label in ((COLOURS[0], "determined", "$v_d$ fixes the phase"), (COLOURS[1], "random", "random")):
        spread = 2 * found[name].std(1, ddof=1) / np.sqrt(seeds)
        axes[0].errorbar(dimensions, found[name].mean(1), yerr=spread, fmt="o", color=colour, label=label)
    axes[0].axvline(2048, color="black", lw=0.5, ls=":")
    axes[0].text(1900, -0.275, "Gemma-2B", rotation=90, ha="right", va="bottom")
    axes[0].set(xscale="log", ylim=(-0.28, 0.22), xlabel="dimension $d$", ylabel="correlation over pairs")
    legend_above(axes[0], columns=2)
    _power(grid[0, 1], dimensions, found, seeds)
    sizes = results.at(Depths((12,), (12, 24, 40)))
    alarms = results.computed(
        sims_pairs.false_alarms, seed=results.seed, sizes=sizes, d=16, r=0.5, chunks=results.at(Depths(1, 3))
    )
    axes[1].plot(sizes, alarms["naive"], "s-", color=COLOURS[1], lw=0.8, label="pairs as independent")
    axes[1].plot(sizes, alarms["permuted"], "o-", color=COLOURS[0], lw=0.8, label="samples permuted")
    axes[1].axhline(0.05, color="black", lw=0.6, ls=":")
    axes[1].set(xlabel="samples $n$", ylabel="true nulls rejected at .05", ylim=(0, 0.62))
    legend_above(axes[1])
    copies = results.at(Depths((1, 5), (1, 3, 5, 12)))
    shares = (1.0, 2 / 3, 0.2)
    copied = results.computed(
        sims_pairs.copied_alarms,
        seed=results.seed,
        copies=copies,
        concepts=100,
        shares=shares,
        chunks=results.at(Depths(2, 12)),
    )
    smooth = np.linspace(1, copies[-1], 60)
    for colour, share, rates in zip(COLOURS, shares, copied["copied"], strict=False):
        axes[2].plot(smooth, [theory.COPIED_REJECTION(k=k, rho_x=share, z=LEVEL) for k in smooth], color=colour)
        axes[2].plot(copies, rates, "o", color=colour, label=rf"$\rho_x = {share:.2g}$")
    axes[2].plot(copies, copied["means"][0], "^", color="black", mfc="white", label="concept means")
    axes[2].axhline(0.05, color="black", lw=0.6, ls=":")
    axes[2].set(xlabel="samples $k$ that share a value", ylim=(0, 0.62))
    axes[2].set_ylabel("true nulls rejected at .05")
    legend_above(axes[2], columnspacing=0.6, handletextpad=0.1)
    small_print(
        drawn,
        f"""top: n = 80 samples, {seeds} seeds a point, bars two standard errors; grey band: two standard errors of a
        correlation over 1000 pairs; limit: -1/sqrt(2 (pi - 2)(d - 1)); bottom: simulated tests at level .05, right
        100 concepts, lines closed forms, rho: share of the variance between concepts""",
    )
    return drawn


def _power(axis: Any, dimensions: Sequence[int], found: dict[str, np.ndarray], seeds: int) -> None:
    for colour, name, label in (
        (COLOURS[0], "determined_p", "$v_d$ fixes the phase"),
        (COLOURS[1], "random_p", "random phase"),
    ):
        share = (found[name] <= 0.05).mean(1)
        spread = 2 * np.sqrt(np.maximum(share * (1 - share), 0.25 / seeds) / seeds)
        axis.errorbar(dimensions, share, yerr=spread, fmt="o-", lw=0.8, color=colour, label=label)
    axis.axhline(0.05, color="black", lw=0.6, ls=":")
    axis.set(xscale="log", ylim=(-0.06, 1.1), xlabel="dimension $d$", ylabel="rejected at .05, permuting")
    legend_above(axis)


def helix(results: Results) -> Figure:
    """A random walk and the helix read off it; the probe's score with an intercept; its error without."""
    drawn, axes = figure("text", 2.5, 1, 3, width_ratios=(1.0, 1.15, 1.15))
    walk = results.computed(sims_helix.probed_walk, seed=results.seed, components=5)
    axes[0].plot(*walk["helix"][:, 1:].T, color=COLOURS[0], lw=2.2, alpha=0.45, label="helix asked for")
    axes[0].plot(*walk["fitted"][:, 1:].T, "o-", color=COLOURS[1], lw=0.5, ms=2.4, label="read off a walk")
    axes[0].set_aspect("equal")
    axes[0].set(xlabel=r"$r \cos 2\pi R t$", ylabel=r"$r \sin 2\pi R t$", xlim=(-0.52, 0.52), ylim=(-0.45, 0.72))
    axes[0].legend(loc="upper center")
    kinds, seeds = ("helix", "walk", "line", "noise"), results.at(Depths(4, 40))
    names = ("helix", "random\nwalk", "line and\nnoise", "noise")
    jitter = np.linspace(-0.16, 0.16, seeds)
    probed = ((-0.2, COLOURS[0], 5), (0.2, COLOURS[1], 10))
    for shift, colour, k in results.at(Depths(probed[:1], probed)):
        found = results.computed(sims_helix.probes, seed=results.seed, kinds=kinds, components=k, seeds=seeds)
        for axis, name in ((axes[1], "circle"), (axes[2], "error")):
            for place, values in enumerate(found[name]):
                axis.plot(
                    place + shift + jitter,
                    values,
                    ".",
                    color=colour,
                    ms=2.5,
                    label=f"$k = {k}$" if place == 0 else None,
                )
        axes[1].plot([2.6, 3.4], [CHANCE(n=50, k=k)] * 2, color=colour, lw=0.9, ls="--")
    axes[1].plot([], [], "k--", lw=0.9, label="$k/(n-1)$")
    axes[1].set(ylabel="$R^2$ of the circle, with intercept", ylim=(-0.02, 1.05), xlabel="vectors probed")
    axes[2].axhline(FLOOR(), color="black", lw=0.8, label="1/12")
    axes[2].set(ylabel="error without intercept", ylim=(0.08, 0.12), xlabel="vectors probed")
    for axis in axes[1:]:
        axis.set_xticks(range(4), names)
    axes[1].legend(loc="lower left")
    axes[2].legend(loc="upper left")
    small_print(
        drawn,
        f"""left: one random walk of 50 steps; {seeds} seeds a kind, each drawn; k: principal components; dashed, and
        the line at 1/12: closed forms""",
    )
    return drawn
