"""A model of one's own as a cylinder: angles beside what their pair cosine predicts, effects by axis and phase, and
activation and corruption along steering lengths."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.sims.cylindrical_steering.checkpoint import PENALTIES, labels
from corollary.theory.cylindrical_steering import diffmean


def checkpoint(applied: Any) -> Figure:
    """Of an application's arrays."""
    arrays = applied.arrays
    drawn, (angles, effects, along) = figure("text", 2.7, columns=3)
    cosine, between = arrays["cosine"], arrays["between"]
    angles.hist(np.degrees(np.arccos(cosine)), bins=12, color=COLOURS[0])
    pair = between[np.triu_indices(len(between), 1)].mean()
    if 0 < pair < 1:
        predicted = diffmean.COSINE(r=diffmean.SIGNAL(p=pair), M=int(arrays["made"]))
        angles.axvline(np.degrees(np.arccos(predicted)), color="black", ls="--", lw=1, label="from the pair cosine")
        legend_above(angles, fontsize=6)
    angles.set(xlabel="angle of DiffMean, degrees", ylabel="examples")
    effects.axhline(0, color="0.6", lw=0.8)
    axial = arrays["axial"] * cosine
    effects.plot(axial, arrays["effect"], "o", ms=3, color=COLOURS[0])
    span = [axial.min(), axial.max()]
    effects.plot(span, span, "k:", lw=1)
    effects.set(xlabel="axial part of the slope", ylabel="slope along DiffMean, nats")
    told = labels(arrays["odds"], arrays["best"])[0]
    for colour, row, penalty in zip(COLOURS, told, PENALTIES, strict=False):
        along.plot(arrays["lengths"], (row == 2).mean(1), "o-", ms=2.5, color=colour, label=f"penalty {penalty:g}")
        along.plot(arrays["lengths"], (row == 3).mean(1), "--", color=colour)
    along.set(xlabel="length / DiffMean's", ylabel="share of examples", ylim=(-0.03, 1.03))
    legend_above(along, columns=2, fontsize=6)
    small_print(drawn, f"after layer {int(arrays['layer'])}; middle: dotted, no normal part; right: dashed, corrupted")
    return drawn
