"""Circuits of a model of one's own: what they share beside chance, and what their regions do."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.models.circuits.overlap import overlap
from corollary.sims.circuits_rome.checkpoint import CIRCUITS, REGIONS


def checkpoint(applied: Any) -> Figure:
    """Left: IoU with the first circuit, and that of random ones of these sizes; right: accuracies of the regions."""
    kept, parted = applied.arrays["kept"], applied.arrays["parted"]
    drawn, axes = figure("text", 3.0, columns=2, width_ratios=(1, 1.7))
    pairs = [overlap(kept[0], other) for other in kept[1:]]
    at = np.arange(len(pairs))
    axes[0].bar(at - 0.2, [one.iou for one in pairs], 0.38, color=COLOURS[0], label="found")
    axes[0].bar(at + 0.2, [one.chance_iou for one in pairs], 0.38, color=COLOURS[5], label="by chance")
    axes[0].set_xticks(at, CIRCUITS[1:])
    axes[0].set(ylabel="IoU with the first circuit", ylim=(0, None))
    legend_above(axes[0])
    places = np.arange(len(REGIONS))
    for number, name in enumerate(CIRCUITS[1:]):
        axes[1].plot(places, parted[number, :, 0], "o", color=COLOURS[number + 1], label=f"B: {name}")
    axes[1].axhline(applied.arrays["whole"][0], color="0.4", linewidth=0.8, linestyle="--")
    axes[1].axhline(0.5, color="0.7", linewidth=0.8, linestyle=":")
    axes[1].set_xticks(places, REGIONS, rotation=35, ha="right")
    axes[1].set(ylabel="good beats bad", ylim=(-0.03, 1.05))
    legend_above(axes[1])
    edges = ", ".join(f"{name} {int(one.sum())}" for name, one in zip(CIRCUITS, kept, strict=True))
    small_print(drawn, f"A: first; edges of {kept.shape[1]}: {edges}; dashed: the model; dotted: a coin")
    return drawn
