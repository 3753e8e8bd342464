"""Rankings of a model of one's own, and which channels its heads' scores come through."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.sims.circuit_fingerprints.checkpoint import FRACTIONS, METHODS

LABELS = {
    "fingerprint": "fingerprint",
    "last": "last position",
    "unembedding": "unembedding",
    "permuted": "others' answers",
}
LABELS |= {"eap": "EAP", "eap-ig": "EAP-IG", "random": "random"}
CHANNELS = ("queries", "keys", "values")


def checkpoint(applied: Any) -> Figure:
    """Curves of the patched model; Shapley values of the heads with the largest scores."""
    arrays = applied.arrays
    drawn, axes = figure("text", 2.9, columns=2)
    for number, method in enumerate(METHODS):
        style = "-" if method in ("fingerprint", "eap", "eap-ig") else "--"
        axes[0].plot(
            FRACTIONS, arrays["curves"][number], style, color=COLOURS[number % len(COLOURS)], label=LABELS[method]
        )
    axes[0].set(xlabel="share of edges kept", ylabel="logit difference recovered", xscale="symlog", ylim=(-0.5, 1.5))
    axes[0].set_xscale("symlog", linthresh=0.005)
    legend_above(axes[0], columns=3)
    channels = arrays["channels"]
    heads = channels.shape[1]
    order = np.argsort(-np.abs(channels.sum(-1)).ravel())[:8]
    for number, name in enumerate(CHANNELS):
        values = channels.reshape(-1, 3)[order, number]
        axes[1].bar(np.arange(len(order)) + 0.26 * (number - 1), values, 0.24, color=COLOURS[number], label=name)
    axes[1].set_xticks(np.arange(len(order)), [f"{n // heads}.{n % heads}" for n in order])
    axes[1].set(xlabel="layer.head", ylabel="along the fingerprint")
    legend_above(axes[1])
    count = len(arrays["cosines"])
    small_print(drawn, f"{count} prompts; left: all other edges carry the corrupted prompts; right: Shapley values")
    return drawn
