"""The planted chain: what amplifying, scaling and masking do to the attention on one position."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, plain_ticks, small_print
from corollary.point import Depths
from corollary.sims.attention_sink import chain as sims
from corollary.storage.results import Results
from corollary.theory.attention_sink import chain as theory

SIZES = {"length": 48, "k": 21, "m": 1.5, "beta": 0.8, "g": 1.0, "gain": 1.0, "eta": 1.0}
WIDTHS = {"d1": 128, "d2": 256, "neurons": 64}


def chain(results: Results) -> Figure:
    """Attention and variance at position k against the factor, for each intervention."""
    drawn, axes = figure("text", 2.6, 1, 2)
    factors = results.at(Depths((1.0, 8.0), (1.0, 2.0, 3.0, 4.6, 6.0, 8.0, 11.0)))
    dense = np.geomspace(0.9, 12, 60)
    chunks = results.at(Depths(4, 16, 128))
    for colour, kind in zip(COLOURS, ("amplify", "scale", "mask"), strict=False):
        at = factors if kind != "mask" else factors[:1]
        points = [{**SIZES, **WIDTHS, "kind": kind, "lam": lam} for lam in at]
        means, radii = results.means(sims.at_k, points, chunks)
        lines = [_stated(kind, lam) for lam in dense]
        for axis, column, line in zip(axes, (0, 1), np.array(lines).T, strict=True):
            style = {"color": colour, "ls": "--" if kind == "mask" else "-"}
            axis.plot(dense, line, **style)
            axis.errorbar(at, means[:, column], radii[:, column], fmt="o", color=colour, label=NAMES[kind])
    axes[0].axvline(SIZES["k"] ** 0.5, color="0.6", lw=0.8, zorder=0)
    axes[0].set_ylabel("attention on position $k$")
    axes[1].set(ylabel="variance of its write", yscale="log")
    for axis in axes:
        axis.set(xscale="log", xlabel=r"factor $\lambda$")
        plain_ticks(axis.xaxis, (1, 2, 4, 8))
    legend_above(axes[0], "one has the sink", handletextpad=0.1)
    legend_above(axes[1], "both have the variance", handletextpad=0.1)
    small_print(
        drawn,
        """planted chain of 64 neurons, k = 21 of 48 positions, grey: lambda = sqrt(k); lines: closed forms at the mean
        response; points: simulated, bars 95% intervals; masked: k sees itself alone, whatever lambda""",
    )
    return drawn


NAMES = {"amplify": "amplified", "scale": "scaled", "mask": "masked"}


def _stated(kind: str, lam: float) -> tuple[float, float]:
    """(attention, variance) at k."""
    length, k, m, beta = (SIZES[name] for name in ("length", "k", "m", "beta"))
    found = theory.masses(int(length), kind, int(k), lam, m, beta, **WIDTHS)
    return found[int(k) - 1], theory.moments(int(length), m, kind, int(k), lam)[0][int(k) - 1]
