"""The trained retrieval toy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.point import Depths
from corollary.sims.cca_barriers.retrieval import LENGTH, RUN
from corollary.storage.results import Results


def retrieval(results: Results) -> Figure:
    """The trained toy: divergence and credit by length, and what stepwise credit composes to."""
    steps = results.at(Depths(quick=20, standard=300, full=1500))
    seeds = [1000 * results.seed + number for number in range(results.at(Depths(quick=1, standard=5)))]
    trained = results.training(RUN, seeds, steps=steps).evaluation
    drawn, axes = figure("text", 2.4, columns=3)
    lengths, weight = np.arange(1, LENGTH + 1), RUN.settings["weight"].default
    survives = 1 - float(weight)
    _spread(axes[0], lengths, trained["divergence"], COLOURS[0], "trained")
    axes[0].plot(lengths, -math.log(survives) * lengths, "k--", label="the data's process")
    axes[0].set(ylabel=r"$D_\infty(Q\,\|\,P)$ (nats)")
    for colour, name, label in (
        (COLOURS[0], "credit_0", r"$\varepsilon=0$"),
        (COLOURS[1], "credit_1", r"$\varepsilon=1$"),
        (COLOURS[2], "stepwise_credit", "stepwise"),
    ):
        _spread(axes[1], lengths, trained[name], colour, label)
    axes[1].plot(lengths, 1 - survives**lengths, "k--")
    axes[1].set(ylabel="least credit", ylim=(0, 1.03))
    _spread(axes[2], lengths, trained["stepwise_eps"], COLOURS[2], "stepwise")
    axes[2].axhline(0, color="black", ls="--")
    axes[2].set(ylabel=r"composed $\varepsilon'$")
    for ax in axes:
        ax.set_xlabel("output length (tokens)")
        if ax.get_legend_handles_labels()[0]:
            legend_above(ax)
    count = trained["divergence"].shape[1]
    small_print(
        drawn,
        f"""{len(seeds)} seeds, {steps} steps, {count} documents each; points: means, bars: from the least to the
        greatest of all seeds and documents; dashed: what exact learning would give""",
    )
    return drawn


def _spread(ax: Any, lengths: np.ndarray, values: np.ndarray, colour: str, label: str) -> None:
    """Means over seeds and documents, [seeds, documents, lengths], with their range."""
    flat = values.reshape(-1, values.shape[-1])
    mean = flat.mean(0)
    ax.errorbar(lengths, mean, [mean - flat.min(0), flat.max(0) - mean], fmt="o", color=colour, label=label)
