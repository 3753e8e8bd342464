"""Steering methods side by side: what each shows of a concept, against what of the model's abilities it keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from corollary.reporting.figure import COLOURS, style

Curve = tuple[np.ndarray, np.ndarray]
"""(utility kept, concept score), each [seeds, strengths]."""


def draw(curves: Mapping[str, Curve], strengths: Sequence[float], *, plain: float) -> Figure:
    """Each method a curve over strengths, its means over seeds; bars are two standard errors, where there are seeds.
    The last strength has a larger mark. plain: the concept's score of the model as it is."""
    with style():
        drawn = Figure(figsize=(4.2, 3.2), layout="constrained")
        axes = drawn.subplots()
        for number, (name, (kept, concept)) in enumerate(curves.items()):
            colour = COLOURS[number % len(COLOURS)]
            x, y = kept.mean(0), concept.mean(0)
            spread = [
                2 * part.std(0, ddof=1) / np.sqrt(len(part)) if len(part) > 1 else None for part in (kept, concept)
            ]
            axes.errorbar(x, y, xerr=spread[0], yerr=spread[1], fmt="o-", color=colour, label=name, elinewidth=0.7)
            axes.plot(x[-1], y[-1], "o", color=colour, markersize=6)
        axes.plot(1.0, plain, "*", color="0.3", markersize=8, zorder=4, label="plain model")
        axes.axvline(1.0, color="0.8", linewidth=0.7, zorder=0)
        axes.set(xlabel="utility kept", ylabel="concept score, 0 to 2", ylim=(-0.05, 2.08))
        axes.set_title(
            f"strengths {', '.join(f'{one:g}' for one in strengths)}; the last has the larger mark", fontsize=7
        )
        axes.legend(loc="best")
    return drawn
