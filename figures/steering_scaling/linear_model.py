"""The linear readout at finite and infinite width, and the trap of a small factor."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, plain_ticks, small_print
from corollary.point import Depths
from corollary.storage.results import Results
from corollary.theory.steering_scaling import linear_model as theory
from corollary.theory.steering_scaling.trap import TRAP

SCALING = {"beta": 4.0, "lam": 1.0, "c_a": 1.0, "c_v": 0.5}


def trajectories(results: Results) -> Figure:
    """signSGD's output against its infinite-width form, and the deviation that vanishes as n^(-1/2)."""
    widths = results.at(Depths([64, 256], [64, 256, 1024, 4096, 16384], [64, 256, 1024, 4096, 16384, 65536, 262144]))
    from corollary.sims.steering_scaling import linear_model as sims

    drawn, axes = figure("text", 2.5, 1, 2)
    steps = np.arange(1, 7)
    limits = {}
    for e, style in ((1, "-"), (-1, "--")):
        limits[e] = np.array([theory.OUTPUT(Pi=0.5, c1=np.sqrt(2 / np.pi), A_0=4.0, e=e, t=int(t)) for t in steps])
        axes[0].plot(steps, limits[e], "k" + style, lw=1, label=rf"$n = \infty$, first move ${e:+d}$")
    deviations = []
    for n in widths:
        runs = results.computed(
            sims.paths, seed=results.seed, n=n, runs=results.at(Depths(32, 200)), steps=len(steps), **SCALING
        )
        expected = np.where(runs["first_move"][:, None] > 0, limits[1], limits[-1])
        deviations.append(np.abs(runs["output"] - expected).max(1))
        if n in (widths[0], widths[len(widths) // 2], widths[-1]):
            colour = COLOURS[widths.index(n) % len(COLOURS)]
            axes[0].plot(steps, runs["output"][:6].T, color=colour, lw=0.6, alpha=0.6)
            axes[0].plot([], [], color=colour, label=f"$n = {n}$")
    axes[0].set(xlabel="step $t$", ylabel="$f_t - f_0$")
    legend_above(axes[0], columns=3)
    means = [np.sqrt(np.mean(d**2)) for d in deviations]
    errors = [2 * np.std(d**2) / np.sqrt(len(d)) / (2 * m) for d, m in zip(deviations, means, strict=True)]
    axes[1].errorbar(widths, means, yerr=errors, fmt="o", color=COLOURS[0], label="signSGD")
    axes[1].plot(widths, means[-1] * np.sqrt(widths[-1] / np.array(widths)), "k-", lw=1, label="$n^{-1/2}$")
    axes[1].set_xscale("log", base=2)
    axes[1].set(yscale="log", xlabel="width $n$", ylabel=r"rms of $\max_{t \leq 6}|f_t - f_t^\infty|$")
    plain_ticks(axes[1].yaxis, (0.2, 0.5, 1, 2))
    legend_above(axes[1])
    small_print(
        drawn,
        f"""signSGD on a linear readout; beta = 4, lambda = 1, c_alpha = 1, c_v = 0.5; left: 6 runs a width; right:
        {results.at(Depths(32, 200))} runs a width, bars two standard errors, line through the widest; black: the
        limit of infinite width""",
    )
    return drawn


def trap(results: Results) -> Figure:
    """How likely signSGD's trap is against width, and how often Adam flips the factor's sign."""
    from corollary.sims.steering_scaling.linear_model import flipped, trapped

    drawn, axes = figure("text", 2.5, 1, 2)
    fine = np.geomspace(32, 20000, 100)
    coarse = results.at(Depths([64, 256], [64, 256, 1024, 4096], [64, 256, 1024, 4096, 16384]))
    for colour, (c_v, lam) in zip(COLOURS, ((0.05, 1.0), (0.02, 2.0)), strict=False):
        axes[0].plot(
            fine,
            [TRAP(c_v=c_v, lam=lam, n=n) for n in fine],
            color=colour,
            label=rf"$c_v = {c_v}$, $\lambda = {lam:g}$",
        )
        points = [{"n": n, "beta": 0.5, "lam": lam, "c_a": 1.0, "c_v": c_v} for n in coarse]
        means, radii = results.means(trapped, points, results.at(Depths(8, 20, 60)))
        axes[0].errorbar(coarse, means[:, 0], yerr=radii[:, 0], fmt="o", color=colour)
    axes[0].axhline(0.5, color="black", lw=0.5, ls=":")
    axes[0].set_xscale("log", base=2)
    axes[0].set(xlabel="width $n$", ylabel="probability of the trap", ylim=(0, 0.55))
    legend_above(axes[0], "signSGD")
    starts = results.at(Depths([0.5, 2.0], [0.5, 1.1, 1.5, 2.0, 3.0, 4.0]))
    points = [{"n": 256, "beta": start, "lam": 1.0, "c_a": 1.0, "c_v": 0.05, "steps": 40, "y": 2.0} for start in starts]
    means, radii = results.means(flipped, points, results.at(Depths(8, 80)))
    axes[1].errorbar(starts, means[:, 0], yerr=radii[:, 0], fmt="o-", color=COLOURS[2])
    axes[1].axvline(1, color="black", lw=0.6, ls=":")
    axes[1].set(
        xlabel=r"start of the factor $\alpha_0 / \eta_\alpha$", ylabel="the factor changes sign", ylim=(0, 0.62)
    )
    axes[1].plot([], [], "o-", color=COLOURS[2], label="simulated")
    axes[1].plot([], [], ":", color="black", lw=0.6, label="start of one step's length")
    legend_above(axes[1], "Adam")
    small_print(
        drawn,
        """left: lines closed form, points simulated, beta = 0.5; right: no closed form; n = 256, 40 steps, c_v = 0.05;
        bars: 95% intervals""",
    )
    return drawn
