"""What is asked of the notebook's matching and what it reaches."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, small_print
from corollary.sims.direction_magnitude import notebook_noise as sims
from corollary.storage.results import Results
from corollary.theory.direction_magnitude.notebook_noise import MOST, ORDINARY

TOKENS = 43


def notebook_noise(results: Results) -> Figure:
    """Displacement reached against that asked for, and of an ordinary token beside a sink."""
    drawn, axes = figure("text", 2.3, columns=2)
    asked = np.linspace(0.1, 2, 12)
    axes[0].plot(asked, [sims.reached(48, 1.0, float(one)) for one in asked], "o", ms=3, color=COLOURS[1])
    axes[0].plot([0, 2], [0, 2], color="black", lw=0.5, ls=":", label="as asked")
    axes[0].axhline(MOST(r=1.0), color=COLOURS[1], label=r"$\sqrt{2-2/\sqrt{5}}$")
    axes[0].set(xlabel=r"asked for, $\delta/|h|$", ylabel="reached")
    axes[0].legend()
    ratios = np.geomspace(1, 100, 50)
    axes[1].plot(ratios, [ORDINARY(delta=1.0, T=TOKENS, R=float(one)) for one in ratios], color=COLOURS[0])
    some = np.array([1, 3, 10, 30, 100])
    axes[1].plot(some, [sims.beside_a_sink(TOKENS, float(one), 0.2) / 0.2 for one in some], "o", ms=3, color=COLOURS[0])
    axes[1].set(xscale="log", xlabel="norm of the first token, over the others'", ylabel=r"ordinary token$\,/\,\delta$")
    axes[1].set_ylim(0, 1.05)
    small_print(drawn, f"lines: closed forms; points: the scheme itself; right: {TOKENS} tokens")
    return drawn
