"""How wide the sensitive sector is, and what that makes of single samples and of the population."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import norm

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.point import Depths, grid
from corollary.sims.cylindrical_steering import axis_gated as simulated
from corollary.sims.cylindrical_steering import effects
from corollary.storage.results import Results
from corollary.theory.cylindrical_steering import axis_gated
from corollary.theory.cylindrical_steering import sectors as theory

MODEL = {"T": 2.0, "g": 0.35}


def sectors(results: Results) -> Figure:
    """The chance of success against the dimension of the normal space, and the sector's width against the angle."""
    drawn, axes = figure("text", 2.5, 1, 2)
    fine = np.unique(np.geomspace(2, 1000, 60).round().astype(int))
    coarse = results.at(Depths((3, 31), (2, 3, 7, 15, 31, 63, 127, 255)))
    for colour, kappa in zip(COLOURS, (0.1, 0.2, 0.4), strict=False):
        fixed = {"theta": np.pi / 2, "w_par": 0.0, "w_perp": 1.0, "tau": kappa}
        axes[0].plot(fine, [theory.SUCCESS(m=m, **fixed) for m in fine], color=colour, label=rf"$\tau = {kappa}$")
        axes[0].plot(fine, norm.sf(kappa * np.sqrt(fine)), color=colour, ls=":", lw=0.9)
        means, radii = results.means(
            effects.rare_success, [{"m": m, **fixed} for m in coarse], results.at(Depths(8, 25))
        )
        axes[0].errorbar(coarse, means[:, 0], yerr=np.minimum(radii[:, 0], 0.9 * means[:, 0]), fmt="o", color=colour)
    axes[0].plot([], [], "k:", lw=0.9, label="Gaussian limit")
    axes[0].set(
        xscale="log",
        yscale="log",
        ylim=(1e-5, 0.7),
        xlabel="dimension $m$ of the normal space",
        ylabel=r"P(slope $\geq \tau$)",
    )
    legend_above(axes[0], columns=4)
    angles, some = np.linspace(0.02, np.pi - 0.02, 240), np.linspace(0.25, np.pi - 0.25, results.at(Depths(4, 9)))
    for colour, tau in zip(COLOURS, (0.0, 0.5, 1.0), strict=False):
        fixed = {"w_par": 0.6, "w_perp": 1.2, "tau": tau}
        widths = [theory.HALF_WIDTH(theta=angle, **fixed) for angle in angles]
        axes[1].plot(angles, np.degrees(widths), color=colour, label=rf"$\tau = {tau:g}$")
        points = [{"m": 2, "theta": float(angle), **fixed} for angle in some]
        means, radii = results.means(effects.success, points, results.at(Depths(8, 13)))
        axes[1].errorbar(some, 180 * means[:, 0], yerr=180 * radii[:, 0], fmt="o", color=colour)
    axes[1].set(xlabel=r"angle $\theta$ to the axis (rad)", ylabel=r"half-width $\varphi^*$ (degrees)", ylim=(-4, 184))
    axes[1].set_yticks([0, 45, 90, 135, 180])
    legend_above(axes[1], "threshold of the slope")
    small_print(
        drawn,
        """left: normal vector, threshold tau, slopes of uniform directions; right: m = 2, slope along the axis .6,
        across it 1.2; lines: closed forms; bars: 95% intervals""",
    )
    return drawn


def population(results: Results) -> Figure:
    """Steps of single samples and the population's curve; the penalties' crossing; activation against the angle."""
    drawn, axes = figure("text", 2.5, 1, 3, sharey=True)
    chunks, theta = results.at(Depths(8, 10)), 0.8
    fine, coarse = np.linspace(0.8, 9.5, 500), np.linspace(1.2, 9.2, results.at(Depths(5, 15)))
    for phase in np.radians((0, 30, 50, 70, 80, 90, 97, 103, 107, 110, 140)):
        start = axis_gated.MINIMAL_STRENGTH(theta=theta, phi=phase, rho=0.0, **MODEL)
        if np.isfinite(start):
            stop = axis_gated.RELEASE_STRENGTH(theta=theta, phi=phase, rho=0.0, **MODEL)
            stop = stop if np.cos(phase) < 0 else np.inf
            axes[0].plot(fine, (fine >= start) & (fine <= stop), color=COLOURS[5], lw=0.6, drawstyle="steps-mid")
    _curve(
        axes[0],
        results,
        [{"lam": float(lam), "theta": theta, "rho": 0.0, **MODEL} for lam in coarse],
        coarse,
        chunks,
        COLOURS[0],
    )
    axes[0].plot(
        fine,
        [axis_gated.ACTIVATION(lam=lam, theta=theta, rho=0.0, **MODEL) for lam in fine],
        color=COLOURS[0],
        lw=1.6,
        label="population",
    )
    axes[0].plot([], [], color=COLOURS[5], lw=0.8, label="single phases")
    axes[0].set(xlabel=r"length $\lambda$", ylabel="P(active)", ylim=(-0.04, 1.04))
    legend_above(axes[0], r"$\theta = 0.8$, no penalty", handlelength=1.2)
    for colour, rho in zip(COLOURS, (0.0, 0.3, 0.6, 0.9), strict=False):
        axes[1].plot(
            fine,
            [axis_gated.ACTIVATION(lam=lam, theta=theta, rho=rho, **MODEL) for lam in fine],
            color=colour,
            label=rf"$\rho = {rho:g}$",
        )
        _curve(
            axes[1],
            results,
            [{"lam": float(lam), "theta": theta, "rho": rho, **MODEL} for lam in coarse],
            coarse,
            chunks,
            colour,
        )
    crossing = axis_gated.CROSSING(theta=theta, T=MODEL["T"])
    axes[1].plot([crossing], [0.5], "o", ms=7, mfc="none", mec="black")
    axes[1].annotate(
        r"$\lambda = T/\cos\theta$", (crossing, 0.5), (3.6, 0.36), arrowprops={"arrowstyle": "-", "lw": 0.5}
    )
    axes[1].set(xlabel=r"length $\lambda$")
    legend_above(axes[1], "all penalties cross", columns=4, columnspacing=0.5, handlelength=0.8)
    angles, some = np.linspace(0.005, 1.565, 300), np.linspace(0.08, 1.5, results.at(Depths(5, 13)))
    for colour, lam in zip(COLOURS, (1.6, 1.8, 2.2, 3.5), strict=False):
        axes[2].plot(
            angles,
            [axis_gated.ACTIVATION(lam=lam, theta=angle, rho=0.0, **MODEL) for angle in angles],
            color=colour,
            label=rf"$\lambda = {lam:g}$",
        )
        points = grid(lam=[lam], theta=[float(angle) for angle in some], rho=[0.0], T=[2.0], g=[0.35])
        _curve(axes[2], results, points, some, chunks, colour)
    axes[2].set(xlabel=r"angle $\theta$ (rad)")
    legend_above(axes[2], "by angle", columns=4, columnspacing=0.5, handlelength=0.8)
    small_print(
        drawn,
        """T = 2, g = 0.35, phases uniform; lines: closed forms; points: simulated, bars 95% intervals; left: steps of
        single phases between 0 and 140 degrees; right: no penalty""",
    )
    return drawn


def _curve(axes: object, results: Results, points: list[dict], places: np.ndarray, chunks: int, colour: str) -> None:
    means, radii = results.means(simulated.activation, points, chunks)
    axes.errorbar(places, means[:, 0], yerr=radii[:, 0], fmt="o", color=colour, ms=2.8)  # type: ignore[attr-defined]
