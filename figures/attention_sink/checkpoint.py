"""What of the chain is in a model of one's own."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.sims.attention_sink.checkpoint import FACTORS


def checkpoint(applied: Any) -> Figure:
    """Variance against participation, dominance and sinks over layers, W_O against chance, and the interventions."""
    arrays, k = applied.arrays, applied.config["k"]
    drawn, axes = figure("text", 4.6, 2, 2)
    layers = np.arange(len(arrays["sink"]))
    for place, layer in enumerate(sorted({0, len(layers) // 2, len(layers) - 1})):
        colour = COLOURS[place]
        position = np.arange(1, arrays["variance"].shape[1] + 1)
        variance, squares = arrays["variance"][layer], arrays["participation"][layer]
        axes[0, 0].loglog(position, variance / variance[0], "o", ms=2, color=colour, label=f"layer {layer}")
        axes[0, 0].loglog(position, squares / squares[0], color=colour, lw=0.8)
    axes[0, 0].set(xlabel="position $t$", ylabel="over that of position 1")
    legend_above(axes[0, 0], r"variance; lines: $E\sum a^2$", handletextpad=0.1)
    axes[0, 1].plot(layers, arrays["dominance"][:, 0], "o-", ms=3, color=COLOURS[0], label="position 0")
    later = np.median(arrays["dominance"][:, 1:], axis=1)
    axes[0, 1].plot(layers, later, "o-", ms=3, color=COLOURS[1], label="later")
    axes[0, 1].set(xlabel="layer", ylabel="dominance ratio")
    legend_above(axes[0, 1], "largest channel over the mean")
    chance = arrays["tau by chance"]
    axes[1, 0].fill_between(layers, chance.min(axis=1), chance.max(axis=1), color="0.85", label="by chance")
    axes[1, 0].plot(layers, arrays["tau"], "o-", ms=3, color=COLOURS[0], label="columns")
    axes[1, 0].plot(layers, arrays["tau of norms"], "o-", ms=3, color=COLOURS[1], label="row norms")
    axes[1, 0].set(xlabel="layer", ylabel=r"Kendall's $\tau$")
    legend_above(axes[1, 0], r"$|W_O|$ with the first variance")
    for colour, kind, label in ((COLOURS[0], "amplify", "amplified"), (COLOURS[1], "scale", "scaled")):
        axes[1, 1].plot(FACTORS, arrays[kind][:, 1:].max(axis=1, initial=0.0), "o-", ms=3, color=colour, label=label)
    axes[1, 1].axhline(arrays["masked"][1:].max(initial=0.0), ls="--", color=COLOURS[2], label="masked")
    axes[1, 1].set(xlabel=r"factor $\lambda$", ylabel=f"attention on position {k}")
    legend_above(axes[1, 1], "strongest later layer, mean over heads")
    for axis in (axes[0, 1], axes[1, 0]):
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    small_print(
        drawn,
        f"""{applied.config["sequences"]} sequences of {applied.config["length"]} random tokens; interventions on the
        heads' outputs of the first {applied.config["intervened"]} layers; shaded: permuted variances""",
    )
    return drawn
