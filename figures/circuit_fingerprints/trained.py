"""Trained decoders: what the best edges of each ranking recover, and steering by four directions."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.point import Depths
from corollary.sims.circuit_fingerprints.trained import ALPHAS, FRACTIONS, METHODS, RUN, STEERING
from corollary.storage.results import Results

MODELS = Depths(quick=1, standard=2, full=16)
TINY = {"steps": 2, "width": 8, "tested": 4, "steered": 4, "batch": 4, "heads": 2}
"""Too few steps to learn anything: for a look at the figure alone."""
SHOWN = {
    "eap-ig": ("EAP-IG", "-"),
    "eap": ("EAP", "-"),
    "fingerprint": ("fingerprint", "-"),
    "unembedding": ("unembedding", "--"),
    "permuted": ("others' answers", "--"),
    "last": ("last position", ":"),
    "random": ("random", ":"),
}


def trained(results: Results) -> Figure:
    """Means over trainings."""
    quick = {**TINY, "unembedding": "own"}
    settings = results.at(Depths(quick=quick, standard={"unembedding": "own"}, full={"unembedding": "own"}))
    found = results.training(RUN, range(results.at(MODELS)), **settings)
    curves = np.nanmean(found.evaluation["curves"], axis=0)
    drawn, axes = figure("text", 2.8, 1, 2)
    for number, (method, (label, style)) in enumerate(SHOWN.items()):
        colour = COLOURS[number % len(COLOURS)]
        axes[0].plot(FRACTIONS, curves[METHODS.index(method)], style, color=colour, label=label)
    axes[0].set(xlabel="share of edges kept", ylabel="logit difference recovered", ylim=(-0.3, 1.2))
    legend_above(axes[0], columns=3)
    told = found.evaluation["told"].mean(0)
    for number, name in enumerate(STEERING):
        axes[1].plot(ALPHAS, told[number], "o-", ms=3, color=COLOURS[number % len(COLOURS)], label=name)
    axes[1].set(xlabel=r"strength $\alpha$, one length for all", ylabel="share steered to a third name")
    legend_above(axes[1], columns=2)
    small_print(
        drawn,
        f"""decoders of two layers trained for {found.config["steps"]} steps on indirect objects, mean of
        {len(found.seeds)}; other edges carry the corrupted prompt; simulation alone""",
    )
    return drawn
