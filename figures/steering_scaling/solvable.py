"""The linear readout at finite and infinite width, and the trap of a small factor."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure
from corollary.point import Depths
from corollary.storage.results import Results
from corollary.theory.steering_scaling import linear_model


def trajectories(results: Results) -> Figure:
    """signSGD's output against its infinite-width form, and the deviation that vanishes as n^(-1/2)."""
    widths = results.at(Depths([64, 256], [64, 1024, 16384], [64, 1024, 16384, 262144]))
    drawn, axes = figure("text", 2.5, 1, 2)
    steps = np.arange(1, 7)
    for e, style in ((1, "-"), (-1, "--")):
        limit = [linear_model.OUTPUT(Pi=0.5, c1=np.sqrt(2 / np.pi), A_0=4.0, e=e, t=int(t)) for t in steps]
        axes[0].plot(steps, limit, "k" + style, lw=1, label=rf"$n = \infty$, first move ${e:+d}$")
    deviations = []
    for colour, n in zip(COLOURS, widths, strict=False):
        found = results.computed(runs_of, n=n, runs=results.at(Depths(32, 200)))
        deviations.append(found["deviation"])
        axes[0].plot(steps, found["output"][:6].T, color=colour, lw=0.6, alpha=0.6)
        axes[0].plot([], [], color=colour, label=f"$n = {n}$")
    axes[0].set(xlabel="step $t$", ylabel="$f_t - f_0$")
    axes[0].legend(loc="upper left")
    means = [np.sqrt(np.mean(d**2)) for d in deviations]
    errors = [2 * np.std(d**2) / np.sqrt(len(d)) / (2 * m) for d, m in zip(deviations, means, strict=True)]
    axes[1].errorbar(widths, means, yerr=errors, fmt="o", color=COLOURS[0], label="signSGD")
    axes[1].plot(widths, means[-1] * np.sqrt(widths[-1] / np.array(widths)), "k-", lw=1, label="$n^{-1/2}$")
    axes[1].set_xscale("log", base=2)
    axes[1].set(yscale="log", xlabel="width $n$", ylabel=r"rms of $\max_{t \leq 6}|f_t - f_t^\infty|$")
    axes[1].legend()
    return drawn


def runs_of(n: int, runs: int) -> dict[str, np.ndarray]:
    """Outputs [runs, 6] of signSGD, and the largest deviation [runs] from the form at infinite width."""
    import jax

    from corollary.sims.steering_scaling import linear_model as sims

    point = {"n": n, "beta": 4.0, "lam": 1.0, "c_a": 1.0, "c_v": 0.5}

    @jax.jit
    def one(key: jax.Array) -> Any:
        f, _, overlap = sims.run(*sims.draw(key, point), "sign", 6, sims.UNREACHABLE)
        return f[1:], overlap[0]

    found, overlap = jax.lax.map(one, jax.random.split(jax.random.key(n), runs))
    limit = np.array(
        [[linear_model.OUTPUT(Pi=0.5, c1=np.sqrt(2 / np.pi), A_0=4.0, e=e, t=t) for t in range(1, 7)] for e in (1, -1)]
    )
    expected = np.where(np.asarray(overlap)[:, None] > 0, limit[0], limit[1])
    return {"output": np.asarray(found), "deviation": np.abs(np.asarray(found) - expected).max(1)}


def trap(results: Results) -> Figure:
    """How likely signSGD's trap is against width, and how often Adam flips the factor's sign."""
    from corollary.sims.steering_scaling.linear_model import flipped, trapped

    drawn, axes = figure("text", 2.5, 1, 2)
    fine = np.geomspace(32, 20000, 100)
    coarse = results.at(Depths([64, 256], [64, 256, 1024, 4096], [64, 256, 1024, 4096, 16384]))
    for colour, (c_v, lam) in zip(COLOURS, ((0.05, 1.0), (0.02, 2.0)), strict=False):
        axes[0].plot(
            fine,
            [linear_model.TRAP(c_v=c_v, lam=lam, n=n) for n in fine],
            color=colour,
            label=rf"$c_v = {c_v}$, $\lambda = {lam:g}$",
        )
        points = [{"n": n, "beta": 0.5, "lam": lam, "c_a": 1.0, "c_v": c_v} for n in coarse]
        means, radii = results.means(trapped, points, results.at(Depths(8, 20, 60)))
        axes[0].errorbar(coarse, means[:, 0], yerr=radii[:, 0], fmt="o", color=colour)
    axes[0].axhline(0.5, color="black", lw=0.5, ls=":")
    axes[0].set_xscale("log", base=2)
    axes[0].set(xlabel="width $n$", ylabel="probability of the trap", ylim=(0, 0.55))
    axes[0].legend(loc="lower right")
    starts = results.at(Depths([0.5, 2.0], [0.5, 1.1, 1.5, 2.0, 3.0, 4.0]))
    points = [{"n": 256, "beta": start, "lam": 1.0, "c_a": 1.0, "c_v": 0.05, "steps": 40, "y": 2.0} for start in starts]
    means, radii = results.means(flipped, points, results.at(Depths(8, 80)))
    axes[1].errorbar(starts, means[:, 0], yerr=radii[:, 0], fmt="o-", color=COLOURS[2])
    axes[1].axvline(1, color="black", lw=0.6, ls=":")
    axes[1].set(
        xlabel=r"start of the factor $\alpha_0 / \eta_\alpha$", ylabel="Adam flips the factor's sign", ylim=(0, 0.62)
    )
    return drawn
