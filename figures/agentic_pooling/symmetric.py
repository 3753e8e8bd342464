"""The symmetric pair on three outcomes."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.sims.agentic_pooling import symmetric as sims
from corollary.storage.results import Results
from corollary.theory.agentic_pooling import symmetric as theory


def symmetric_pair(results: Results) -> Figure:
    """G(a, d) against a, theory as lines, pools as points, below its supremum W(1/e)."""
    drawn, axis = figure("column", 2.5)
    fine, coarse = np.linspace(0.005, 0.6, 300), np.linspace(0.02, 0.58, 15)
    for colour, d in zip(COLOURS, (1e-2, 1e-3, 1e-4, 1e-6), strict=False):
        axis.plot(fine, [theory.GAIN(a=a, d=d) for a in fine], color=colour, label=f"$d = 10^{{{np.log10(d):.0f}}}$")
        gains = results.computed(sims.gain_curve, a=coarse.tolist(), d=d)["gain"]
        axis.plot(coarse, gains, "o", color=colour)
    axis.plot(fine, fine * np.log((1 - fine) / fine), "k:", lw=0.8, label="$d \\to 0$")
    axis.axhline(theory.ceiling(1), color="black", lw=0.6, ls="--")
    axis.text(0.6, theory.ceiling(1) + 0.01, "$W(1/e)$", ha="right", va="bottom")
    axis.axhline(0, color="black", lw=0.4)
    axis.set(xlabel="second outcome's probability $a$", ylabel="gain of both, $G(a, d)$ (nats)", ylim=(-0.25, 0.34))
    legend_above(axis, columns=5, columnspacing=0.6, handlelength=1.0)
    small_print(drawn, "two agents, three outcomes, the rare one of probability d; lines: closed forms; points: pools")
    return drawn
