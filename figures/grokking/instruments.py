"""The instruments against known truth: learning coefficients, loops, complexity."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure
from corollary.point import Depths
from corollary.sims.instruments import curves
from corollary.sims.instruments.ctm import own_table
from corollary.sims.instruments.known import crossing_gaps, quadratic_moments, reduced_rank_gaps
from corollary.storage.results import Results
from corollary.theory.grokking import rips, rlct, rlct_langevin

CHAINS = Depths(64, full=256)


def learning_coefficients(results: Results) -> Figure:
    """Estimates against known coefficients, at a crossing against temperature, and against SGLD's step size."""
    drawn, axes = figure("text", 2.3, 1, 3)
    _regressions(axes[0], results)
    _crossing(axes[1], results)
    _steps(axes[2], results)
    return drawn


def _regressions(axis, results: Results) -> None:
    sizes = results.at(
        Depths(
            [(3, 3, 3, 1, 1.2e-4, 64)], [(6, 2, 3, 0, 2.5e-4, 128), (3, 3, 3, 1, 1.2e-4, 128), (4, 3, 4, 1, 1e-4, 256)]
        )
    )
    points = [
        {
            "inputs": M,
            "hidden": H,
            "outputs": N,
            "rank": r,
            "nbeta": 1e4,
            "gamma": 1.0,
            "eps": eps,
            "steps": steps,
            "chains": results.at(CHAINS),
        }
        for M, H, N, r, eps, steps in sizes
    ]
    means, radii = results.means(reduced_rank_gaps, points, 8)
    known = [float(rlct.reduced_rank(M, H, N, r)[0]) for M, H, N, r, *_ in sizes]
    halves = [H * (M + N) / 2 for M, H, N, *_ in sizes]
    axis.plot([0, 7], [0, 7], "-", color=COLOURS[6], lw=0.8, label="exact")
    axis.errorbar(known, means[:, 0], yerr=radii[:, 0], fmt="o", color=COLOURS[0], label="chains")
    axis.plot(known, halves, "x", color=COLOURS[1], label="$d / 2$")
    for (M, H, N, r, *_), place, half, side in zip(sizes, known, halves, (-1, 1, -1), strict=False):
        axis.annotate(
            f"{M}, {H}, {N}; {r}",
            (place, half),
            (4 * side, -2),
            textcoords="offset points",
            fontsize=6,
            ha="left" if side > 0 else "right",
        )
    axis.set(xlabel=r"known coefficient $\lambda$", ylabel=r"estimate $\hat\lambda$", xlim=(0, 7), ylim=(0, 16))
    axis.set_title("reduced rank: M, H, N; r")
    axis.legend(loc="upper left")


def _crossing(axis, results: Results) -> None:
    settings = results.at(Depths([(100.0, 8e-3, 128)], [(10.0, 8e-2, 128), (100.0, 8e-3, 128), (1000.0, 1e-3, 512)]))
    points = [
        {"chains": results.at(CHAINS), "gamma": 1.0, "nbeta": nbeta, "eps": eps, "steps": steps}
        for nbeta, eps, steps in settings
    ]
    means, radii = results.means(crossing_gaps, points, 8)
    fine = np.geomspace(3, 1e6, 100)
    axis.plot(fine, [rlct_langevin.CROSSING(nbeta=nbeta, gamma=1.0) for nbeta in fine], color=COLOURS[0], label="exact")
    axis.errorbar(
        [nbeta for nbeta, *_ in settings], means[:, 0], yerr=radii[:, 0], fmt="o", color=COLOURS[0], label="chains"
    )
    axis.axhline(0.5, color=COLOURS[6], lw=0.8, ls="--")
    axis.text(3, 0.505, r"$\lambda = 1/2$", va="bottom")
    axis.set(xscale="log", xlabel=r"inverse temperature $n\beta$", ylabel=r"estimate $\hat\lambda$", ylim=(0.1, 0.55))
    axis.set_title("$L = (x y)^2$")
    axis.legend(loc="lower right")


def _steps(axis, results: Results) -> None:
    h, nbeta, gamma = 0.8, 1000.0, 200.0
    steps = np.array(results.at(Depths([1e-3, 2e-3], [4e-4, 1e-3, 1.6e-3, 2.4e-3, 3e-3])))
    fine = np.linspace(1e-5, 3.4e-3, 100)
    samplers = (
        ("sgld", "plain SGLD", rlct_langevin.DISCRETISED),
        ("averaged", "noise shared", rlct_langevin.SOFT_COUNT),
    )
    for colour, (sampler, label, form) in zip(COLOURS, samplers, strict=False):
        points = [
            {"sampler": sampler, "steps": 64, "chains": 128, "h": h, "nbeta": nbeta, "gamma": gamma, "eps": float(eps)}
            for eps in steps
        ]
        means, radii = results.means(quadratic_moments, points, 17)
        axis.plot(1e3 * fine, [form(h=h, nbeta=nbeta, gamma=gamma, eps=eps) for eps in fine], color=colour)
        axis.errorbar(1e3 * steps, means[:, 0], yerr=radii[:, 0], fmt="o", color=colour, label=label)
    axis.axvline(4e3 / (nbeta * h + gamma), color=COLOURS[6], lw=0.8, ls=":")
    axis.text(4e3 / (nbeta * h + gamma) - 0.08, 0.15, "diverges", rotation=90, ha="right")
    axis.set(xlabel=r"step size $\epsilon$ ($10^{-3}$)", ylabel=r"estimate $\hat\lambda$", xlim=(0, 4.1), ylim=(0, 3))
    axis.set_title("one direction, soft count 0.4")
    axis.legend(loc="upper left")


def loops(results: Results) -> Figure:
    """Tokens in the plane of their strongest frequency, and the bars of their loops, as noise drowns the ring."""
    p = results.at(Depths(23, 97))
    noises = (0.02, 0.15, 1.0)
    drawn, axes = figure("text", 3.8, 2, 3, height_ratios=(2.2, 1))
    for column, noise in enumerate(noises):
        found = results.computed(curves.loops, p=p, noise=noise, seed=0)
        plane = found["plane"]
        top, bottom = axes[:, column]
        top.scatter(*plane.T, c=np.arange(p), cmap="twilight", s=9)
        top.set_aspect("equal")
        top.set(xlabel="first direction", xlim=(-2.3, 2.3), ylim=(-2.3, 2.3))
        top.set_title(
            f"noise {noise:g}\ncircular correlation {float(found['circular']):.2f}\n"
            f"homomorphism error {float(found['homomorphism']):.2f}"
        )
        for row, (birth, death) in enumerate(found["bars"][:7]):
            bottom.plot([birth, death], [row, row], color=COLOURS[0], lw=2, solid_capstyle="butt")
        for edge, name in zip(rips.polygon_loop(p), ("birth", "death"), strict=True):
            bottom.axvline(edge, color=COLOURS[6], lw=0.6, ls="--")
            side = "left" if name == "birth" else "right"
            bottom.text(edge, 7.8, f" polygon's {name} ", va="bottom", ha=side, fontsize=6)
        bottom.set(xlabel="edge length (rms radius 1)", xlim=(0, 2.1), ylim=(8, -0.7), yticks=[])
    axes[0, 0].set_ylabel("second direction")
    axes[1, 0].set_ylabel("longest loops")
    return drawn


def complexity(results: Results) -> Figure:
    """What patterns cost, in bits a cell, as more and more of their cells are redrawn at random."""
    columns, states = results.at(Depths((2, 3), (4, 4)))
    table = own_table(2, columns, states, results.store).complexities.tolist()
    size = results.at(Depths(32, 96))
    flipped = np.linspace(0, 1, 21)
    drawn, axis = figure("column", 2.5)
    for colour, pattern in zip(COLOURS, curves.PATTERNS, strict=False):
        bits = results.computed(
            curves.dissolving,
            pattern=pattern,
            size=size,
            flipped=flipped.tolist(),
            columns=columns,
            complexities=table,
            seed=0,
        )["bits"]
        axis.plot(flipped, bits / size**2, "o-", color=colour, label=pattern)
    axis.set(xlabel="share of cells redrawn at random", ylabel="complexity (bits a cell)", ylim=(0, None))
    axis.legend(loc="lower right")
    return drawn


FIGURES = {"learning-coefficients": learning_coefficients, "loops": loops, "complexity": complexity}
