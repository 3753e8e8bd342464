"""How far noise at several layers moves a stream that only carries."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, plain_ticks, small_print
from corollary.point import Depths
from corollary.sims.direction_magnitude import injections as sims
from corollary.storage.results import Results
from corollary.theory.direction_magnitude import injections as theory

PUBLISHED = {"re-used": 35.9 / 5, "radial": 12.7 / 5}
"""At layer 15 behind eight perturbed layers of Pythia-410M, displacement 5 (arXiv 2602.11169)."""


def injections(results: Results) -> Figure:
    """Displacement against the number of layers; the published one at eight layers as crosses."""
    layers = results.at(Depths([2, 4], [1, 2, 4, 6, 8, 12], [1, 2, 4, 6, 8, 12, 16]))
    points = [{"m": m, "delta": 1.0} for m in layers]
    means, _ = results.means(sims.displacements, points, results.at(Depths(1, 4, 20)))
    fine = np.arange(1, max(8, *layers) + 1)
    drawn, axes = figure("column", 2.5)
    for colour, (form, label) in zip(
        COLOURS,
        ((theory.COHERENT, r"re-used, $m\delta$"), (theory.INCOHERENT, r"fresh, $\sqrt{m}\,\delta$")),
        strict=False,
    ):
        axes.plot(fine, [form(m=int(m), delta=1.0) for m in fine], color=colour, label=label)
    axes.plot(fine, [theory.WALK(m=int(m), delta=1.0) for m in fine], "--", color=COLOURS[2], label="signs, mean")
    axes.plot(layers, [sims.reused(m, 1.0) for m in layers], "o", ms=3, color=COLOURS[0])
    axes.plot(layers, np.sqrt(means[:, 0]), "o", ms=3, color=COLOURS[1])
    axes.plot(layers, means[:, 2], "o", ms=3, color=COLOURS[2])
    for colour, value in zip((COLOURS[0], COLOURS[2]), PUBLISHED.values(), strict=True):
        axes.plot(8, value, "x", ms=6, color=colour)
    axes.set(xscale="log", yscale="log", xlabel="perturbed layers $m$", ylabel=r"displacement$\,/\,\delta$")
    for axis in (axes.xaxis, axes.yaxis):
        plain_ticks(axis, [1, 2, 4, 8])
    axes.legend()
    small_print(drawn, "lines: closed forms; points: simulated in a stream without norm or blocks; crosses: published")
    return drawn
