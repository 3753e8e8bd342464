"""Random attention stacks over depth."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.point import Depths
from corollary.sims.attention_sink import depth as sims
from corollary.storage.results import Results
from corollary.theory.attention_sink import depth as theory

LENGTH, LAYERS = 32, 6


def depth(results: Results) -> Figure:
    """Mean square of positions, and effective rank, plain and with head-wise RMSNorm."""
    drawn, axes = figure("text", 2.5, 1, 2)
    sizes = results.at(Depths({"d": 128, "nets": 2}, {"d": 768, "nets": 4}))
    found = results.computed(sims.over_depth, seed=results.seed, length=LENGTH, layers=LAYERS, head_width=64, **sizes)
    attention, layers = theory.uniform(LENGTH), np.arange(LAYERS + 1)
    plain, normed = (theory.covariances(attention, 1.0, LAYERS, head_norm) for head_norm in (False, True))
    for colour, position in zip(COLOURS, (1, 2, 8, 32), strict=False):
        axes[0].plot(layers, [K[position - 1, position - 1] for K in plain], color=colour)
        axes[0].plot(layers, found["plain"][:, position - 1], "o", color=colour, label=f"$t = {position}$")
    axes[0].plot(layers, [K[-1, -1] for K in normed], "--", color="black", lw=0.9)
    axes[0].set(xlabel="layer", ylabel="mean square of the stream")
    legend_above(axes[0], "plain; dashed: head-wise RMSNorm", handletextpad=0.1)
    for colour, name, stack in ((COLOURS[0], "plain", plain), (COLOURS[1], "head-norm", normed)):
        axes[1].plot(layers, [theory.effective_rank(K) for K in stack], color=colour)
        label = "plain" if name == "plain" else "head-wise RMSNorm"
        axes[1].plot(layers, found[f"rank {name}"], "o", color=colour, label=label)
    axes[1].set(xlabel="layer", ylabel="effective rank", yscale="log")
    axes[1].set_yticks([4, 8, 16, 32], ["4", "8", "16", "32"])
    axes[1].set_yticks([], minor=True)
    legend_above(axes[1], "at initialisation", handletextpad=0.1)
    small_print(
        drawn,
        f"""uniform causal attention on {LENGTH} independent tokens, width {sizes["d"]}; lines: recursion of infinite
        width; points: random stacks, means of {sizes["nets"]}""",
    )
    return drawn
