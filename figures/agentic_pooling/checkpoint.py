"""Mixture against log pool in a model of one's own, context by context, and who gains."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, small_print


def checkpoint(applied: Any) -> Figure:
    """Misfits of both pools in every context; gains of every persona."""
    arrays = applied.arrays
    drawn, (left, right) = figure("text", 2.6, 1, 2)
    linear, log = (np.maximum(arrays[name], 1e-12) for name in ("linear", "log"))
    ends = np.array([min(linear.min(), log.min()), max(linear.max(), log.max())])
    left.loglog(ends, ends, color="0.7", lw=1)
    left.loglog(linear, log, ".", ms=4, color=COLOURS[0])
    left.set(xlabel="misfit of the best mixture (nats)", ylabel="of the best log pool (nats)")
    right.boxplot(arrays["gains"], showfliers=False, medianprops={"color": COLOURS[1]})
    right.axhline(0, color="0.7", lw=1)
    right.set(xlabel="persona, by line of the file", ylabel="gain (nats)")
    small_print(
        drawn,
        f"{len(linear)} contexts, weights fitted in each; the {applied.config['outcomes']} likeliest tokens and one "
        "outcome for the rest; above the line the mixture fits better; right: what each persona gains from the "
        "model's own word, boxes: quartiles over contexts",
    )
    return drawn
