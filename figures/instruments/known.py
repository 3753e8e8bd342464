"""Estimated learning coefficients against known ones."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.point import Depths
from corollary.sims.instruments.known import crossing_gaps, quadratic_moments, reduced_rank_gaps
from corollary.storage.results import Results
from corollary.theory.instruments import chains, known

CHAINS = Depths(64, full=256)


def learning_coefficients(results: Results) -> Figure:
    """Estimates against known coefficients, at a crossing against temperature, and against SGLD's step size."""
    drawn, axes = figure("text", 2.5, 1, 3)
    _regressions(axes[0], results)
    _crossing(axes[1], results)
    _steps(axes[2], results)
    small_print(
        drawn,
        f"""lines: known values and closed forms; points: Langevin chains ({results.at(CHAINS)}; 128 on the right), bars
        95% intervals; left: inputs, hidden units, outputs; rank, at n beta = 1e4; right: h = 0.8, n beta = 1000,
        gamma = 200""",
    )
    return drawn


def _regressions(axis: Axes, results: Results) -> None:
    sizes = results.at(
        Depths(
            [(3, 3, 3, 1, 1.2e-4, 64)], [(6, 2, 3, 0, 2.5e-4, 128), (3, 3, 3, 1, 1.2e-4, 128), (4, 3, 4, 1, 1e-4, 256)]
        )
    )
    names = ("inputs", "hidden", "outputs", "rank", "eps", "steps")
    shared = {"nbeta": 1e4, "gamma": 1.0, "chains": results.at(CHAINS)}
    points = [{**shared, **dict(zip(names, size, strict=True))} for size in sizes]
    means, radii = results.means(reduced_rank_gaps, points, 8)
    exact = [float(known.reduced_rank(M, H, N, r)[0]) for M, H, N, r, *_ in sizes]
    halves = [H * (M + N) / 2 for M, H, N, *_ in sizes]
    axis.plot([0, 7], [0, 7], "-", color=COLOURS[6], lw=0.8, label="exact")
    axis.errorbar(exact, means[:, 0], yerr=radii[:, 0], fmt="o", color=COLOURS[0], label="chains")
    axis.plot(exact, halves, "x", color=COLOURS[1], label="$d / 2$")
    for (M, H, N, r, *_), place, half, side in zip(sizes, exact, halves, (-1, 1, -1), strict=False):
        axis.annotate(
            f"{M}, {H}, {N}; {r}",
            (place, half),
            (4 * side, -2),
            textcoords="offset points",
            fontsize=6,
            ha="left" if side > 0 else "right",
        )
    axis.set(xlabel=r"known coefficient $\lambda$", ylabel=r"estimate $\hat\lambda$", xlim=(0, 7), ylim=(0, 16))
    legend_above(axis, "reduced-rank regression")


def _crossing(axis: Axes, results: Results) -> None:
    settings = results.at(Depths([(100.0, 8e-3, 128)], [(10.0, 8e-2, 128), (100.0, 8e-3, 128), (1000.0, 1e-3, 512)]))
    points = [
        {"chains": results.at(CHAINS), "gamma": 1.0, "nbeta": nbeta, "eps": eps, "steps": steps}
        for nbeta, eps, steps in settings
    ]
    means, radii = results.means(crossing_gaps, points, 8)
    fine = np.geomspace(3, 1e6, 100)
    axis.plot(fine, [chains.CROSSING(nbeta=nbeta, gamma=1.0) for nbeta in fine], color=COLOURS[0], label="exact")
    axis.errorbar(
        [nbeta for nbeta, *_ in settings], means[:, 0], yerr=radii[:, 0], fmt="o", color=COLOURS[0], label="chains"
    )
    axis.axhline(0.5, color=COLOURS[6], lw=0.8, ls="--")
    axis.text(3, 0.505, r"$\lambda = 1/2$", va="bottom")
    axis.set(xscale="log", xlabel=r"inverse temperature $n\beta$", ylabel=r"estimate $\hat\lambda$", ylim=(0.1, 0.55))
    legend_above(axis, "a crossing, $L = (x y)^2$")


def _steps(axis: Axes, results: Results) -> None:
    h, nbeta, gamma = 0.8, 1000.0, 200.0
    steps = np.array(results.at(Depths([1e-3, 2e-3], [4e-4, 1e-3, 1.6e-3, 2.4e-3, 3e-3])))
    fine = np.linspace(1e-5, 3.4e-3, 100)
    samplers = (("sgld", "plain SGLD", chains.DISCRETISED), ("averaged", "noise shared", chains.SOFT_COUNT))
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
    legend_above(axis, "too large a step")
