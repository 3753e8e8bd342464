"""Steering in trained toys: single samples and their population, delays, and the helix probe."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.point import Depths
from corollary.storage.results import Results

MODELS = Depths(quick=1, standard=5, full=24)
TINY = {"steps": 2, "layers": 1, "width": 8, "heads": 2, "mlp_width": 0, "length": 1, "batch": 4}
"""Too few steps to learn anything: for a look at the figure alone."""

ROLES = (
    ("the sample's difference", ("diffmean", "sample 0.5", "sample 1")),
    ("DiffMean (as in the code)", ("code 0", "code 0.5", "code 1")),
)
PATHS = (("helix", "one-\nshot"), ("walk", "walk"), ("line", "line"), ("noise", "noise"))


def toy(results: Results) -> Figure:
    """One toy's samples along DiffMean with the share that is active; medians over penalties and the helix probe's
    circles, a point each toy."""
    from corollary.sims.cylindrical_steering.toy import RUN

    seeds = [1000 * results.seed + model for model in range(results.at(MODELS))]
    found = results.training(RUN, seeds, **results.at(Depths(quick=TINY, standard={})))
    drawn, axes = figure("text", 2.5, columns=4, width_ratios=(1, 1, 1.15, 1))
    _single_and_together(axes[0], axes[1], found.evaluation)
    _delays(axes[2], found.measurements)
    values = np.array([found.measurements[name] for name, _ in PATHS])
    axes[3].plot(
        np.arange(len(PATHS))[:, None] + np.linspace(-0.12, 0.12, len(seeds)),
        values,
        "o",
        color=COLOURS[0],
        markersize=3,
        mew=0,
    )
    axes[3].set_xticks(range(len(PATHS)), [label for _, label in PATHS], fontsize=7)
    axes[3].set(xlabel="path probed", ylabel="$R^2$ of the helix's circle", ylim=(0, 1.05), xlim=(-0.5, 3.5))
    for ax, title in zip(axes, ("single samples", "all samples", "", "helix probe"), strict=True):
        ax.set_title(title)
    small_print(
        drawn,
        f"""transformers trained on a synthetic language, {len(seeds)} seeds; left two: the first of them,
        {found.evaluation["curves"].shape[-1]} samples drawn; right two: a point each seed, lines through means;
        simulation alone""",
    )
    return drawn


def _single_and_together(left: Axes, right: Axes, evaluation: dict[str, Any]) -> None:
    from corollary.sims.cylindrical_steering.toy_effects import LONGEST

    odds, share = evaluation["curves"][0], evaluation["curve"][0]
    left.plot(np.linspace(0, LONGEST, len(odds)), odds, color=COLOURS[0], lw=0.6)
    left.axhline(0, color="black", lw=0.5)
    left.set(ylabel="log-odds of the concept")
    right.plot(np.linspace(0, LONGEST, len(share)), share, color=COLOURS[0])
    right.set(ylabel="share active", ylim=(-0.02, 1.02))
    for ax in (left, right):
        ax.set(xlabel=r"length / $|\mathrm{DiffMean}|$", xlim=(0, 1.5))


def _delays(ax: Axes, measured: dict[str, np.ndarray]) -> None:
    penalties = np.array([0, 0.5, 1])
    for colour, (label, names) in zip(COLOURS, ROLES, strict=False):
        medians = np.array([measured[f"median {name}"] for name in names])
        ax.plot(penalties, medians, "o", color=colour, alpha=0.4, markersize=2.5, mew=0)
        ax.plot(penalties, medians.mean(axis=1), "-", color=colour, label=label)
    ax.set(xlabel=r"penalty $\rho$", ylabel="median active length", ylim=(0.3, 1.3))
    ax.set_xticks(penalties)
    legend_above(ax, "penalty normal to", columns=1, handlelength=1.0)
