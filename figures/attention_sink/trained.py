"""Trained sinks: which decoders have them, and the variance law inside."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.point import Depths
from corollary.sims.attention_sink.trained import RUN
from corollary.storage.results import Results

NO_BOS = "softmax,\nno BOS"
MODELS: dict[str, dict[str, Any]] = {
    "softmax": {},
    "head-wise\nRMSNorm": {"head_norm": True},
    "sigmoid": {"attention": "sigmoid"},
    NO_BOS: {"bos": False},
}


def trained(results: Results) -> Figure:
    """Attention on position 0, what stands out there, and variance against position."""
    drawn, axes = figure("text", 2.8, 1, 3, width_ratios=(1.1, 1.1, 1.0))
    seeds = range(results.at(Depths(1, 3, 12)))
    sizes = results.at(Depths({"steps": 2, "layers": 1, "width": 8, "mlp_width": 8, "sequences": 64}, {}))
    names = results.at(Depths([NO_BOS], list(MODELS)))
    found = {name: results.training(RUN, seeds, **sizes, **MODELS[name]) for name in names}
    places = np.arange(len(found))
    kinds = {"idle": "sink", "at a trigger": "sink at trigger"}
    for shift, colour, (label, name) in zip((-0.12, 0.12), COLOURS, kinds.items(), strict=False):
        for place, one in zip(places, found.values(), strict=True):
            values = one.measurements[name]
            axes[0].plot(np.full(len(values), place + shift), values, "o", ms=3, color=colour, label=label)
            label = "_"
    axes[0].axhline(1 / 16, color="0.6", lw=0.8, zorder=0)
    axes[0].set(ylabel="attention on position 0", ylim=(-0.03, 1.03))
    legend_above(axes[0], "queries", handletextpad=0.1)
    ratios = {"norm": "norm ratio", "dominance": "dominance ratio"}
    for shift, colour, (label, name) in zip((-0.12, 0.12), COLOURS[2:], ratios.items(), strict=False):
        for place, one in zip(places, found.values(), strict=True):
            values = one.measurements[name]
            axes[1].plot(np.full(len(values), place + shift), values, "o", ms=3, color=colour, label=label)
            label = "_"
    axes[1].axhline(1, color="0.6", lw=0.8, zorder=0)
    axes[1].set(ylabel="position 0 over the others", yscale="log", ylim=(0.2, 5))
    axes[1].set_yticks([0.25, 0.5, 1, 2, 4], ["1/4", "1/2", "1", "2", "4"])
    axes[1].set_yticks([], minor=True)
    legend_above(axes[1], "its last layer's", handletextpad=0.1)
    for one in axes[:2]:
        one.set_xticks(places, names, fontsize=6)
        one.set_xlabel("decoder")
    _law(axes[2], found[NO_BOS].evaluation)
    small_print(
        drawn,
        """two-layer decoders, a dot a seed; left: the last layer's strongest head, grey: uniform; right: first layer
        without a BOS, over position 1, points: variance, line: of the weights on each token, dashed: sum of squared
        weights""",
    )
    return drawn


def _law(axis: Axes, evaluation: dict[str, np.ndarray]) -> None:
    """Variance of the first layer's output against position, first seed."""
    variance, spread, squares = (evaluation[name][0, 0] for name in ("variance", "spread", "participation"))
    position = np.arange(1, len(variance) + 1)
    axis.loglog(position, variance / variance[0], "o", ms=3, color=COLOURS[0], label="variance")
    axis.loglog(position, spread / spread[0], color=COLOURS[0], label="of weights")
    axis.loglog(position, squares / squares[0], "--", color="0.5", label=r"$\sum a^2$")
    axis.set(xlabel="position $t$", ylabel="over that of position 1")
    legend_above(axis, "variance law inside", 3, handlelength=1.0)
