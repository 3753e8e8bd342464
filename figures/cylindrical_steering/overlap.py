"""What overlap between concepts takes from the difference vector and adds to the slopes."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.point import Depths
from corollary.sims.cylindrical_steering import identifiability as sims_identifiability
from corollary.sims.cylindrical_steering import interference as sims_interference
from corollary.sims.cylindrical_steering import penalty
from corollary.sims.cylindrical_steering.penalty import PENALTIES
from corollary.storage.results import Results
from corollary.theory.cylindrical_steering.identifiability import MEAN_SIGN_ACCURACY
from corollary.theory.cylindrical_steering.interference import WELCH


def identifiability(results: Results) -> Figure:
    """How often v_d tells the sign of a concept: dense strengths against N / d, sparse ones against their number."""
    drawn, axes = figure("text", 2.5, 1, 2, sharey=True)
    d, seeds = 32, results.at(Depths(4, 24, 100))
    fine = np.unique(np.geomspace(16, 1024, 80).round().astype(int))
    axes[0].plot(
        fine / d,
        [MEAN_SIGN_ACCURACY(d=d, N=int(count)) for count in fine],
        color=COLOURS[0],
        label=r"$1/2 + \arcsin\sqrt{d/N}\,/\,\pi$",
    )
    dense = results.at(Depths((64,), (24, 32, 48, 64, 128, 256, 512)))
    found = results.computed(sims_identifiability.dense_accuracies, seed=results.seed, d=d, concepts=dense)
    axes[0].errorbar(
        np.array(dense) / d, found["mean"], yerr=found["error"], fmt="o", color=COLOURS[0], label="dense strengths"
    )
    sparse, sizes = results.at(Depths((64,), (64, 128, 256))), results.at(Depths((3, 8), (1, 2, 3, 4, 6, 8, 12)))
    found = results.computed(
        sims_identifiability.sparse_accuracies, seed=results.seed, d=d, concepts=sparse, sizes=sizes, seeds=seeds
    )
    three = found["pursuit"][:, sizes.index(3)].mean(1)
    axes[0].plot(np.array(sparse) / d, three, "s", color=COLOURS[1], label="3 active, pursuit")
    axes[0].axhline(0.5, color="black", lw=0.5, ls=":")
    axes[0].set(
        xscale="log", xlabel="concepts per dimension $N/d$", ylabel="sign of a concept right", ylim=(0.12, 1.04)
    )
    axes[0].set_xticks([0.5, 1, 2, 4, 8, 16, 32], ["1/2", "1", "2", "4", "8", "16", "32"], minor=False)
    axes[0].minorticks_off()
    axes[0].legend(loc="lower left")
    for colour, row in zip(COLOURS[1:], sorted({0, len(sparse) - 1}), strict=False):
        for name, line, label in (("pursuit", "s-", "pursuit"), ("least_norm", "^--", "least norm")):
            count, values = sparse[row], found[name][row]
            spread = 2 * values.std(1, ddof=1) / np.sqrt(seeds)
            axes[1].errorbar(
                sizes,
                values.mean(1),
                yerr=spread,
                fmt=line,
                color=colour,
                lw=0.8,
                label=f"$N = {count}$, {label}",
                mfc=colour if name == "pursuit" else "white",
            )
    axes[1].axhline(0.5, color="black", lw=0.5, ls=":")
    axes[0].text(0.5, 0.51, "chance", va="bottom", fontsize=7)
    axes[1].set(xlabel=f"active concepts $k$ ($d = {d}$)")
    axes[1].legend(loc="lower left")
    small_print(
        drawn,
        f"""random directions in d = {d}; line: closed form, dense Gaussian strengths; squares and triangles: {seeds}
        dictionaries a point, bars two standard errors""",
    )
    return drawn


def interference(results: Results) -> Figure:
    """The spread of slopes over competitors against the number of concepts, and medians under a penalty."""
    drawn, axes = figure("text", 2.5, 1, 3)
    d = 24
    counts = results.at(Depths((24,), (8, 16, 24, 32, 48, 96, 192, 384)))
    found = results.computed(
        sims_interference.overlaps, seed=results.seed, d=d, concepts=counts, seeds=results.at(Depths(2, 16))
    )
    fine = np.arange(4, 400)
    axes[0].plot(fine, [np.sqrt(WELCH(N=int(count), d=d)) for count in fine], color=COLOURS[0], label="Welch")
    axes[0].axhline(d**-0.5, color=COLOURS[1], label=r"$1/\sqrt{d}$")
    for name, colour, mark in (
        ("tight", COLOURS[0], "o"),
        ("random", COLOURS[1], "s"),
        ("orthonormal", COLOURS[2], "^"),
    ):
        axes[0].plot(counts, np.sqrt(np.maximum(found[name], 0)), mark, color=colour, label=name)
    axes[0].axvline(d, color="black", lw=0.5, ls=":")
    axes[0].text(d * 1.07, 0.252, "$N = d$", va="top")
    axes[0].set(
        xscale="log", xlabel=f"concepts $N$ ($d = {d}$)", ylabel="s.d. of the slope / sharpness", ylim=(-0.012, 0.255)
    )
    legend_above(axes[0], columns=3, columnspacing=0.6, handlelength=1.0)
    for axis, role, title in ((axes[1], "sample", "axis: the sample's own"), (axes[2], "diffmean", "axis: DiffMean")):
        found = results.computed(penalty.penalty_medians, seed=results.seed, seeds=results.at(Depths(2, 12)), axis=role)
        for colour, name in zip(COLOURS, ("activation", "collapse"), strict=False):
            axis.plot(PENALTIES, found[name].T, color=colour, lw=0.4, alpha=0.6)
            axis.plot(PENALTIES, np.median(found[name], axis=0), "o-", color=colour, label=name)
        axis.set(xlabel=r"penalty $\rho$ on the normal part", ylim=(0, 15))
        legend_above(axis, title)
    axes[1].set_ylabel("median length")
    small_print(
        drawn,
        f"""left: lines: least possible (Welch) and random directions, points: means of {results.at(Depths(2, 16))}
        dictionaries; middle, right: simulation alone, thin: {results.at(Depths(2, 12))} models, thick: their median""",
    )
    return drawn
