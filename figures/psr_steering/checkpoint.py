"""How much of an instruction steering copies in a model of one's own: by layer, and by strength."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.models.prompt_steering import METHODS
from corollary.sims.psr_steering.checkpoint import STEERED, STRENGTHS

LABELS = {
    "constant": "constant",
    "clamp": "set point",
    "affine": "affine",
    "relu": "ReLU",
    "sequence": "one a sequence",
}


def checkpoint(applied: Any) -> Figure:
    """Relative errors of methods fitted at each layer; KL from the instructed model, over the plain one's."""
    arrays = applied.arrays
    drawn, (errors, told) = figure("text", 2.8, columns=2)
    layers = np.arange(len(arrays["kappa"]))
    for number, method in enumerate(METHODS):
        errors.plot(layers, arrays["errors"][number], "o-", ms=3, color=COLOURS[number], label=LABELS[method])
    errors.plot(layers, np.sqrt(1 - arrays["kappa"]), "k:", lw=1.2, label=r"$\sqrt{1-\kappa}$")
    errors.axhline(1, color="0.6", lw=0.8, zorder=0)
    errors.set(xlabel="layer", ylabel="relative error", ylim=(0, min(2.0, 1.1 * float(arrays["errors"].max()))))
    errors.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend_above(errors, columns=3)
    for number, name in enumerate(STEERED):
        method = name.removeprefix("all ")
        style = "s--" if name.startswith("all") else "o-"
        values = arrays["divergence"][number] / arrays["plain"]
        label = f"{LABELS[method]}, all layers" if name.startswith("all") else None
        told.plot(STRENGTHS, values, style, ms=3, color=COLOURS[list(METHODS).index(method)], label=label)
    told.axhline(1, color="0.6", lw=0.8, zorder=0)
    told.set(xlabel="strength", ylabel="KL from the instructed / plain's", ylim=(0, 2))
    legend_above(told)
    small_print(drawn, f"right: steered after layer {int(arrays['layer'])}, or all; on pairs that were not fitted")
    return drawn
